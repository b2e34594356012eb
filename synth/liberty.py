"""What an area report needs of a Liberty file: each cell's area and leakage, and which cells hold state.

Yosys reads the same file itself; this reading checks it first, so that a wrong file is one line before a run and not a
strange netlist after it, and lets the hierarchy be summed here.
"""

import hashlib
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from tamis.synth.data import Leakage
from tamis.tools.inputs import Unreadable, content_of

__all__ = ["Cost", "Library"]

LARGEST = 1 << 30  # bytes

# No pattern goes back over what it has read: a hostile file of any size takes linear time.
_COMMENT = re.compile(r"/\*(?:.*?\*/|.*\Z)", re.DOTALL)
_STRING = re.compile(r'"[^"]*"')
_CELL = re.compile(r'\bcell\s*\(\s*"?([A-Za-z_][\w$.]*)"?\s*\)')
_AREA = re.compile(r'\barea\s*:\s*"?([0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)')
_LEAKAGE = re.compile(r'\bcell_leakage_power\s*:\s*"?([0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)')
_LEAKAGE_UNIT = re.compile(r'\bleakage_power_unit\s*+:\s*+"?+\s*+([0-9.]*+\s*+[a-zA-Z]++)')
_FLIP_FLOP = re.compile(r"\bff(?:_bank)?\s*\(")
_STATE = re.compile(r"\b(?:ff|latch|ff_bank|latch_bank|statetable)\s*\(")
_NAME = re.compile(r'\blibrary\s*+\(\s*+"?+([^"()]*+)"?+\s*+\)')


@dataclass(frozen=True)
class Cost:
    """Area of one cell, in the target's unit, whether it holds state, and its leakage, in the library's unit."""

    area: float
    sequential: bool = False
    leakage: float | None = None


@dataclass(frozen=True)
class Library:
    """A Liberty file's name, content, and {cell name: Cost} in the unit of its areas, um2 by convention."""

    name: str
    content: bytes = field(repr=False)
    costs: dict[str, Cost] = field(repr=False)
    leakage_unit: str | None = None

    def leakage(self, cells):
        """The Leakage of `cells` ({type: number}); None if the library states none."""
        stated = {kind: self.costs[kind].leakage for kind in cells if self.costs[kind].leakage is not None}
        if self.leakage_unit is None or not stated:
            return None
        return Leakage(power=round(sum(power * cells[kind] for kind, power in stated.items()), 6),
                       unit=self.leakage_unit,
                       missing=sum(number for kind, number in cells.items() if kind not in stated))

    @property
    def sha256(self):
        """Of the file's bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @classmethod
    def read(cls, path):
        """Reads a Liberty file of at most 1 GiB. Raises ValueError, naming it, if it is missing, empty, gzipped,
        truncated, no Liberty file, or has no flip-flop."""
        path = Path(path)
        shown = repr(str(path))
        try:
            return cls.parse(content_of(path, LARGEST), shown)
        except Unreadable as error:
            raise ValueError(f"library must be a Liberty file, but {shown} cannot be read: {error}") from None

    @classmethod
    def parse(cls, content, shown):
        """As `read`, of bytes; `shown` is what an error calls them."""
        if not content.strip():
            raise ValueError(f"library must be a Liberty file, but {shown} is empty; download or copy it again")
        if content.startswith(b"\x1f\x8b"):
            raise ValueError(f"library must be a plain Liberty file, but {shown} is gzipped; run gunzip on it first")
        text = _COMMENT.sub(" ", content.decode("utf-8", errors="replace"))
        name = _NAME.search(text)
        if name is None:
            raise ValueError(f"library must be a Liberty file, but {shown} has no 'library (...)' group; "
                             "give the .lib file of a standard-cell library")
        if text.count("{") != text.count("}"):
            bare = _STRING.sub("", text)  # slow on a big file, so only when a brace may stand in a string
            if bare.count("{") != bare.count("}"):
                raise ValueError(f"library must be a whole Liberty file, but {shown} is truncated: "
                                 f"{bare.count('{')} groups open, {bare.count('}')} close; download or copy it again")
        costs, flip_flops = _cells(text, shown)
        if not flip_flops:
            raise ValueError(f"library must have a flip-flop, but none of the {len(costs)} cells of {shown} has an "
                             "'ff' group and an area; give a standard-cell library with sequential cells")
        unit = _LEAKAGE_UNIT.search(text)
        return cls(name[1].strip(), content, costs, unit and unit[1])


def _cells(text: str, shown: str) -> tuple[dict[str, Cost], int]:
    """{cell name: Cost} of the cells that state an area, and how many of those are flip-flops."""
    starts = list(_CELL.finditer(text))
    ends = [*(match.start() for match in starts), len(text)][1:]
    costs: dict[str, Cost] = {}
    flip_flops = 0
    for match, end in zip(starts, ends, strict=True):
        area = _AREA.search(text, match.end(), end)
        if area is not None:
            leakage = _LEAKAGE.search(text, match.end(), end)
            costs[match[1]] = Cost(_number(area, match[1], shown), _STATE.search(text, match.end(), end) is not None,
                                   leakage and _number(leakage, match[1], shown))
            flip_flops += _FLIP_FLOP.search(text, match.end(), end) is not None
    return costs, flip_flops


def _number(found: re.Match[str], cell: str, shown: str) -> float:
    try:
        number = float(found[1])
    except ValueError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"library must be a Liberty file, but in cell {cell!r} of {shown} {found[1][:40]!r} is no "
                         "number")
    return number

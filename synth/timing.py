"""Delay of mapped logic: abc's static timing (`topo; stime -p`) on a netlist, with a Liberty file's tables.

abc sees the logic between registers: it starts and ends at registers, ports and modules inside, where signals arrive at
time 0 with no slope and drive nothing. So clock-to-Q, set-up, wires and the clock tree are not in it.

The trick: yosys runs the same abc, but in its WebAssembly form what abc prints is lost. pyosys, the extra "timing",
ships abc as a program of its own; it gets the netlist again as BLIF, under plain names, and reads the same library.
"""

import re
import subprocess
import tempfile
from importlib import metadata, util
from pathlib import Path

from tamis.synth.data import Delay
from tamis.tools.yosys import ReportError, SynthError

__all__ = ["available", "delay", "has_tables", "version"]

_SCRIPT = """read_lib -v cells.lib
read_blif netlist.blif
topo
stime -p
buffer -c
topo
upsize
dnsize
stime -p
"""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SUMMARY = re.compile(r"^WireLoad = .*?Area = *([\d.]+).*?Delay = *([\d.]+) ps", re.MULTILINE)
_ENDS = re.compile(r"^Start-point = pi(\d+).*?End-point = po(\d+)", re.MULTILINE)
_TIMING = re.compile(rb"\btiming\s*\(")


def available(library, log=None):
    """Whether `library` (synth.liberty.Library) has timing, and abc is there to use it; `log` is told if it is not."""
    if not has_tables(library):
        return False
    if util.find_spec("pyosys") is None:
        if log is not None:
            log("no delay: abc's timing needs pyosys; pip install 'tamis[timing]'")
        return False
    return True


def has_tables(library):
    """Whether `library` states delays."""
    return _TIMING.search(library.content) is not None


def version():
    """{package: version} of what measures delays; empty where it is not installed."""
    return {"pyosys": metadata.version("pyosys")} if util.find_spec("pyosys") is not None else {}


def delay(modules, library, logic):
    """The Delay of the slowest of `modules` ([netlist.Module]); None if none has logic.

    `logic`: names of the cells that a path goes through. Raises ReportError, SynthError.
    """
    found = [made for module in modules if (made := _module(module, library, logic)) is not None]
    return max(found, key=lambda one: one.ns, default=None)


def _module(module, library, logic):
    blif, starts, ends = _blif(module, logic)
    if not ends:
        return None
    text = _abc(blif, library)
    summaries = [(float(area), float(ps) / 1000) for area, ps in _SUMMARY.findall(text)]
    names = _ENDS.findall(text)
    if len(summaries) != 2 or len(names) != 2:
        raise ReportError(f"abc gave no delay of module {module.name!r}: {text.strip().splitlines()[-1:]}")
    (area, ns), (sized_area, sized_ns) = summaries
    start, end = starts[int(names[0][0])], ends[int(names[0][1])]
    stops = module.readers({cell["type"] for cell in module.cells.values()} - logic)
    return Delay(ns=ns, module=module.name, start=module.net(start), end=stops[end],
                 sized_ns=sized_ns, sized_area=sized_area, logic_area=area)


def _blif(module, logic):
    """(BLIF of the logic, the bits it starts from, the bits it ends in), both in the BLIF's order."""
    gates, driven, used = [], set(), set()
    for cell in module.cells.values():
        if cell["type"] in logic:
            pins = {port: bits[0] for port, bits in cell["connections"].items() if bits}
            gates.append(f".gate {cell['type']} " + " ".join(f"{port}=n{bit}" for port, bit in pins.items()))
            for port, bit in pins.items():
                (driven if cell["port_directions"][port] == "output" else used).add(bit)
    stops = module.readers({cell["type"] for cell in module.cells.values()} - logic)
    starts, ends = sorted(used - driven, key=str), sorted(driven & set(stops), key=str)
    lines = [".model netlist", ".inputs " + " ".join(f"n{bit}" for bit in starts),
             ".outputs " + " ".join(f"n{bit}" for bit in ends), *gates, ".end"]
    return "\n".join(lines) + "\n", starts, ends


def _abc(blif, library):
    program = Path(util.find_spec("pyosys").origin).parent / "yosys-abc"
    with tempfile.TemporaryDirectory(prefix="abc_") as scratch:
        folder = Path(scratch)
        for name, content in (("netlist.blif", blif.encode()), ("cells.lib", library.content),
                              ("run.scr", _SCRIPT.encode())):
            (folder / name).write_bytes(content)
        try:
            run = subprocess.run([program, "-f", "run.scr"], cwd=folder, check=False, stdin=subprocess.DEVNULL,
                                 capture_output=True, encoding="utf-8", errors="replace")
        except OSError as error:
            raise SynthError(f"abc of pyosys does not start: {error.strerror}; reinstall 'tamis[timing]'") from None
    if run.returncode:
        raise SynthError(f"abc of pyosys broke down with status {run.returncode}")
    return _COLOUR.sub("", run.stdout)

"""Static timing by OpenSTA: the clock that a mapped netlist reaches, with clock-to-Q and set-up, and its slowest path.

OpenSTA is a program of the system (Debian: ``apt-get install opensta``). The clock is ideal and wires weigh nothing,
for nothing is placed yet. Every input arrives with the clock's edge, every output is due at the next one.

The trick: yosys names the cells of the netlist in short before it writes it, once as Verilog for OpenSTA and once as
JSON for us, so the cell where a path ends is found again, and with it the register as its Verilog calls it.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tamis.synth.data import Timing
from tamis.synth.netlist import Module
from tamis.synth.target import Target
from tamis.tools.yosys import ReportError, SynthError

__all__ = ["CLOCK", "available", "timing", "version"]

CLOCK = "clk"  # the port that is the clock
_PROGRAMS = ("sta", "opensta")
_SCRIPT = """read_liberty cells.lib
read_verilog mapped.v
link_design {top}
create_clock -name {clock} -period {period} [get_ports {clock}]
set_input_delay 0 -clock {clock} [all_inputs]
set_output_delay 0 -clock {clock} [all_outputs]
report_checks -path_delay max -digits 4
exit
"""
_SIGNED = re.compile(r"^(\s*(?:input|output|wire)) signed\b", re.MULTILINE)  # which OpenSTA of 2019 does not read
_END = re.compile(r"^(Start|End)point: (\S+)", re.MULTILINE)
_SLACK = re.compile(r"^\s*(-?[\d.]+)\s+slack \(", re.MULTILINE)
_TROUBLE = re.compile(r"^(Error: (?!no network).*|Warning: mapped\.v.*)", re.MULTILINE)  # the first one, no echo of it


def available() -> bool:
    """Whether OpenSTA is installed."""
    return _program() is not None


def version() -> dict[str, str]:
    """{"opensta": version}; empty where it is not installed."""
    program = _program()
    if program is None:
        return {}
    said = subprocess.run([program, "-version"], check=False, capture_output=True, text=True).stdout
    return {"opensta": said.strip()}


def timing(verilog: str, module: Module, target: Target) -> Timing | None:
    """The Timing of a netlist mapped to `target`, which has a library and a period.

    None if the netlist has no clock, or no path ends in it.

    Raises SynthError, ReportError.
    """
    if CLOCK not in module.ports:
        return None
    program = _program()
    assert program is not None and target.library is not None and target.period is not None
    script = _SCRIPT.format(top=module.name, clock=CLOCK, period=target.period)
    with tempfile.TemporaryDirectory(prefix="sta_") as scratch:
        folder = Path(scratch)
        for name, content in (("cells.lib", target.library.content), ("run.tcl", script.encode()),
                              ("mapped.v", _SIGNED.sub(r"\1", verilog).encode())):
            (folder / name).write_bytes(content)
        run = subprocess.run([program, "-exit", "run.tcl"], cwd=folder, check=False, stdin=subprocess.DEVNULL,
                             capture_output=True, encoding="utf-8", errors="replace")
    said = run.stdout + run.stderr
    trouble = _TROUBLE.search(said)
    if run.returncode or trouble:
        raise SynthError(f"OpenSTA gave no timing of {module.name!r}: "
                         f"{trouble[1] if trouble else f'it broke down with status {run.returncode}'}")
    if "No paths found" in said:
        return None
    ends, slack = dict(_END.findall(said)), _SLACK.search(said)
    if set(ends) != {"Start", "End"} or slack is None:
        raise ReportError(f"OpenSTA's report on {module.name!r} is truncated: {said.strip().splitlines()[-1:]}")
    late = float(slack[1])
    return Timing(period=target.period, slack=late, fmax=round(1000 / (target.period - late), 3),
                  start=_register(module, ends["Start"]), end=_register(module, ends["End"]))


def _program() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def _register(module: Module, name: str) -> str:
    """What the Verilog calls the register that OpenSTA calls by its cell; a port is called by its name already."""
    cell = module.cells.get(name)
    if cell is None:
        return name
    outputs = [bits[0] for port, bits in cell["connections"].items() if cell["port_directions"][port] == "output"]
    return module.name_of(outputs)

"""Mutants of a design's modules, by yosys `mutate`: one cell's port bit inverted, stuck, or mixed with another bit.

The trick: one simulator holds many mutants. yosys gives each mutated module, and all above it, an input that says which
mutant is active; here this input becomes a register that is set from the simulator's command line, ``+mutant=17``; 0 is
the unchanged design. So the simulator is built once for some hundred mutants, not once for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tamis.hdl.emit.generate import Design
from tamis.tools import yosys

__all__ = ["Mutant", "draw", "modules_of", "read", "with_switch"]

_WIDTH = 16  # bits of a mutant's number
_OPTION = re.compile(r"-(mode|cell|port|portbit|ctrlbit|wire|wirebit) (\S+)")
_CONNECTED = re.compile(r",\s*\.mutant\(mutant\)|\.mutant\(mutant\),\s*")
_DECLARED = re.compile(rf"  input \[{_WIDTH - 1}:0\] mutant;\n  wire \[{_WIDTH - 1}:0\] mutant;\n")
_REGISTER = f"""  reg [{_WIDTH - 1}:0] mutant;
  initial if (!$value$plusargs("mutant=%d", mutant)) mutant = {_WIDTH}'d0;
"""


@dataclass(frozen=True)
class Mutant:
    """One change of one module.

    Attributes
    ----------
    module : str
        Name of the Verilog module.
    options : str
        The options of yosys `mutate` that make the change, ``-module`` not among them.
    """

    module: str
    options: str

    @property
    def about(self) -> str:
        """The change in words: mode, cell's kind and line, port bit, net bit."""
        found = dict(_OPTION.findall(self.options))
        cell = re.sub(r"\$[^$]*/|\$\d+$", "", found["cell"].replace("\\", ""))
        return (f"{found['mode']} of {cell}.{found['port']}[{found['portbit']}]"
                + (f", net {found['wire']}[{found['wirebit']}]" if "wire" in found else "")
                + (f", with bit {found['ctrlbit']}" if "ctrlbit" in found else ""))


def modules_of(design: Design) -> list[str]:
    """Names of the Verilog modules of a design."""
    return [name.removesuffix(".v") for name in design.manifest["files"]["verilog"]]


def read(design: Design) -> tuple[dict[str, bytes], str]:
    """yosys's inputs and the script that reads all modules; yosys numbers the cells as the files come."""
    inputs = {f"m{k}.v": design.files[f"{module}.v"].encode() for k, module in enumerate(modules_of(design))}
    return inputs, "".join(f"read_verilog {yosys.JOB}{name}\n" for name in inputs) + "proc\n"


def draw(design: Design, count: int, seed: int) -> list[Mutant]:
    """Up to `count` mutants of every module, drawn by yosys with that seed; all of a module that has no more.

    Raises tamis.tools.yosys.SynthError if yosys fails.
    """
    modules = modules_of(design)
    inputs, script = read(design)
    script += "".join(f"mutate -list {count + 1} -seed {seed} -none -o {yosys.JOB}l{k}.txt {module}\n"
                      for k, module in enumerate(modules))
    lists = yosys.run(script, inputs, [f"l{k}.txt" for k in range(len(modules))])
    found = [Mutant(module, re.sub(r"^mutate | -module \S+| -src \S+", "", line))
             for k, module in enumerate(modules) for line in lists[f"l{k}.txt"].splitlines()
             if "-mode none" not in line]
    return list(dict.fromkeys(found))


def with_switch(design: Design, mutants: Sequence[Mutant]) -> Design:
    """The design with all these mutants in it; ``+mutant=k`` makes mutants[k - 1] active.

    Raises ValueError for more mutants than a number has values, tamis.tools.yosys.SynthError if yosys fails.
    """
    if len(mutants) >= 1 << _WIDTH:
        raise ValueError(f"mutants must be at most {(1 << _WIDTH) - 1}, not {len(mutants)}")
    modules = sorted({mutant.module for mutant in mutants})
    inputs, script = read(design)
    for number, mutant in enumerate(mutants, 1):
        script += f"mutate -ctrl mutant {_WIDTH} {number} -module {mutant.module} {mutant.options}\n"
    script += "".join(f"select {module}\nwrite_verilog -noattr -selected {yosys.JOB}o{k}.v\n"
                      for k, module in enumerate(modules))
    written = yosys.run(script, inputs, [f"o{k}.v" for k in range(len(modules))])
    files = dict(design.files)
    for k, module in enumerate(modules):
        head, ports, body = re.split(r"(?<=\()|(?=\);\n)", written[f"o{k}.v"].partition("\nmodule ")[2], maxsplit=2)
        body, count = _DECLARED.subn(_REGISTER, _CONNECTED.sub("", body))
        if count != 1:
            raise yosys.ReportError(f"yosys must write one input 'mutant' of module {module}, not {count}")
        own = ", ".join(port for port in map(str.strip, ports.split(",")) if port != "mutant")
        files[f"{module}.v"] = f"module {head}{own}{body}"
    return Design(design.manifest, files)

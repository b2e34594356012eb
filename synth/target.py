"""What a design is measured in: the cells it is mapped to, what each costs, and the yosys script that maps it.

=========  ====  ===========================================================================================
uniform    tr    transistors of static CMOS: NOT, NAND2, NOR2 and one kind of flip-flop; no library, no timing
sky130     um2   the built-in cell sizes of sky130_fd_sc_hd; no timing
liberty    um2   any Liberty file
=========  ====  ===========================================================================================

The trick of the uniform target: `stat -tech cmos` does not know flip-flops with enable or reset and would count them as
nothing, so enable and reset become gates in front of a plain flip-flop first, and every flip-flop is counted.
"""

import re
from dataclasses import dataclass

from synth import sky130
from synth.liberty import Cost, Library
from synth.yosys import JOB

__all__ = ["FLOW", "TARGETS", "Target", "select"]

FLOW = 1  # raise it when a script changes what it measures: cached reports and reports to compare carry it
TARGETS = ("uniform", "sky130", "liberty")
STAT, DEPTH, LIBRARY = "stat.json", "ltp.txt", "cells.lib"

# What `stat -tech cmos` charges; synth.stat checks every report against it.
_CMOS = {
    "$_NOT_": Cost(2),
    "$_NAND_": Cost(4),
    "$_NOR_": Cost(4),
    "$_DFF_P_": Cost(16, sequential=True),
}
# Cells of real libraries that are no plain logic: power-domain isolation and test probes.
_DONT_USE = "-dont_use *__lpflow_* -dont_use *__probe*"
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")


@dataclass(frozen=True)
class Target:
    """A way to count area.

    Attributes
    ----------
    name : str
        "uniform", "sky130" or "liberty".
    unit : str
        "tr" (transistors) or "um2".
    costs : dict of str to Cost
        Of every cell that may be left after mapping; any other is an error.
    library : Library or None
        What `sky130` and `liberty` map to.
    """

    name: str
    unit: str
    costs: dict[str, Cost]
    library: Library | None = None

    @property
    def inputs(self):
        """{name: bytes} that the script reads besides the sources."""
        return {} if self.library is None else {LIBRARY: self.library.content}

    def script(self, sources, top, *, flatten):
        """The yosys script. `sources` are plain file names; `top` must be a Verilog identifier (ValueError)."""
        if not _IDENTIFIER.fullmatch(top):
            raise ValueError(f"top must be the name of a Verilog module, not {top!r}")
        read = [f"read_verilog {'-sv ' if name.endswith('.sv') else ''}{JOB}{name}" for name in sources]
        flat = " -flatten" if flatten else ""
        map_cells = self._map_uniform if self.library is None else self._map_library
        return "\n".join([*read, f"hierarchy -check -top {top}", "proc", *map_cells(f"synth -top {top}{flat} -noabc")]) + "\n"

    def _map_uniform(self, synth):
        return [
            "async2sync",                   # an asynchronous reset becomes a gate in front of the flip-flop, as below
            synth,
            "attrmap -remove init",         # chips have no power-up values; only now, or a constant start bit is lost
            "dffunmap -ce-only",            # enable: a multiplexer in front
            "simplemap",
            "dfflegalize -cell $_DFF_P_ x", # reset: a gate in front; then all flip-flops are of one kind
            "abc -g cmos2",
            "opt_clean",
            "delete */t:$scopeinfo",
            f"tee -q -o {JOB}{STAT} stat -json -tech cmos",
            f"tee -q -o {JOB}{DEPTH} ltp -noff",
        ]

    def _map_library(self, synth):
        state = sorted(name for name, cost in self.costs.items() if cost.sequential)
        return [
            synth,
            "attrmap -remove init",
            f"dfflibmap -liberty {JOB}{LIBRARY} {_DONT_USE}",
            f"abc -liberty {JOB}{LIBRARY} {_DONT_USE}",
            "opt_clean",
            "delete */t:$scopeinfo",
            f"tee -q -o {JOB}{STAT} stat -json -liberty {JOB}{LIBRARY}",
            f"read_liberty -lib -ignore_miss_func {JOB}{LIBRARY}",  # pin directions, for the depth
            *(f"delete */t:{name}" for name in state),         # a path ends at a flip-flop, which ltp does not know
            f"tee -q -o {JOB}{DEPTH} ltp",
        ]


def select(name, liberty=None):
    """The target of that name; `liberty` is the Liberty file that only "liberty" takes, and must have (ValueError)."""
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, not {name!r}")
    if (name == "liberty") != (liberty is not None):
        raise ValueError(f"target 'liberty' needs a Liberty file (--liberty FILE), and only it takes one; target is {name!r}")
    if name == "uniform":
        return Target(name, "tr", _CMOS)
    library = sky130.library() if name == "sky130" else Library.read(liberty)
    return Target(name, "um2", library.costs, library)

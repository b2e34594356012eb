"""Area as data: what a module costs, what it costs per MAC, and against the dense array of the same size.

Everything a report prints is a field here. Areas are in `unit`: "tr" (transistors of the uniform flow), "um2", or "lut"
(look-up tables of an FPGA, whose flip-flops cost none). synth/schema/ holds the JSON Schema.
"""

from typing import Literal

from pydantic import Field, ValidationError

from tamis.synth.data import Data, Delay, Fpga, Leakage, LibraryName, Path, Timing
from tamis.synth.figures import Figures, figures_of

__all__ = ["SCHEMA", "Area", "AreaReport", "ModuleArea", "UnitArea"]

SCHEMA = 3


class Area(Data):
    """An area and what makes it up.

    Attributes
    ----------
    area : float
        sequential + combinational, in the report's unit.
    sequential, combinational : float
        Flip-flops; everything else.
    flip_flops : int
        Bits.
    cells : dict of str to int
        Number of cells by type.
    """

    area: float = Field(ge=0)
    sequential: float = Field(ge=0)
    combinational: float = Field(ge=0)
    flip_flops: int = Field(ge=0)
    cells: dict[str, int]

    @classmethod
    def of(cls, cells, costs):
        """The area of `cells` ({type: number}), each with its Cost in `costs`."""
        state = {kind: number for kind, number in cells.items() if costs[kind].sequential}
        area, sequential = (sum(costs[kind].area * number for kind, number in some.items()) for some in (cells, state))
        return cls(area=round(area, 6), sequential=round(sequential, 6), combinational=round(area - sequential, 6),
                   flip_flops=sum(state.values()), cells=dict(sorted(cells.items())))


class ModuleArea(Area):
    """One module by itself, once, without the modules in it.

    Attributes
    ----------
    name : str
    instances : int
        How often it is in the top, through all levels.
    children : dict of str to int
        Modules directly in it.
    depth : int
        Levels of cells on its longest path between registers, ports and the modules in it.
    start, end : str
        Nets where that path starts and ends; empty if it has no cell.
    total : float
        area x instances.
    share : float
        total as a fraction of the top's.
    """

    name: str
    instances: int = Field(ge=1)
    children: dict[str, int]
    depth: int = Field(ge=0)
    start: str = ""
    end: str = ""
    total: float = Field(ge=0)
    share: float = Field(ge=0, le=1 + 1e-9)


class UnitArea(Data):
    """What a sparsity unit beside the array costs, measured in the same run and the same target, flattened.

    Attributes
    ----------
    kind, summary : str
        "tasd-pool" and its configuration in a line.
    purpose : str
        What this size of it is for.
    area : float
    flip_flops, levels : int
    share : float
        area / the area of all PEs of the array (paper tasd, section 5.6).
    """

    kind: str
    summary: str
    purpose: str
    area: float = Field(ge=0)
    flip_flops: int = Field(ge=0)
    levels: int = Field(ge=0)
    share: float = Field(ge=0)


class AreaReport(Data):
    """What one design costs, in one target.

    Attributes
    ----------
    target, unit : str
    library : LibraryName or None
    top : str
    flatten : bool
        Whether the hierarchy was dissolved first; if not, each module is synthesised once and counted by instances.
    modules : tuple of ModuleArea
        Children before parents, the top last.
    total : Area
        The whole design.
    path : Path
        The longest of all modules, in levels.
    delay : Delay or None
        Of the slowest module; None for a target without timing, or without tamis[timing].
    timing : Timing or None
        Of the whole design mapped for a period; None without a period, or without OpenSTA.
    leakage : Leakage or None
        Of the whole design; None for a target without it.
    fpga : Fpga or None
        For FPGA targets.
    units : tuple of UnitArea
        The units that go with an array; empty unless asked for.
    figures : Figures or None
        Filled in by `with_figures`.
    flow : int
        Version of the scripts; areas of different ones do not compare.
    tools : dict of str to str
    command : tuple of str
        The yosys script, line by line.
    seconds : float
        What yosys took when it ran.
    cached : bool
        It ran earlier: this report, `seconds` included, is from the store.
    """

    schema_version: Literal[3] = Field(default=3, alias="schema")
    target: str
    unit: Literal["tr", "um2", "lut"]
    library: LibraryName | None
    top: str
    flatten: bool
    modules: tuple[ModuleArea, ...]
    total: Area
    path: Path
    delay: Delay | None = None
    timing: Timing | None = None
    leakage: Leakage | None = None
    fpga: Fpga | None = None
    units: tuple[UnitArea, ...] = ()
    figures: Figures | None = None
    flow: int
    tools: dict[str, str]
    command: tuple[str, ...]
    seconds: float = Field(ge=0)
    cached: bool = False

    @property
    def pe_area(self):
        """Of all PEs: the whole design but its top, if that has modules in it (an array's skew registers)."""
        top = self.modules[-1]
        return self.total.area - (top.area if top.children and not top.name.endswith("_pe") else 0)

    def with_figures(self, macs, patterns=(), dense=None):
        """This report with `figures`.

        Parameters
        ----------
        macs : int
            MACs in the design.
        patterns : iterable of Pattern or str
        dense : AreaReport or None
            Of the dense array of as many MACs.

        Raises ValueError if macs < 1, if a pattern is none, or if `dense` was measured otherwise than this report.
        """
        return self.model_copy(update={"figures": figures_of(self, macs, patterns, dense)})

    def to_json(self):
        """JSON text, indented, with "schema": 3."""
        return self.model_dump_json(indent=2, by_alias=True) + "\n"

    @classmethod
    def from_json(cls, text):
        """The report of `to_json`. Raises ValueError, in one line, if it is not one or of another schema."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "text"
            raise ValueError(f"area report must be JSON of schema {SCHEMA}, but its {where} is wrong: "
                             f"{first['msg']}") from None

"""Area as data: what a module costs, what it costs per MAC, and against the dense array of the same size.

Everything a report prints is a field here. Areas are in `unit`: "tr" (transistors of the uniform flow) or "um2".
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from golden.pattern import Pattern

__all__ = ["SCHEMA", "Area", "AreaReport", "Figures", "LibraryName", "ModuleArea", "PatternFigures"]

SCHEMA = 1


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class Area(_Data):
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
    total : float
        area x instances.
    share : float
        total as a fraction of the top's.
    """

    name: str
    instances: int = Field(ge=1)
    children: dict[str, int]
    depth: int = Field(ge=0)
    total: float = Field(ge=0)
    share: float = Field(ge=0, le=1 + 1e-9)


class PatternFigures(_Data):
    """What one N:M pattern makes of the same hardware.

    Attributes
    ----------
    pattern : str
        "2:4".
    effective_macs : float
        MACs x M/N, what a dense array would need for the same work in the same cycles.
    area_per_effective_mac : float
    density_gain : float or None
        Effective MACs per area, relative to the dense twin's MACs per area; above 1 the sparse array wins.
    """

    pattern: str
    effective_macs: float
    area_per_effective_mac: float
    density_gain: float | None


class Figures(_Data):
    """The report's area per MAC, and against a dense twin: the array with M = 1 and as many MACs.

    `dense_area`, `dense_area_per_mac` and `area_ratio` (this / dense) are None where no twin was given.
    """

    macs: int
    area_per_mac: float
    sequential_per_mac: float
    combinational_per_mac: float
    dense_area: float | None
    dense_area_per_mac: float | None
    area_ratio: float | None
    patterns: tuple[PatternFigures, ...]


class LibraryName(_Data):
    """Which Liberty file: its library's name and the SHA-256 of its bytes."""

    name: str
    sha256: str


class AreaReport(_Data):
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

    schema_version: Literal[1] = Field(default=SCHEMA, alias="schema")
    target: str
    unit: Literal["tr", "um2"]
    library: LibraryName | None
    top: str
    flatten: bool
    modules: tuple[ModuleArea, ...]
    total: Area
    figures: Figures | None = None
    flow: int
    tools: dict[str, str]
    command: tuple[str, ...]
    seconds: float = Field(ge=0)
    cached: bool = False

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
        if not isinstance(macs, int) or isinstance(macs, bool) or macs < 1:
            raise ValueError(f"macs must be an int of at least 1, not {macs!r}")
        if dense is not None:
            self._comparable(macs, dense)
        patterns = [Pattern.parse(pattern) if isinstance(pattern, str) else pattern for pattern in patterns]
        ratio = dense and self.total.area / dense.total.area
        figures = Figures(
            macs=macs,
            area_per_mac=self.total.area / macs,
            sequential_per_mac=self.total.sequential / macs,
            combinational_per_mac=self.total.combinational / macs,
            dense_area=dense and dense.total.area,
            dense_area_per_mac=dense and dense.total.area / macs,
            area_ratio=ratio,
            patterns=tuple(PatternFigures(
                pattern=str(pattern),
                effective_macs=macs * pattern.m / pattern.n,
                area_per_effective_mac=self.total.area * pattern.n / (macs * pattern.m),
                density_gain=ratio and pattern.m / (pattern.n * ratio),
            ) for pattern in patterns),
        )
        return self.model_copy(update={"figures": figures})

    def _comparable(self, macs, dense):
        for name in ("target", "library", "flatten", "flow", "tools"):
            ours, theirs = getattr(self, name), getattr(dense, name)
            if ours != theirs:
                raise ValueError(f"dense twin must be measured with the same {name}: {ours!r}, not {theirs!r}")
        if dense.figures is not None and dense.figures.macs != macs:
            raise ValueError(f"dense twin must have as many MACs: {macs}, not {dense.figures.macs}")

    def to_json(self):
        """JSON text, indented, with "schema": 1."""
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

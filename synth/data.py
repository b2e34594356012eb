"""What a report says besides areas: longest paths, delay, leakage, and what an FPGA's place and route found."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Clock", "Data", "Delay", "Device", "Fmax", "Fpga", "Leakage", "LibraryName", "Path", "Resources", "Timing",
           "Use"]


class Data(BaseModel):
    """Frozen, complete and finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class LibraryName(Data):
    """Which Liberty file: its library's name and the SHA-256 of its bytes."""

    name: str
    sha256: str


class Path(Data):
    """A longest path: `levels` cells in `module` from `start` to `end`, nets named as in the Verilog.

    A path starts at a register, an input port or an output of a module inside, and ends where it reaches the next.
    """

    module: str
    levels: int = Field(ge=0)
    start: str
    end: str


class Delay(Data):
    """abc's delay of the mapped logic between registers, without clock-to-Q, set-up and wires.

    Attributes
    ----------
    ns : float
        Of the netlist whose area is reported: the smallest cells, no buffers.
    module, start, end : str
        Where that path is.
    sized_ns, sized_area : float
        After abc's ``buffer; upsize; dnsize`` on that module: its delay, and the area of its logic.
    logic_area : float
        The area of that module's logic before it.
    """

    ns: float = Field(ge=0)
    module: str
    start: str
    end: str
    sized_ns: float = Field(ge=0)
    sized_area: float = Field(ge=0)
    logic_area: float = Field(ge=0)


class Timing(Data):
    """OpenSTA's view of a netlist mapped for a clock: with clock-to-Q and set-up, without wires and the clock tree.

    Attributes
    ----------
    period, slack : float
        ns asked for, and what is left of it on the slowest path; below 0 the period is missed.
    fmax : float
        MHz, of this netlist: mapped for another period it may reach another clock.
    start, end : str
        The slowest path's registers or ports, named as in the Verilog.
    """

    period: float = Field(gt=0)
    slack: float
    fmax: float = Field(gt=0)
    start: str
    end: str


class Leakage(Data):
    """The sum of `cell_leakage_power`, in the library's `unit` ("1nW"); `missing`: cells that state none."""

    power: float = Field(ge=0)
    unit: str
    missing: int = Field(ge=0)


class Device(Data):
    """An FPGA, as its vendor calls it."""

    family: str
    name: str
    package: str
    speed: str


class Resources(Data):
    """Of the design alone, from yosys: look-up tables, flip-flops, multiplier blocks, block RAMs."""

    lut: int = Field(ge=0)
    ff: int = Field(ge=0)
    dsp: int = Field(ge=0)
    bram: int = Field(ge=0)


class Use(Data):
    """`used` of the `available` ones of one kind of site."""

    used: int = Field(ge=0)
    available: int = Field(ge=0)


class Fmax(Data):
    """The clock that place and route reached, out of context, in MHz.

    Attributes
    ----------
    mhz : tuple of float
        With seeds 1, 2, ...
    median, minimum, maximum : float
    start, end : str
        Of the slowest path with the seed that is the median.
    harness : int
        Registers put before the design's inputs for this, one for each bit; in `utilisation`, not in the resources.
    """

    mhz: tuple[float, ...] = Field(min_length=1)
    median: float = Field(ge=0)
    minimum: float = Field(ge=0)
    maximum: float = Field(ge=0)
    start: str
    end: str
    harness: int = Field(ge=0)


class Fpga(Data):
    """What a design takes of a device.

    `utilisation` ({site: Use}) and `fmax` are place and route's; both are None if the design has no clock.
    """

    device: Device
    resources: Resources
    utilisation: dict[str, Use] | None
    fmax: Fmax | None


class Clock(Data):
    """How fast this design's clock is beside its dense twin's.

    Attributes
    ----------
    basis : "fmax", "sta", "delay" or "levels"
        The best that the target has: MHz of place and route, MHz of OpenSTA, ns of abc (as reported), or levels of
        cells.
    this, dense : float
    ratio : float or None
        This clock's frequency / the dense array's: below 1 this array is slower. None if either has no logic.
    """

    basis: str
    this: float
    dense: float
    ratio: float | None

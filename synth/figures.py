"""A design per MAC, and beside its dense twin: the dense array of as many MACs, measured alike."""

from tamis.golden.pattern import Pattern
from tamis.synth.data import Clock, Data

__all__ = ["Figures", "PatternFigures", "figures_of"]


class PatternFigures(Data):
    """What one N:M pattern makes of the same hardware.

    Attributes
    ----------
    pattern : str
        "2:4".
    effective_macs : float
        MACs x M/N, what a dense array would need for the same work in the same cycles.
    area_per_effective_mac : float
    throughput_ratio : float
        Effective MACs / the dense twin's MACs: work per cycle, dense = 1.
    density_gain : float or None
        Effective MACs per area, relative to the dense twin's MACs per area; above 1 the sparse array wins.
    clocked_throughput_ratio, clocked_density_gain : float or None
        The two before, times the ratio of the clocks: work per second, and per second and area.
    """

    pattern: str
    effective_macs: float
    area_per_effective_mac: float
    throughput_ratio: float
    density_gain: float | None
    clocked_throughput_ratio: float | None
    clocked_density_gain: float | None


class Figures(Data):
    """The report's area per MAC, and against a dense twin: the array with M = 1 and as many MACs.

    `throughput_density`: MHz x MACs per 1000 um2, where OpenSTA has timed the design.
    `dense_area`, `dense_area_per_mac`, `area_ratio` (this / dense) and `clock` are None where no twin was given.
    """

    macs: int
    area_per_mac: float
    sequential_per_mac: float
    combinational_per_mac: float
    throughput_density: float | None
    dense_area: float | None
    dense_area_per_mac: float | None
    area_ratio: float | None
    clock: Clock | None
    patterns: tuple[PatternFigures, ...]


def figures_of(report, macs, patterns, dense):
    """The Figures of an AreaReport; see `AreaReport.with_figures`."""
    if not isinstance(macs, int) or isinstance(macs, bool) or macs < 1:
        raise ValueError(f"macs must be an int of at least 1, not {macs!r}")
    if dense is not None:
        _comparable(report, macs, dense)
    patterns = [Pattern.parse(pattern) if isinstance(pattern, str) else pattern for pattern in patterns]
    ratio = report.total.area / dense.total.area if dense and dense.total.area else None
    clock = dense and _clock(report, dense)
    return Figures(
        macs=macs,
        area_per_mac=report.total.area / macs,
        sequential_per_mac=report.total.sequential / macs,
        combinational_per_mac=report.total.combinational / macs,
        throughput_density=report.timing and report.timing.fmax * macs / report.total.area * 1000,
        dense_area=dense and dense.total.area,
        dense_area_per_mac=dense and dense.total.area / macs,
        area_ratio=ratio,
        clock=clock,
        patterns=tuple(_pattern(report, macs, pattern, ratio, clock and clock.ratio) for pattern in patterns),
    )


def _pattern(report, macs, pattern, area_ratio, clock_ratio):
    gain = pattern.m / pattern.n
    density = gain / area_ratio if area_ratio else None
    return PatternFigures(
        pattern=str(pattern),
        effective_macs=macs * gain,
        area_per_effective_mac=report.total.area / (macs * gain),
        throughput_ratio=gain,
        density_gain=density,
        clocked_throughput_ratio=clock_ratio and gain * clock_ratio,
        clocked_density_gain=clock_ratio and density and density * clock_ratio,
    )


def _clock(report, dense):
    """The best common measure of both clocks."""
    if report.fpga and dense.fpga and report.fpga.fmax and dense.fpga.fmax:
        ours, theirs = report.fpga.fmax.median, dense.fpga.fmax.median
        return Clock(basis="fmax", this=ours, dense=theirs, ratio=ours / theirs if theirs else None)
    if report.timing and dense.timing:
        ours, theirs = report.timing.fmax, dense.timing.fmax
        return Clock(basis="sta", this=ours, dense=theirs, ratio=ours / theirs)
    if report.delay and dense.delay:
        basis, ours, theirs = "delay", report.delay.ns, dense.delay.ns
    else:
        basis, ours, theirs = "levels", report.path.levels, dense.path.levels
    return Clock(basis=basis, this=ours, dense=theirs, ratio=theirs / ours if ours and theirs else None)


def _comparable(report, macs, dense):
    for name in ("target", "library", "flatten", "flow", "tools"):
        ours, theirs = getattr(report, name), getattr(dense, name)
        if ours != theirs:
            raise ValueError(f"dense twin must be measured with the same {name}: {ours!r}, not {theirs!r}")
    ours, theirs = report.fpga and report.fpga.device, dense.fpga and dense.fpga.device
    if ours != theirs:
        raise ValueError(f"dense twin must be measured on the same device: {ours!r}, not {theirs!r}")
    if dense.figures is not None and dense.figures.macs != macs:
        raise ValueError(f"dense twin must have as many MACs: {macs}, not {dense.figures.macs}")

"""An area report as tables, for a terminal or as Markdown. Prints what the report holds and computes nothing."""

import io
from dataclasses import dataclass

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

__all__ = ["as_markdown", "as_text", "render", "tables"]

_UNITS = {"tr": "transistors", "um2": "um2", "lut": "look-up tables"}
_BASES = {"fmax": "MHz, median", "sta": "MHz, OpenSTA", "delay": "ns, abc", "levels": "levels"}
_ALL = "all"
_CELLS = 12  # types of cells shown; the JSON has all


@dataclass(frozen=True)
class Grid:
    """A title, headings (the first column is text, all others are numbers) and rows of strings."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(report):
    """The Grids of a report, in order."""
    found = [_modules(report), _cells(report), _clock(report)]
    if report.fpga is not None:
        found.append(_fpga(report.fpga))
    if report.figures is not None:
        found.append(_figures(report))
        if report.figures.patterns:
            found.append(_patterns(report))
    if report.units:
        found.append(_units(report))
    return found


def render(report):
    """`report` (AreaReport) as a rich renderable: modules, figures per MAC if it has them, how it was measured."""
    parts = []
    for grid in tables(report):
        table = Table(title=grid.title, title_justify="left")
        for place, heading in enumerate(grid.headings):
            table.add_column(heading, justify="right" if place else "left", overflow="fold")
        for row in grid.rows:
            if row[0] == _ALL:
                table.add_section()
            table.add_row(*map(Text, row))
        parts.append(table)
    return Group(*parts, Text(_source(report), style="dim"))


def as_text(report, width=120):
    """The same as plain text, `width` characters wide."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(render(report))
    return console.file.getvalue()


def as_markdown(report):
    """The same as Markdown tables."""
    lines = [f"# {_plain(report.top)}", ""]
    for grid in tables(report):
        lines += [f"**{_plain(grid.title)}**", "", _line(grid.headings),
                  _line(["---", *["---:"] * (len(grid.headings) - 1)]), *map(_line, grid.rows), ""]
    return "\n".join([*lines, _plain(_source(report)), ""])


def _line(cells):
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text):
    """Text that Markdown takes as text, also where it becomes HTML."""
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), ("\\", "\\\\"), ("|", "\\|"), ("`", "\\`"), ("*", "\\*"),
                               ("_", "\\_"), ("[", "\\["), ("\n", " ")):
        text = text.replace(character, escaped)
    return text


def _modules(report):
    rows = [(module.name.removeprefix(f"{report.top}_"), f"{module.instances:,}", _area(module.area),
             _area(module.sequential), _area(module.combinational), f"{module.flip_flops:,}", f"{module.depth}",
             _area(module.total), f"{module.share:.1%}") for module in report.modules]
    total = report.total
    rows.append((_ALL, "", "", _area(total.sequential), _area(total.combinational), f"{total.flip_flops:,}", "",
                 _area(total.area), ""))
    headings = ("module", "instances", "each", "seq.", "comb.", "FF bits", "levels", "total", "share")
    return Grid(f"Area in {_UNITS[report.unit]}", headings, tuple(rows))


def _cells(report):
    cells = sorted(report.total.cells.items(), key=lambda item: (-item[1], item[0]))
    rows = [(kind, f"{number:,}") for kind, number in cells[:_CELLS]]
    if cells[_CELLS:]:
        rows.append((f"{len(cells) - _CELLS} other types", f"{sum(number for _, number in cells[_CELLS:]):,}"))
    return Grid("Cells", ("type", "number"), tuple(rows))


def _clock(report):
    def where(path):
        return f"{path.start} to {path.end}, in {path.module.removeprefix(f'{report.top}_')}" if path.end else ""
    rows = [("levels of cells", f"{report.path.levels}", where(report.path))]
    if report.timing is not None:
        timing = report.timing
        met = f"met, {timing.slack:.3f} ns to spare" if timing.slack >= 0 else f"missed by {-timing.slack:.3f} ns"
        rows.append((f"period {timing.period:g} ns, OpenSTA", met, f"{timing.start} to {timing.end}"))
        rows.append(("Fmax of this netlist", f"{timing.fmax:.1f} MHz", "clock-to-Q and set-up in it, wires not"))
    if report.delay is not None:
        delay = report.delay
        rows.append(("delay, abc, as counted", f"{delay.ns:.2f} ns", where(delay)))
        rows.append(("delay, abc, sized and buffered", f"{delay.sized_ns:.2f} ns",
                     f"its logic {_area(delay.logic_area)} -> {_area(delay.sized_area)} {report.unit}"))
    if report.leakage is not None:
        missing = f"{report.leakage.missing:,} cells state none" if report.leakage.missing else ""
        rows.append(("leakage", f"{report.leakage.power:,.1f} x {report.leakage.unit}", missing))
    return Grid("Longest path", ("measure", "value", "where"), tuple(rows))


def _fpga(fpga):
    device, resources = fpga.device, fpga.resources
    rows = [(name, f"{number:,}", "") for name, number in (
        ("look-up tables", resources.lut), ("flip-flops", resources.ff), ("multiplier blocks", resources.dsp),
        ("block RAMs", resources.bram))]
    for site, use in (fpga.utilisation or {}).items():
        share = f", {use.used / use.available:.1%}" if use.available else ""
        rows.append((f"placed on {site}", f"{use.used:,}", f"of {use.available:,}{share}"))
    if fpga.fmax is not None:
        fmax = fpga.fmax
        runs = len(fmax.mhz)
        rows.append(("Fmax, out of context", f"{fmax.median:.1f} MHz",
                     f"median of {runs} seeds, {fmax.minimum:.1f} to {fmax.maximum:.1f}" if runs > 1 else "1 seed"))
        rows.append(("its slowest path", "", f"{fmax.start} to {fmax.end}"))
        rows.append(("registers of the harness", f"{fmax.harness:,}", "on the inputs; placed, not counted above"))
    return Grid(f"{device.name}, {device.package}, speed {device.speed}", ("resource", "number", ""), tuple(rows))


def _figures(report):
    figures = report.figures
    rows = [(f"{report.unit} per MAC", _area(figures.area_per_mac)),
            ("of that sequential", _area(figures.sequential_per_mac)),
            ("of that combinational", _area(figures.combinational_per_mac))]
    if figures.throughput_density is not None:
        rows.append(("MHz x MACs per 1000 um2", f"{figures.throughput_density:.1f}"))
    if figures.area_ratio is not None:
        rows += [(f"{report.unit} per MAC of the dense array of the same size", _area(figures.dense_area_per_mac)),
                 ("area against that array", f"{figures.area_ratio:.3f} x")]
    if figures.clock is not None and figures.clock.ratio is not None:
        clock = figures.clock
        rows.append((f"clock against that array ({_BASES[clock.basis]}: {clock.this:g}, dense {clock.dense:g})",
                     f"{clock.ratio:.3f} x"))
    return Grid(f"{figures.macs:,} MACs", ("figure", "value"), tuple(rows))


def _patterns(report):
    headings = ("pattern", "effective MACs", f"{report.unit} per effective MAC", "throughput", "per area",
                "throughput at its clock", "per area at its clock")
    rows = [(one.pattern, f"{one.effective_macs:,.0f}", _area(one.area_per_effective_mac),
             *(_ratio(value) for value in (one.throughput_ratio, one.density_gain, one.clocked_throughput_ratio,
                                           one.clocked_density_gain))) for one in report.figures.patterns]
    return Grid("Effective throughput, dense array of the same size = 1", headings, tuple(rows))


def _units(report):
    rows = [(unit.purpose, unit.kind, _area(unit.area), f"{unit.flip_flops:,}", f"{unit.levels}", f"{unit.share:.2%}")
            for unit in report.units]
    return Grid("Sparsity units beside the array",
                ("what", "kind", report.unit, "FF bits", "levels", "share of the PEs"), tuple(rows))


def _source(report):
    counted = f"library {report.library.name} {report.library.sha256[:12]}" if report.library else (
        report.fpga.device.name if report.fpga else "static CMOS gates")
    how = "flattened" if report.flatten else "each module once, times its instances"
    earlier = ", measured earlier (from the store)" if report.cached else ""
    others = "".join(f"; {tool} {version}" for tool, version in report.tools.items() if "yosys" not in tool)
    return (f"target {report.target} ({counted}), {how}; yosys {report.tools['yosys']}{others}; "
            f"{report.seconds:.1f} s{earlier}")


def _ratio(value):
    return "" if value is None else f"{value:.2f}"


def _area(value):
    return f"{value:,.0f}"

"""An area report as tables for a terminal. Prints what the report holds and computes nothing."""

import io

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

__all__ = ["as_text", "render"]

_UNITS = {"tr": "transistors", "um2": "um2"}


def render(report):
    """`report` (AreaReport) as a rich renderable: modules, figures per MAC if it has them, how it was measured."""
    parts = [_modules(report)]
    if report.figures is not None:
        parts.append(_figures(report))
        if report.figures.patterns:
            parts.append(_patterns(report))
    return Group(*parts, Text(_source(report), style="dim"))


def as_text(report, width=120):
    """The same as plain text, `width` characters wide."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    console.print(render(report))
    return console.file.getvalue()


def _modules(report):
    table = Table(title=f"Area in {_UNITS[report.unit]}", title_justify="left")
    table.add_column("module", overflow="fold")
    for heading in ("instances", "each", "seq.", "comb.", "FF bits", "levels", "total", "share"):
        table.add_column(heading, justify="right")
    for module in report.modules:
        name = Text(module.name.removeprefix(f"{report.top}_"))
        table.add_row(name, f"{module.instances:,}", _area(module.area), _area(module.sequential),
                      _area(module.combinational), f"{module.flip_flops:,}", f"{module.depth}", _area(module.total),
                      f"{module.share:.1%}")
    total = report.total
    table.add_section()
    table.add_row("all", "", "", _area(total.sequential), _area(total.combinational), f"{total.flip_flops:,}", "",
                  _area(total.area), "")
    return table


def _figures(report):
    figures = report.figures
    table = Table(title=f"{figures.macs:,} MACs", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row(f"{report.unit} per MAC", _area(figures.area_per_mac))
    table.add_row("of that sequential", _area(figures.sequential_per_mac))
    table.add_row("of that combinational", _area(figures.combinational_per_mac))
    if figures.area_ratio is not None:
        table.add_row(f"{report.unit} per MAC of the dense array of the same size", _area(figures.dense_area_per_mac))
        table.add_row("area against that array", f"{figures.area_ratio:.3f} x")
    return table


def _patterns(report):
    table = Table(title="Effective MACs: what a dense array would need for the same work", title_justify="left")
    table.add_column("pattern")
    for heading in ("effective MACs", f"{report.unit} per effective MAC", "effective MACs per area, dense = 1"):
        table.add_column(heading, justify="right")
    for pattern in report.figures.patterns:
        gain = "" if pattern.density_gain is None else f"{pattern.density_gain:.2f}"
        table.add_row(pattern.pattern, f"{pattern.effective_macs:,.0f}", _area(pattern.area_per_effective_mac), gain)
    return table


def _source(report):
    counted = f"library {report.library.name} {report.library.sha256[:12]}" if report.library else "static CMOS gates"
    how = "flattened" if report.flatten else "each module once, times its instances"
    earlier = ", measured earlier (from the store)" if report.cached else ""
    return (f"target {report.target} ({counted}), {how}; yosys {report.tools['yosys']}; "
            f"{report.seconds:.1f} s{earlier}")


def _area(value):
    return f"{value:,.0f}"

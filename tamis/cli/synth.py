"""`tamis synth`: what a design costs, module by module, and beside the dense array of the same size."""

import sys
from pathlib import Path

import click

from tamis.api import measure, select_target
from tamis.cli.console import console
from tamis.cli.options import by_kind
from tamis.errors import BadInput
from tamis.hdl.emit.generate import OutputExists
from tamis.synth import fpga, sta
from tamis.synth import target as targets
from tamis.synth.design import PARTS
from tamis.synth.table import as_markdown, render
from tamis.synth.treemap import as_svg
from tamis.tools.files import check_writable, write_whole

TARGETS = (*targets.TARGETS, *fpga.FAMILIES)


def _common(command):
    for option in (
        click.option("--svg", metavar="FILE", help="Write the hierarchy's areas as a treemap."),
        click.option("--markdown", is_flag=True, help="Print the report as Markdown."),
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
        click.option("--force", is_flag=True, help="Replace files."),
        click.option("-o", "--output", metavar="FILE", help="Write the report as JSON."),
        click.option("--strict", is_flag=True, help="Exit with 1 if the period is missed."),
        click.option("--period", type=float, metavar="NS",
                     help="Map for a clock of this period and time the netlist with OpenSTA; needs --liberty."),
        click.option("--liberty", metavar="FILE", help="Liberty file; implies --target liberty."),
        click.option("--seeds", type=click.IntRange(0, 100), default=None,
                     help="FPGA: place and route with seeds 1 to this; 0 for none.  [default: 1]"),
        click.option("--device", type=click.Choice(list(fpga.DEVICES)), help="FPGA: the device.  [default: 85f, hx8k]"),
        click.option("--target", "name", type=click.Choice(TARGETS), default=None,
                     help="What to count: transistors (uniform, the default), sky130 cell area, a Liberty file's, or "
                          "an FPGA's look-up tables and its clock."),
    ):
        command = option(command)
    return command


@_common
@click.option("--part", type=click.Choice(PARTS), default=None,
              help="The whole array, module by module, or one PE or column of a PE.  [default: array; pe on an FPGA if "
                   "the array is large]")
@click.option("--units/--no-units", default=True, show_default=True,
              help="Also the TASD and SAS units that keep up with the array.")
def _array(config, **options):
    """Synthesise a design with yosys and report its area per module, per MAC and against its dense twin."""
    _synth(config, **options)


@_common
def _unit(config, **options):
    """Synthesise a design with yosys, flattened, and report its area, flip-flops and depth."""
    _synth(config, **options)


@_common
def _core(config, **options):
    """Synthesise a design with yosys and report its area per module, memories apart."""
    _synth(config, **options)


def _synth(config, *, name, liberty, device, seeds, period, strict, output, svg, force, as_json, markdown,
           **options):
    if as_json and markdown:
        raise BadInput("report must be --json or --markdown, not both")
    if strict and (period is None or not sta.available()):
        raise BadInput("--strict must go with --period NS, and OpenSTA must be installed to check it "
                       "(Debian: apt-get install opensta)")
    for file in (output, svg):
        if file is not None and Path(file).exists() and not force:
            raise OutputExists(f"output {file!r} exists; choose another or add --force")
        if file is not None and not Path(file).parent.is_dir():
            raise BadInput(f"output {file!r} must be in a folder that exists; {str(Path(file).parent)!r} does not")
        if file is not None:
            check_writable(Path(file).parent)
    target = select_target(name or ("uniform" if liberty is None else "liberty"), liberty, device=device, seeds=seeds,
                           period=period)
    report = measure(config, target, log=lambda line: click.echo(line, err=True),
                      **options)
    if output:
        write_whole(output, report.to_json())
    if svg:
        write_whole(svg, as_svg(report))
    if as_json:
        click.echo(report.to_json(), nl=False)
    elif markdown:
        click.echo(as_markdown(report), nl=False)
    else:
        console().print(render(report))
    if strict and report.timing is not None and report.timing.slack < 0:
        sys.exit(1)


command = by_kind("synth", _unit, "--target sky130", array=_array, core=_core)

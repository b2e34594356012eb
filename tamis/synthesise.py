"""`tamis synth`: what a design costs, module by module, and beside the dense array of the same size."""

import tempfile
from pathlib import Path

import click

from hdl import kinds
from hdl.emit import OutputExists, generate
from synth import target as targets
from synth.flow import measure
from synth.table import render
from tamis.console import console
from tamis.errors import BadInput
from tamis.options import by_kind


def _common(command):
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
        click.option("--force", is_flag=True, help="Replace FILE."),
        click.option("-o", "--output", metavar="FILE", help="Write the report as JSON."),
        click.option("--liberty", metavar="FILE", help="Liberty file; implies --target liberty."),
        click.option("--target", "name", type=click.Choice(targets.TARGETS), default=None,
                     help="What to count: transistors (uniform, the default), sky130 cell area, or a Liberty file's."),
    ):
        command = option(command)
    return command


@_common
@click.option("--part", type=click.Choice(["array", "pe"]), default="array", show_default=True,
              help="The whole array, module by module, or one PE, flattened.")
def _array(config, **options):
    """Synthesise a design with yosys and report its area per module, per MAC and against its dense twin."""
    _synth(config, area_report, **options)


@_common
def _unit(config, **options):
    """Synthesise a design with yosys, flattened, and report its area, flip-flops and depth."""
    _synth(config, unit_report, **options)


def _synth(config, measured, *, name, liberty, output, force, as_json, **options):
    if output and Path(output).exists() and not force:
        raise OutputExists(f"output {output!r} exists; choose another or add --force")
    report = measured(config, select(name or ("liberty" if liberty else "uniform"), liberty),
                      log=lambda line: click.echo(line, err=True), **options)
    if output:
        Path(output).write_text(report.to_json(), encoding="utf-8")
    if as_json:
        click.echo(report.to_json(), nl=False)
    else:
        console().print(render(report))


def select(name, liberty=None):
    """The synthesis target; BadInput if the Liberty file is missing or of no use."""
    try:
        return targets.select(name, liberty)
    except ValueError as error:
        raise BadInput(str(error)) from None


def unit_report(config, target, *, log=None):
    """The AreaReport of a unit, flattened; of its logic alone where it has memories."""
    design = generate(config)
    with tempfile.TemporaryDirectory(prefix="tamis_") as scratch:
        design.write(scratch)
        sources = [Path(scratch) / file for file in design.manifest["files"]["verilog"]]
        role = kinds.of(config).logic
        if role and log:
            log(f"memories are not counted: {config.memory_bits:,} bits")
        top = design.manifest["top"] + (f"_{role}" if role else "")
        return measure(sources, top, target, flatten=True, log=log)


def area_report(config, target, *, part="array", log=None):
    """The AreaReport of a design ("array", or its "pe") with its figures per MAC, its dense twin measured alike."""
    reports = []
    for design in (generate(config), generate(config.dense())):
        with tempfile.TemporaryDirectory(prefix="tamis_") as scratch:
            design.write(scratch)
            sources = [Path(scratch) / file for file in design.manifest["files"]["verilog"]]
            top = design.manifest["top"]
            if part == "pe":
                reports.append(measure(sources, f"{top}_pe", target, flatten=True, log=log))
            else:
                reports.append(measure(sources, top, target, flatten=False, log=log))
    report, dense = reports
    return report.with_figures(config.alpha * config.beta if part == "pe" else config.macs, config.patterns, dense)


command = by_kind("synth", _unit, "--target sky130", array=_array)

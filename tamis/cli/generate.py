"""`tamis generate`: Verilog, manifest and FuseSoC core of a design of any kind."""

import json

import click

from tamis.cli.options import by_kind
from tamis.hdl.emit.generate import generate
from tamis.tools.files import only_writer


@click.option("-o", "--output", required=True, metavar="DIR", help="Folder to write, new or empty.")
@click.option("--name", help="Name of the top module, in lower case.")
@click.option("--force", is_flag=True, help="Replace the design in DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def _generate(config, output, name, force, as_json):
    """Write the Verilog of a design, its JSON manifest and a FuseSoC core file."""
    design = generate(config, name=name)
    with only_writer(output):
        files = design.write(output, force=force)
    if as_json:
        click.echo(json.dumps(design.manifest))
        return
    for file in files:
        click.echo(file)
    latency = {cycles for cycles in design.manifest["latency"].values() if isinstance(cycles, int)}
    click.echo(f"{design.manifest['top']}: {config.summary}; latency {' or '.join(map(str, latency))} cycles, "
               f"{sum(len(text) for text in design.files.values()) / 1000:.0f} kB")


command = by_kind("generate", _generate, "-o build/out")

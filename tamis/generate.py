"""`tamis generate`: Verilog, manifest and FuseSoC core of a design."""

import json

import click

from hdl.emit import generate
from tamis.options import design_options


@click.command("generate", epilog="\b\nExample:\n  tamis generate --pattern 2:4 --rows 16 --cols 16 -o build/array")
@design_options
@click.option("-o", "--output", required=True, metavar="DIR", help="Folder to write, new or empty.")
@click.option("--name", help="Name of the top module.")
@click.option("--force", is_flag=True, help="Replace files in DIR.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def command(config, output, name, force, as_json):
    """Write the Verilog of a design, its JSON manifest and a FuseSoC core file.

    PRESET is one of `default`, `dense`, `stc-2:4`, `vegeta-n:8`, `vegeta-512`, `small-n:4`, `tiny-1:2`.
    """
    design = generate(config, name=name)
    files = design.write(output, force=force)
    if as_json:
        click.echo(json.dumps(design.manifest))
        return
    for file in files:
        click.echo(file)
    click.echo(f"{design.manifest['top']}: {config.summary}; latency {config.latency} cycles, "
               f"{sum(len(text) for text in design.files.values()) / 1000:.0f} kB")

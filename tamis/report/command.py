"""`tamis report`: the results of a sweep as one HTML page."""

from pathlib import Path

import click
import jinja2

from tamis.errors import BadInput
from tamis.hdl.emit.generate import OutputExists
from tamis.report import evidence, page
from tamis.sweep import results
from tamis.sweep.command import RESULTS
from tamis.tools.files import write_whole


@click.command("report", epilog="\b\nExample:\n  tamis report build/small -o report.html")
@click.argument("where", metavar="RESULTS")
@click.option("-o", "--output", required=True, metavar="FILE", help="The HTML file to write.")
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.option("--design", "chosen", metavar="HASH",
              help="The design to draw; default: the one with the most throughput per area.")
def command(where, output, force, chosen):
    """Show a sweep's results, a folder or its Parquet file, as one HTML page that needs nothing else.

    Test results, coverage and proofs that lie in the folder are summed up too.
    """
    if Path(output).exists() and not force:
        raise OutputExists(f"output {output!r} exists; choose another or add --force")
    folder = Path(where) if Path(where).is_dir() else None
    rows = results.read(folder / RESULTS if folder else where)
    try:
        text = page.build(rows, evidence.read(folder), name=Path(where).name, chosen=chosen)
    except page.NoSuchDesign as error:
        raise BadInput(str(error)) from None
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError,
            jinja2.UndefinedError) as error:
        raise BadInput(f"results {where!r} have values that no sweep writes ({error}); run the sweep again") from None
    write_whole(output, text.encode())
    click.echo(output)

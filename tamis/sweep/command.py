"""`tamis sweep`: a sweep file to one Parquet file, and the answers on the terminal."""

import functools
import json
import sys
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tamis.api import select_target
from tamis.cli.console import console
from tamis.errors import BadInput
from tamis.hdl.emit.generate import OutputExists
from tamis.sweep import cluster, rank, results, run
from tamis.sweep.rows import DESIGN, METRICS
from tamis.sweep.spec import Spec
from tamis.tools import cache
from tamis.tools.files import check_writable
from tamis.tools.stop import Stopped

RESULTS = "results.parquet"


@click.command("sweep", epilog="\b\nExamples:\n  tamis sweep examples/sweeps/small.toml -o build/small --top 5\n"
                               "  tamis sweep --results build/small --pareto area,throughput")
@click.argument("spec_file", metavar="[SPEC.toml]", required=False)
@click.option("-o", "--output", metavar="DIR", help=f"Folder to write {RESULTS} into.")
@click.option("--force", is_flag=True, help=f"Replace DIR/{RESULTS}.")
@click.option("--results", "existing", metavar="FILE", help="Answer from an earlier sweep's results; runs nothing.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Print the N best designs.")
@click.option("--by", default="throughput_per_area", show_default=True, metavar="FIGURE", help="What --top ranks by.")
@click.option("--pareto", metavar="FIGURE,...", help="Print the designs that no other beats, e.g. area,throughput.")
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON.")
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Local processes; default: one per core.")
@click.option("--scheduler", metavar="ADDRESS", help="A dask scheduler, tls://HOST:PORT or tcp://HOST:PORT.")
@click.option("--tls-ca", metavar="FILE", help="PEM certificate that signed a tls:// scheduler's.")
@click.option("--tls-cert", metavar="FILE", help="This client's certificate.")
@click.option("--tls-key", metavar="FILE", help="This client's key.")
def command(spec_file, output, force, existing, top, by, pareto, as_json, jobs, scheduler, tls_ca, tls_cert, tls_key):
    """Measure every design of a sweep: area, cycles of workloads, and, if asked, verification.

    Run it again after a crash and it goes on where it was. DuckDB, pandas and polars open the results.
    """
    figures = rank.metrics(pareto) if pareto else None
    rank.metrics(by)
    if (spec_file is None) == (existing is None):
        raise BadInput("sweep needs a SPEC.toml to run, or --results FILE of one that was run, and not both")
    if existing is not None:
        rows = results.read(Path(existing) / RESULTS if Path(existing).is_dir() else existing)
    else:
        if output is None:
            raise BadInput("sweep needs -o DIR, the folder for its results")
        rows = _sweep(spec_file, Path(output), force, jobs, scheduler,
                      {"ca": tls_ca, "cert": tls_cert, "key": tls_key})
    if as_json:
        click.echo(json.dumps({"top": rank.top(rows, top, by) if top else None,
                               "pareto": rank.pareto(rows, figures) if figures else None}))
    else:
        if top:
            console().print(_table(f"Best {top} by {by}", rank.top(rows, top, by), [by], rows))
        if figures:
            console().print(_table(f"Pareto front of {', '.join(figures)}", rank.pareto(rows, figures), figures, rows))
    sys.exit(1 if any(row.get("verified") is False for row in rows) else 0)


def _sweep(spec_file, folder, force, jobs, scheduler, tls):
    """Runs a sweep and writes its results; gives them."""
    spec, points = Spec.read(spec_file)
    file = folder / RESULTS
    if folder.exists() and not folder.is_dir():
        raise OutputExists(f"output {str(folder)!r} is a file, must be a folder")
    if file.exists() and not force:
        raise OutputExists(f"output {str(file)!r} exists; choose another folder or add --force")
    check_writable(folder)
    for kind in ("points", "synth"):
        cache.folder(kind)
    target = select_target(spec.target, spec.liberty, device=spec.device, seeds=spec.place_seeds)
    tasks = [point.config for point in points if point.config]
    show = console(stderr=True)
    say = functools.partial(show.print, markup=False, soft_wrap=True)
    try:
        with _progress(show, len(tasks)) as advance:
            found = run.outcomes(tasks, target, spec.how(), progress=advance,
                                 connect=lambda: cluster.connect(scheduler, jobs=jobs, tls=tls, log=say))
    except Stopped:
        say("stopped; run the same again and it goes on from here")
        raise
    results.write(file, run.table(points, found, spec.chosen_workloads()), run.about(spec))
    rows = results.read(file)
    counts = {status: sum(row["status"] == status for row in rows) for status in ("ok", "failed", "impossible")}
    say(f"{file}: {len(rows)} designs, {counts['ok']} measured, {counts['failed']} failed, "
        f"{counts['impossible']} impossible")
    for row in [row for row in rows if row["status"] == "failed"][:5]:
        say(f"failed: {row['patterns']} {row['rows']}x{row['cols']}: {row['reason']}")
    return rows


@contextmanager
def _progress(show, total):
    """A progress bar on a terminal, a line at each tenth elsewhere; gives a function of how many are finished."""
    if not show.is_terminal:
        told = [0]

        def tell(done):
            if done * 10 // max(total, 1) > told[0]:
                told[0] = done * 10 // total
                show.print(f"{done} of {total} designs")
        yield tell
        return
    with Progress(TextColumn("designs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
                  TimeRemainingColumn(), console=show, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _table(title, rows, figures, everything):
    """The designs, by what differs among all of the sweep, and the figures."""
    built = [row for row in everything if row["status"] != "impossible"]
    varied = [name for name in DESIGN if len({row[name] for row in built}) > 1]
    columns = list(dict.fromkeys(["patterns", "rows", "cols", *varied, *figures, "area", "throughput", "utilisation"]))
    shown = Table(title=f"{title} (of {len(everything)} designs)", title_justify="left")
    for name in columns:
        shown.add_column(name, justify="right" if name in METRICS else "left")
    for row in rows:
        shown.add_row(*(Text(_text(name, row[name])) for name in columns))  # not markup, whatever it says
    return shown


def _text(name, value):
    if value is None or isinstance(value, str | bool | int):
        return "" if value is None else f"{value:,}" if name in METRICS else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1%}" if name == "utilisation" else f"{value:.4g}"

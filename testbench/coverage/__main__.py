"""Code coverage of the emitted Verilog: ``python -m tamis.testbench.coverage [--seed S] [NAME ...]``.

The regression of each design runs in a Verilator that counts lines, branches and toggles. Exit status 1 if a test
fails or a line never ran.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter

import click
from rich.console import Console
from rich.table import Table

from tamis.testbench.run import lines, runner, simulators
from tamis.testbench.run.results import RegressionError
from tamis.testbench.subjects import Subject, chosen
from tamis.tools.stop import stoppable
from tamis.tools.yosys import SynthError

KINDS = ("line", "branch", "toggle")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option("--branches", is_flag=True, help="List the branches too that were never taken.")
def main(names: tuple[str, ...], seed: int, branches: bool) -> None:
    """Code coverage of the designs, all or those whose names begin with one of NAMES."""
    table, missing = Table("design", *KINDS, title="Code coverage"), 0
    merged: Counter[str] = Counter()
    try:
        for subject in chosen(names):
            found, texts = measured(subject, seed)
            row = lines.totals(found)
            table.add_row(subject.name, *(_share(*row.get(kind, (0, 0))) for kind in KINDS))
            for kind, (hit, total) in row.items():
                merged[kind] += hit
                merged[f"all {kind}"] += total
            for kind in KINDS[:1 + branches]:
                for point in lines.holes(found, kind):
                    source = texts[point.file].splitlines()[point.line - 1].strip()
                    click.echo(f"{kind} never ran: {point.file}:{point.line}: {source} [{point.what}]")
                    missing += kind == "line"
    except (RegressionError, simulators.SimulatorError, SynthError) as error:
        raise click.ClickException(str(error)) from None
    table.add_row("all", *(_share(merged[kind], merged[f"all {kind}"]) for kind in KINDS))
    Console().print(table)
    sys.exit(int(missing > 0))


def measured(subject: Subject, seed: int) -> tuple[Counter[lines.Point], dict[str, str]]:
    """(counts of the points, {file: text}) of a design under its regression; RegressionError if a test fails."""
    design = subject.design()
    with tempfile.TemporaryDirectory(prefix="coverage_") as folder:
        outcomes = runner.run(design, simulators.CountingVerilator(), folder, tests=subject.tests, seed=seed,
                              env=subject.env, waves=False)
        failed = [outcome for outcome in outcomes if outcome.failure]
        if failed:
            raise RegressionError(f"{subject.name}: {failed[0].test} fails: {failed[0].failure}")
        return lines.read(folder, design.manifest["files"]["verilog"]), dict(design.files)


def _share(hit: int, total: int) -> str:
    return f"{hit} of {total} ({100 * hit / total:.1f} %)" if total else "none"


if __name__ == "__main__":
    with stoppable("coverage"):
        main()

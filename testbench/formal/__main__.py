"""Runs the proofs: ``python -m tamis.testbench.formal [-l] [NAME ...]``.

NAME may be a part of names. Two run at once. Exit status 1 if a proof does not hold, 2 if one has no verdict.
"""

import functools
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tamis.testbench.formal.proofs import PROOFS
from tamis.testbench.formal.runner import SOLVERS, FormalError, prove
from tamis.tools.stop import stoppable

COLUMNS = ("proof", "claims", "bound", "seconds", "verdict")


@click.command()
@click.argument("names", nargs=-1)
@click.option("-l", "--list", "listing", is_flag=True, help="Say what there is; prove nothing.")
@click.option("--solver", type=click.Choice(list(SOLVERS)), default="boolector", show_default=True)
@click.option("--markdown", is_flag=True, help="The table for bench/proofs.md.")
@click.option("--json", "file", metavar="FILE", help="Also write the verdicts there, as tamis report reads them.")
def main(names, listing, solver, markdown, file):
    """Formal proofs of the units, all or those whose names contain one of NAMES."""
    for name in names:
        if not any(name in proof.name for proof in PROOFS):
            raise click.BadParameter(f"no proof has {name!r} in its name", param_hint="NAMES")
    chosen = [proof for proof in PROOFS if not names or any(name in proof.name for name in names)]
    if not chosen:
        raise click.ClickException("there is no proof to run")
    if listing:
        for proof in chosen:
            click.echo(f"{proof.name}: {proof.what} [{proof.configuration}; {proof.bound}]")
        return
    began = time.monotonic()
    rows, worst = _run(chosen, solver)
    total = f"{len(chosen)} proofs in {time.monotonic() - began:.0f} s, two at once, {solver}"
    if file:
        Path(file).write_text(json.dumps([{"what": proof.what} | dict(zip(COLUMNS, row, strict=True))
                                          for proof, row in zip(chosen, rows, strict=True)], indent=1))
    if markdown:
        _markdown(chosen, rows)
    else:
        table = Table(*COLUMNS, title="Proofs")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
    click.echo(total)
    sys.exit(worst)


def _run(chosen, solver):
    """(rows of COLUMNS, exit status)."""
    rows, worst = [], 0
    with ThreadPoolExecutor(2) as pool:
        for proof, (claims, verdict) in zip(chosen, pool.map(functools.partial(_one, solver), chosen), strict=True):
            if isinstance(verdict, FormalError):
                worst, seconds, said = 2, "", f"no verdict: {verdict}"
            else:
                worst = max(worst, int(verdict.state != "holds"))
                seconds, said = f"{verdict.seconds:.1f}", " ".join([verdict.state, *verdict.failed])
            rows.append((proof.name, str(claims), proof.bound, seconds, said))
            click.echo(f"{proof.name}: {said} ({seconds} s)", err=True)
    return rows, worst


def _one(solver, proof):
    bench = proof.bench()
    try:
        return len(bench.claims), prove(bench, depth=proof.depth, unbounded=proof.unbounded, solver=solver)
    except FormalError as error:
        return len(bench.claims), error


def _markdown(chosen, rows):
    click.echo("| proof | configuration | properties | claims | bound | seconds |\n|---|---|---|---|---|---|")
    for proof, (name, claims, bound, seconds, said) in zip(chosen, rows, strict=True):
        held = seconds if said == "holds" else f"{seconds} **{said}**"
        click.echo(f"| {name} | {proof.configuration} | {proof.what} | {claims} | {bound} | {held} |")


if __name__ == "__main__":
    with stoppable("formal"):
        main()

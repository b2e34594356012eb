"""Runs the proofs: ``python -m testbench.formal [-l] [NAME ...]``.

NAME may be a part of names. Two run at once. Exit status 1 if a proof does not hold, 2 if one has no verdict.
"""

import functools
import sys
from concurrent.futures import ThreadPoolExecutor

import click
from rich.console import Console
from rich.table import Table

from testbench.formal.proofs import PROOFS
from testbench.formal.runner import SOLVERS, FormalError, prove

COLUMNS = ("proof", "claims", "bound", "seconds", "")


@click.command()
@click.argument("names", nargs=-1)
@click.option("-l", "--list", "listing", is_flag=True, help="Say what there is; prove nothing.")
@click.option("--solver", type=click.Choice(list(SOLVERS)), default="boolector", show_default=True)
def main(names, listing, solver):
    """Formal proofs of the units, all or those whose names contain one of NAMES."""
    for name in names:
        if not any(name in proof.name for proof in PROOFS):
            raise click.BadParameter(f"no proof has {name!r} in its name", param_hint="NAMES")
    chosen = [proof for proof in PROOFS if not names or any(name in proof.name for name in names)]
    if listing:
        for proof in chosen:
            click.echo(f"{proof.name}: {proof.what} [{proof.config.summary}; {proof.bound}]")
        return
    sys.exit(_run(chosen, solver))


def _run(chosen, solver):
    table, worst, total = Table(*COLUMNS, title="Proofs"), 0, 0.0
    with ThreadPoolExecutor(2) as pool:
        for proof, (claims, verdict) in zip(chosen, pool.map(functools.partial(_one, solver), chosen), strict=True):
            if isinstance(verdict, FormalError):
                worst = max(worst, 2)
                table.add_row(proof.name, str(claims), proof.bound, "", f"no verdict: {verdict}")
                continue
            total += verdict.seconds
            worst = max(worst, 0 if verdict.state == "holds" else 1)
            table.add_row(proof.name, str(claims), proof.bound, f"{verdict.seconds:.1f}",
                          " ".join([verdict.state, *verdict.failed]))
            click.echo(f"{proof.name}: {verdict.state} ({verdict.seconds:.1f} s)")
    Console().print(table)
    click.echo(f"{len(chosen)} proofs, {total:.0f} s of solving")
    return worst


def _one(solver, proof):
    bench = proof.bench(proof.config)
    try:
        return len(bench.claims), prove(bench, depth=proof.depth, unbounded=proof.unbounded, solver=solver)
    except FormalError as error:
        return len(bench.claims), error


if __name__ == "__main__":
    main()

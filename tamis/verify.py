"""`tamis verify`: the cocotb regression of a design, on every simulator that is here, against the golden model."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click
from rich.table import Table

from hdl.emit import OutputExists, generate
from tamis.console import console
from tamis.errors import BadInput
from tamis.options import design_options
from testbench import runner, simulators


@click.command("verify", epilog="\b\nExample:\n  tamis verify --pattern 1:8,2:8 --rows 8 --cols 8 --seed 7")
@design_options
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Of all draws.")
@click.option("--draws", type=click.IntRange(1, 10_000), default=4, show_default=True, help="Random GEMM sets.")
@click.option("--simulator", "only", type=click.Choice(["verilator", "icarus"]), help="Default: all installed.")
@click.option("-o", "--output", metavar="DIR", help="Keep JUnit XML, logs and, on failure, waves here.")
@click.option("--force", is_flag=True, help="Replace DIR's earlier results.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def command(config, seed, draws, only, output, force, as_json):
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model."""
    chosen = [s for s in simulators.available() if only in (None, s.name)]
    if not chosen:
        raise BadInput(f"simulator {only!r} is not installed; installed: "
                       f"{', '.join(s.name for s in simulators.available())}")
    folder = _results_folder(output, force)
    design = generate(config)
    log = console(stderr=True)
    outcomes = []
    for simulator in chosen:
        with log.status(f"{simulator.name} {simulator.version()}: building (kept for the next time), then simulating"):
            outcomes += runner.run(design, simulator, folder / simulator.name, tests="testbench.array_tests", seed=seed,
                                   env={"TAMIS_DRAWS": str(draws)})
    failed = [outcome for outcome in outcomes if outcome.failure]
    if as_json:
        click.echo(json.dumps({"design": design.manifest["top"], "hash": design.manifest["hash"], "seed": seed,
                               "outcomes": [vars(outcome) for outcome in outcomes]}))
    else:
        console().print(f"{design.manifest['top']} ({design.manifest['hash']}), seed {seed}")
        console().print(table(outcomes))
    for outcome in failed:
        click.echo(f"{outcome.simulator} {outcome.test}: {outcome.failure}", err=True)
    if not output and not failed:
        shutil.rmtree(folder)
    elif failed or not as_json:
        click.echo(f"results: {folder}", err=True)
    sys.exit(1 if failed else 0)


def table(outcomes):
    """Tests down, simulators across."""
    names = list(dict.fromkeys(outcome.simulator for outcome in outcomes))
    shown = Table("test")
    for name in names:
        shown.add_column(name)
    for test in dict.fromkeys(outcome.test for outcome in outcomes):
        found = {o.simulator: o for o in outcomes if o.test == test}
        shown.add_row(test, *(("FAIL" if found[n].failure else f"pass {found[n].seconds:.2f} s") if n in found else ""
                              for n in names))
    return shown


def _results_folder(output, force):
    if output is None:
        return Path(tempfile.mkdtemp(prefix="tamis_verify_"))
    folder = Path(output).absolute()
    if folder.exists() and not folder.is_dir():
        raise OutputExists(f"output {output!r} is a file, must be a folder that is empty or does not exist")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise OutputExists(f"output {output!r} exists and is not empty; choose another or add --force")
    return folder

"""`tamis verify`: the cocotb regression of a design, on every simulator that is here, against the golden model."""

import contextlib
import json
import shutil
import sys
from pathlib import Path

import click
from rich.table import Table

from tamis.api import select_target
from tamis.cli.console import console
from tamis.cli.options import by_kind
from tamis.errors import BadInput
from tamis.hdl.emit.generate import OutputExists
from tamis.regression import verify
from tamis.testbench.run import simulators
from tamis.tools.files import only_writer
from tamis.tools.stop import kept_folder, removed_if_stopped

TARGETS = ("uniform", "sky130", "liberty")


def _common(command):
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON."),
        click.option("--waves", is_flag=True, help="Write the waves of the whole run to DIR; needs -o."),
        click.option("--force", is_flag=True, help="Replace DIR's earlier results."),
        click.option("-o", "--output", metavar="DIR", help="Keep JUnit XML, logs and, on failure, waves here."),
        click.option("--simulator", "only", type=click.Choice(["verilator", "icarus"]),
                     help="Default: all installed."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True,
                     help="Seed for all random stimulus."),
    ):
        command = option(command)
    return command


def _gates(command):
    for option in (
        click.option("--liberty", metavar="FILE", help="With --gates: the Liberty file to map to."),
        click.option("--target", type=click.Choice(TARGETS), default=None,
                     help="With --gates: what to map to.  [default: uniform]"),
        click.option("--gates", is_flag=True, help="The netlist that `tamis synth` measures, in the same test bench."),
    ):
        command = option(command)
    return command


_draws = click.option("--draws", type=click.IntRange(1, 10_000), default=4, show_default=True, help="Random GEMM sets.")


@_common
@_gates
@_draws
def _gemms(config, **options):
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model."""
    _verify(config, **options)


@_common
@click.option("--blocks", type=click.IntRange(1, 10**9), default=2000, show_default=True,
              help="Random blocks, besides the corner cases.")
@_gates
def _unit(config, **options):
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model."""
    _verify(config, **options)


def _verify(config, *, seed, only, output, waves, force, as_json, gates, target, liberty, **effort):
    if waves and output is None:
        raise BadInput("--waves must go with -o DIR, the folder that keeps the waves")
    if not gates and (target or liberty is not None):
        raise BadInput("--target and --liberty must go with --gates")
    mapped = select_target(target or ("uniform" if liberty is None else "liberty"), liberty) if gates else None
    with _results_folder(output, force) as folder:
        verdict = verify(config, simulator=only, seed=seed, folder=folder, gates=mapped, waves=waves, log=_building(),
                         **effort)
        _show(verdict, gates, as_json)
        if output is None and verdict.passed:
            shutil.rmtree(folder)
        elif not verdict.passed or not as_json:
            click.echo(f"results: {folder}", err=True)
    sys.exit(0 if verdict.passed else 1)


def _building():
    """A status line for the build and the run on each simulator."""
    log = console(stderr=True)
    return lambda simulator: log.status(f"{simulator.name} {simulator.version()}: building (kept for the next time), "
                                        f"then simulating")


def _show(verdict, gates, as_json):
    manifest = verdict.design.manifest
    if as_json:
        click.echo(json.dumps({"design": manifest["top"], "hash": manifest["hash"], "seed": verdict.seed,
                               "gates": gates, "outcomes": [vars(outcome) for outcome in verdict.outcomes],
                               "coverage": verdict.covered}))
    else:
        console().print(f"{manifest['top']} ({manifest['hash']}), seed {verdict.seed}{', gates' * gates}")
        console().print(table(verdict.outcomes))
        if verdict.covered:
            console().print(_coverage_table(verdict.covered))
    for outcome in verdict.failed:
        click.echo(f"{outcome.simulator} {outcome.test}: {outcome.failure.splitlines()[0]}", err=True)
    for hole in verdict.holes:
        click.echo(hole, err=True)


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


def _coverage_table(covered):
    """Coverage points down, simulators across: bins hit of bins."""
    shown = Table("covered")
    for name in covered:
        shown.add_column(name, justify="right")
    for point in next(iter(covered.values())):
        shown.add_row(point, *(f"{sum(map(bool, found[point].values()))} of {len(found[point])}"
                               for found in covered.values()))
    return shown


@contextlib.contextmanager
def _results_folder(output, force):
    if output is None:
        folder = Path(kept_folder("tamis_verify_"))
        with removed_if_stopped(folder):
            yield folder
        return
    folder = Path(output).absolute()
    if folder.exists() and not folder.is_dir():
        raise OutputExists(f"output {output!r} is a file, must be a folder that is empty or does not exist")
    with only_writer(folder):
        if any(folder.iterdir()) and not force:
            raise OutputExists(f"output {output!r} exists and is not empty; choose another or add --force")
        with contextlib.ExitStack() as stack:
            for simulator in simulators.available():
                stack.enter_context(removed_if_stopped(folder / simulator.name))
            yield folder


command = by_kind("verify", _unit, "--seed 7", array=_gemms, core=_gemms)

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
from tamis.hdl.emit.generate import OutputExists, generate
from tamis.testbench.run import coverage, runner, simulators
from tamis.testbench.run.gates import netlist
from tamis.tools.files import only_writer
from tamis.tools.stop import kept_folder, removed_if_stopped

CORE_TESTS = ["tamis.testbench.core.tests", "tamis.testbench.core.control_tests"]
TARGETS = ("uniform", "sky130", "liberty")


def _common(command):
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON."),
        click.option("--force", is_flag=True, help="Replace DIR's earlier results."),
        click.option("-o", "--output", metavar="DIR", help="Keep JUnit XML, logs and, on failure, waves here."),
        click.option("--simulator", "only", type=click.Choice(["verilator", "icarus"]),
                     help="Default: all installed."),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Of all draws."),
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
def _array(config, draws, **options):
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model."""
    _verify(config, "tamis.testbench.array.tests", {"TAMIS_DRAWS": str(draws)}, covers=False, **options)


@_common
@click.option("--blocks", type=click.IntRange(1, 10**9), default=2000, show_default=True,
              help="Random blocks, beside the corners.")
@_gates
def _unit(config, blocks, **options):
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model."""
    _verify(config, "tamis.testbench.units.tests", {"TAMIS_BLOCKS": str(blocks)}, **options)


@_common
@_gates
@_draws
def _core(config, draws, **options):
    """Simulate a design under cocotbext-axi and compare every byte with the golden model."""
    gates = options["gates"]  # then some tiles, not the regression: nothing to say about what they cover
    tests = "tamis.testbench.core.gate_tests" if gates else CORE_TESTS
    _verify(config, tests, {"TAMIS_DRAWS": str(draws)}, covers=not gates,
            **options)


def _verify(config, tests, env, *, seed, only, output, force, as_json, gates=False, target=None, liberty=None,
            covers=True):
    if not gates and (target or liberty is not None):
        raise BadInput("--target and --liberty must go with --gates")
    chosen = [s for s in simulators.available() if only in (None, s.name)]
    if not chosen:
        raise BadInput(f"simulator {only!r} is not installed; installed: "
                       f"{', '.join(s.name for s in simulators.available())}")
    mapped = select_target(target or ("uniform" if liberty is None else "liberty"), liberty) if gates else None
    with _results_folder(output, force) as folder:
        _run(config, folder, chosen, mapped, tests, env, seed=seed, keep=output is not None, as_json=as_json,
             covers=covers)


def _run(config, folder, chosen, mapped, tests, env, *, seed, keep, as_json, covers):
    gates = mapped is not None
    design = netlist(generate(config), mapped) if gates else generate(config)
    log = console(stderr=True)
    outcomes = []
    for simulator in chosen:
        with log.status(f"{simulator.name} {simulator.version()}: building (kept for the next time), then simulating"):
            outcomes += runner.run(design, simulator, folder / simulator.name, tests=tests, seed=seed, env=env)
    failed = [outcome for outcome in outcomes if outcome.failure]
    covers = covers and not failed  # a test that fails stops covering
    covered = {s.name: coverage.read(folder / s.name) for s in chosen} if covers else {}
    if as_json:
        click.echo(json.dumps({"design": design.manifest["top"], "hash": design.manifest["hash"], "seed": seed,
                               "gates": gates, "outcomes": [vars(outcome) for outcome in outcomes],
                               "coverage": covered}))
    else:
        console().print(f"{design.manifest['top']} ({design.manifest['hash']}), seed {seed}{', gates' * gates}")
        console().print(table(outcomes))
        if covered:
            console().print(_coverage_table(covered))
    for outcome in failed:
        click.echo(f"{outcome.simulator} {outcome.test}: {outcome.failure.splitlines()[0]}", err=True)
    for name, found in covered.items():
        for hole in coverage.holes(found):
            click.echo(f"{name}: not covered: {hole}", err=True)
    if not keep and not failed:
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


command = by_kind("verify", _unit, "--seed 7", array=_array, core=_core)

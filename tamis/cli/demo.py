"""`tamis demo`: the main job, on real input.

The hidden layer of a network that reads handwritten digits, pruned to the chosen N:M and quantised to int8, runs on the
generated RTL under Verilator; every accumulator is compared with the golden model, and the RTL's own sums go on to the
classification. Then the area of what was just proved.
"""

import functools
import sys
import time
from pathlib import Path

import click
import numpy as np
from rich.table import Table

from tamis.api import measure
from tamis.cli.console import console
from tamis.cli.options import with_config
from tamis.digits import network
from tamis.errors import BadInput
from tamis.hdl.array.array import Array
from tamis.hdl.config import ConfigError
from tamis.hdl.emit.generate import generate
from tamis.synth.table import render
from tamis.testbench.run import runner, simulators
from tamis.tools.files import only_writer
from tamis.tools.stop import removed_if_stopped

SEED = 1


@click.command("demo", epilog="\b\nExample:\n  tamis demo --pattern 1:8 --rows 32 --cols 8")
@functools.partial(with_config, Array)
@click.option("-o", "--output", default="build/demo", show_default=True, metavar="DIR",
              help="What the demo writes, and replaces when run again.")
@click.option("--weights", metavar="FILE", help="Another weights.npz, as tamis/digits/train.py writes.")
def command(config, output, weights):
    """Classify real handwritten digits on the RTL: Verilog, bit-exact proof, accuracy, cycles and area."""
    show = console()
    try:
        loaded = network.load_weights() if weights is None else network.load_weights(weights)
        images, labels = network.load_images("test", loaded)
    except (ValueError, ImportError) as error:
        raise BadInput(str(error)) from None
    if len(config.patterns) > 1 or not (config.a_signed and config.b_signed and config.a_width == config.b_width == 8
                                        and config.acc_width == 32):
        raise ConfigError(f"demo must be one pattern, int8 x int8 -> int32, not {config.summary}")

    show.print(f"[bold]1. Verilog[/] of {config.summary}")
    design = generate(config)
    folder = Path(output).absolute() / design.manifest["top"]
    with only_writer(folder), removed_if_stopped(folder / "simulation"):
        _prove(show, config, design, folder, loaded, images, labels)
    show.print("[bold]3. Area[/] (uniform flow; the dense twin is measured the same way)")
    show.print(render(measure(config, log=show.print)))


def _prove(show, config, design, folder, loaded, images, labels):
    """Steps 1 and 2: write the Verilog, run the layer on it, show what came out."""
    pattern, = config.patterns
    for file in design.write(folder, force=True):
        show.print(f"   {_short(file)}", soft_wrap=True)

    simulator = simulators.Verilator()
    show.print(f"[bold]2. Simulation[/] on Verilator {simulator.version()} (a build of a minute at most, kept)")
    started = time.perf_counter()
    runner.build(design, simulator)
    show.print(f"   simulator ready in {time.perf_counter() - started:.1f} s")
    quantised = network.prune_and_quantise(loaded, pattern)
    a, b = quantised.hidden_operands(images)
    result = run_gemm(design, simulator, folder / "simulation", a, b, pattern)

    accuracy = network.accuracy(quantised.finish(result["c"]), labels)
    show.print(_results(config, pattern, a, b, result, accuracy, network.float_accuracy(loaded)))


def run_gemm(design, simulator, folder, a, b, pattern):
    """A . B on the simulated RTL, checked against golden: {"c": (I, J), "cycles", "compared", "rate"}.

    A difference ends the program with status 1 and names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "operands.npz", a=a, b=b, pattern=str(pattern))
    (folder / "result.npz").unlink(missing_ok=True)
    outcome, = runner.run(design, simulator, folder, tests="tamis.testbench.array.gemm_run", seed=SEED,
                          env={"TAMIS_JOB": str(folder)})
    if outcome.failure:
        click.echo(f"the RTL differs from the golden model: {outcome.failure}", err=True)
        sys.exit(1)
    with np.load(folder / "result.npz", allow_pickle=False) as result:
        return dict(result)


def _results(config, pattern, a, b, result, accuracy, float_accuracy):
    (i, k), j = a.shape, b.shape[1]
    took = int(result["cycles"])
    predicted, ideal, depth = config.cycles(i, k, j), config.ideal_cycles(i, k, j), config.depth()
    unfilled = f"; a tile covers {depth} of K, the layer has {k}" if k % depth else ""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 3))
    for name, value in (
        ("hidden layer", f"{i}x{k} . {k}x{j} at {pattern}"),
        ("test images", f"{j}"),
        ("accumulators compared", f"{int(result['compared']):,}, all equal to the golden model, each in its cycle"),
        ("accuracy", f"{accuracy:.2%} from the RTL's own sums; {float_accuracy:.2%} dense float"),
        ("cycles", f"{took} measured, {predicted} predicted, {ideal:.0f} ideal"),
        ("utilisation", f"{ideal / took:.1%}{unfilled}"),
        ("simulation speed", f"{float(result['rate']):,.0f} cycles/s"),
    ):
        table.add_row(name, value)
    passes = -(-k // depth) * -(-i // config.cols)
    if int(result["compared"]) != passes * config.cols * j:
        click.echo(f"the RTL's {passes * config.cols * j:,} sums must all be compared, not "
                   f"{int(result['compared']):,}", err=True)
        sys.exit(1)
    if took != predicted:
        click.echo(f"the RTL took {took} cycles, predicted were {predicted}", err=True)
        sys.exit(1)
    return table


def _short(file):
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file

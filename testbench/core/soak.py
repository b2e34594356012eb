"""`make soak`: thousands of random GEMMs on Verilator, over presets and random cores; nothing lost, nothing reordered.

    python -m tamis.testbench.core.soak --gemms 2000 --seed 7

GEMMs go in back to back, up to six at a time, under changing stalls on every port; every tile is compared with the
golden model, in order, and at the end of each batch every stream must be empty and the core idle.
"""

import sys
import time
from pathlib import Path
from typing import Any

import click
import cocotb
import numpy as np

from tamis.hdl.config import ConfigError
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import Design, generate
from tamis.testbench.run import runner, simulators
from tamis.testbench.run.results import RegressionError
from tamis.tools.stop import kept_folder, stoppable

__all__ = ["random_core", "soak", "soaked"]

PRESETS = ("tiny-n:2", "small-n:4", "default")
LARGEST_MACS = 64  # of a random core
COUNT = "gemms.txt"  # in the simulation's folder: GEMMs that were run and compared


def random_core(rng):
    """A legal CoreConfig of at most `LARGEST_MACS` MACs, any M to 16, any widths."""
    while True:
        m = int(rng.choice([1, 2, 4, 4, 8, 8, 16]))
        ns = [1 << k for k in range(m.bit_length()) if rng.random() < 0.6]
        width = int(rng.choice([4, 8, 8, 16]))
        rows, cols = (int(1 << rng.integers(0, 6)) for _ in range(2))
        array = {"patterns": ",".join(f"{n}:{m}" for n in ns), "rows": rows, "cols": cols, "a_width": width,
                 "b_width": int(rng.choice([4, 8, 16])), "acc_width": 40 if width == 16 else 32,
                 "overflow": str(rng.choice(["wrap", "saturate"]))}
        fields = {"array": array, "columns": int(1 << rng.integers(2, 7)), "b_slots": int(1 << rng.integers(1, 4)),
                  "queue": int(1 << rng.integers(1, 4)),
                  "b_pattern": str(rng.choice(["none", *(f"{n}:{m}" for n in (1, 2, 4, 8) if n < m)])),
                  **{f"{name}_bits": int(rng.choice([32, 64, 128, 256, 512])) for name in "abc"}}
        try:
            config = CoreConfig.parse(fields)
        except ConfigError:
            continue
        if 4 <= config.macs <= LARGEST_MACS:
            return config


@cocotb.test()
async def soak(dut):
    """$TAMIS_DRAWS random GEMMs in batches."""
    from tamis.host.driver import plan
    from tamis.testbench.core.bench import Bench
    from tamis.testbench.core.bus import PORTS
    from tamis.testbench.core.draws import draw
    from tamis.testbench.core.tests import DRAWS

    bench = await Bench.started(dut, "soak")
    rng, done = bench.rng, 0
    await bench.driver.identify()
    while done < DRAWS:
        count = min(int(rng.integers(1, 7)), DRAWS - done)
        works = [draw(rng, bench.core, int(rng.integers(1, 4))) for _ in range(count)]
        stalls = [0.0, 0.0, dict.fromkeys(PORTS, float(rng.random() * 0.6)),
                  {name: float(rng.random() * 0.8) for name in PORTS}, {str(rng.choice(PORTS)): 0.9}]
        bench.bus.stall(stalls[int(rng.integers(len(stalls)))])
        about = f"GEMMs {done} to {done + count - 1}"
        await bench.run([step for a, b, out in works for step in plan(a, b, bench.core, out)], about)
        bench.bus.stall(0.0)
        await bench.settled(about)
        done += count
        Path(COUNT).write_text(str(done), encoding="utf-8")


def soaked(design: Design, simulator: Any, folder: str | Path, gemms: int, seed: int) -> str | None:
    """Run so many random GEMMs on a generated core; None if all were compared and right, else what went wrong.

    Raises RegressionError if the simulation does not say how many GEMMs it compared, or compared another number.
    """
    (Path(folder) / COUNT).unlink(missing_ok=True)  # of an earlier run
    outcome, = runner.run(design, simulator, folder, tests="tamis.testbench.core.soak", seed=seed,
                          env={"TAMIS_DRAWS": str(gemms)})
    if outcome.failure is None:
        compared(folder, gemms)
    return outcome.failure


def compared(folder: str | Path, gemms: int) -> None:
    """Raises RegressionError unless the simulation in that folder compared exactly so many GEMMs, at least one."""
    path = Path(folder) / COUNT
    found = path.read_text(encoding="utf-8") if path.is_file() else "0"
    if gemms < 1 or found != str(gemms):
        raise RegressionError(f"the soak compared {found or 'an unknown number of'} GEMMs, not {max(gemms, 1)}; "
                              f"see {folder}")


@click.command()
@click.option("--gemms", type=click.IntRange(1), default=2000, show_default=True, help="In all.")
@click.option("--cores", type=click.IntRange(0), default=4, show_default=True, help="Random cores beside the presets.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=None, help="Default: another one each time.")
def main(gemms, cores, seed):
    """Random GEMMs on Verilator over presets and random cores."""
    seed = int(time.time()) if seed is None else seed
    rng = np.random.default_rng(seed)
    configs = [*map(CoreConfig.preset, PRESETS), *(random_core(rng) for _ in range(cores))]
    if gemms < len(configs):
        raise click.BadParameter(f"must be at least 1 for each of the {len(configs)} cores, not {gemms}",
                                 param_hint="--gemms")
    click.echo(f"seed {seed}: {gemms} GEMMs on {len(configs)} cores")
    simulator, started, failed = simulators.Verilator(), time.perf_counter(), False
    for k, config in enumerate(configs):
        share = gemms * (k + 1) // len(configs) - gemms * k // len(configs)
        design = generate(config)
        begun = time.perf_counter()
        runner.build(design, simulator)
        built = time.perf_counter() - begun
        folder = kept_folder("tamis_soak_")
        try:
            failure = soaked(design, simulator, folder, share, seed + k)
        except RegressionError as error:
            failure = str(error)
        took = time.perf_counter() - begun - built
        click.echo(f"{share} GEMMs on {config.summary}: {'FAILED' if failure else 'right'}, "
                   f"{took:.0f} s (and {built:.0f} s to build), seed {seed + k}")
        if failure:
            failed = True
            click.echo(f"  {failure}\n  {config.model_dump_json()}\n  {folder}")
    click.echo(f"{time.perf_counter() - started:.0f} s")
    sys.exit(failed)


if __name__ == "__main__":
    with stoppable("soak"):
        main()

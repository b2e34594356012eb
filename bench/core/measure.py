"""Steps on the core's RTL: every byte against the golden model, every cycle against the closed form."""

import tempfile
from dataclasses import dataclass
from functools import cache

from tamis.golden.core.descriptor import Job
from tamis.golden.core.drain_cycles import Prediction, pace, predict
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit import generate as emit
from tamis.testbench.core import file_player as core_play
from tamis.testbench.core.bench import expected
from tamis.testbench.run import simulators

__all__ = ["Measured", "forecast", "measure", "raw_jobs", "tiled"]


@dataclass(frozen=True)
class Measured:
    """A run whose counters and beats were what was predicted, and whose tiles were what golden says."""

    predicted: Prediction
    counters: dict
    tiles: list
    rate: float

    @property
    def utilisation(self):
        """Of the array: cycles with a column of B at its port, of all from the first descriptor to the last beat."""
        return self.counters["BUSY"] / self.counters["CYCLES"]


@cache
def _design(text):
    return emit.generate(CoreConfig.model_validate_json(text))


def tiled(core, columns):
    """The core as a driver sees it that makes tiles of so many columns."""
    return CoreConfig.parse(core.model_dump() | {"columns": columns})


def raw_jobs(core, shape, terms):
    """The jobs of `tamis.host.driver.plan` for a GEMM of shape (I, K, J) with raw output, without operands."""
    i, k, j = shape
    blocks, rows = -(-k // core.m), -(-i // core.array.cols)
    keep = -(-blocks // core.chunk_blocks) <= core.b_slots
    n = (*terms, 0, 0, 0)[:3]
    return [Job(columns=min(core.columns, j - at), blocks=blocks, n0=n[0], n1=n[1], n2=n[2],
                b_reuse=int(keep and row > 0), b_keep=int(keep and row < rows - 1))
            for at in range(0, j, core.columns) for row in range(rows)]


def forecast(core, jobs):
    """The closed form for a host that enters jobs as fast as there is room."""
    return predict(jobs, core, pace(jobs, core))


def measure(core, steps):
    """Run steps. Raises AssertionError at the first byte, beat's cycle or counter that is not as it must be."""
    jobs = [step.job for step in steps]
    entered = pace(jobs, core)
    wanted = predict(jobs, core, entered)
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        seen = core_play.play(_design(core.model_dump_json()), simulators.available()[0], folder, steps, core,
                              entered=entered, end=max(wanted.last))
    assert seen.entered == entered, "descriptors were not entered when they should have been"
    for k, (right, found) in enumerate(zip(expected(steps, core), seen.tiles, strict=True)):
        assert right == found, f"tile {k} is not what the golden model says"
    ends = [end for end, job in zip(wanted.last, jobs, strict=True) if job.kind == 0]
    assert ends == seen.left, f"tiles left in cycles {seen.left}, predicted {ends}"
    for name, right in (("CYCLES", wanted.cycles), ("BUSY", wanted.busy), ("TILES", len(ends)), ("ERROR", 0)):
        assert seen.counters[name] == right, f"{name} is {seen.counters[name]}, predicted {right}"
    return Measured(wanted, seen.counters, seen.tiles, seen.rate)

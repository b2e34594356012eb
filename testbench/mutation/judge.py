"""The regression as the judge of mutants: whether it fails, at which test, or never ends."""

from __future__ import annotations

import re
import signal
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tamis.hdl.emit.generate import Design
from tamis.testbench.mutation import limit
from tamis.testbench.mutation.mutants import Mutant, with_switch
from tamis.testbench.run import runner, simulators
from tamis.testbench.run.results import RegressionError
from tamis.testbench.subjects import Subject

__all__ = ["IN_ONE", "Judged", "judge"]

IN_ONE = 250  # mutants in one simulator: each costs every simulation a comparison
_LONGEST = 12  # times as long as the unchanged design may a mutant take
_STATUS = re.compile(r"return code: (-?\d+)")


@dataclass(frozen=True)
class Judged:
    """What became of a mutant: `killer` is the test that failed, "no end", "simulator stopped", or None: it survives.

    `seconds` is the time of its simulation.
    """

    mutant: Mutant
    killer: str | None
    seconds: float


def judge(subject: Subject, design: Design, mutants: Sequence[Mutant], *, seed: int, workers: int = 2) -> list[Judged]:
    """One verdict for each mutant, in their order.

    Raises
    ------
    RegressionError
        If the unchanged design fails in the simulator that holds the mutants, or a run has neither outcomes nor an
        exit status that explains why.
    tamis.tools.yosys.SynthError, tamis.testbench.run.simulators.SimulatorError
        If a mutated module cannot be written, or the simulator cannot be built.
    """
    judged: list[Judged] = []
    for first in range(0, len(mutants), IN_ONE):
        some = mutants[first:first + IN_ONE]
        switched = with_switch(design, some)
        killer, healthy = _run(subject, switched, seed, 3600, 0)
        if killer:
            raise RegressionError(f"{subject.name}: the unchanged design fails ({killer}), so no mutant can be judged")
        seconds = 30 + int(_LONGEST * healthy)
        with ThreadPoolExecutor(workers) as pool:
            found = pool.map(partial(_run, subject, switched, seed, seconds), range(1, len(some) + 1))
            judged += [Judged(mutant, *one) for mutant, one in zip(some, found, strict=True)]
    return judged


def _run(subject: Subject, design: Design, seed: int, seconds: int, number: int) -> tuple[str | None, float]:
    """(killer, seconds) of mutant `number`; 0 is the unchanged design."""
    modules = [subject.tests] if isinstance(subject.tests, str) else list(subject.tests)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant_") as folder:
        try:
            outcomes = runner.run(design, simulators.Verilator(), Path(folder), tests=[limit.__name__, *modules],
                                  seed=seed, env={**subject.env, limit.SECONDS: str(seconds)}, waves=False,
                                  plusargs=[f"+mutant={number}"], until_failure=True)
        except RegressionError as error:
            status = _STATUS.search(str(error))
            if status is None:
                raise
            killer = "no end" if int(status[1]) == -signal.SIGALRM else "simulator stopped"
            return killer, time.monotonic() - began
    failed = [outcome.test for outcome in outcomes if outcome.failure]
    return (failed[0] if failed else None), time.monotonic() - began

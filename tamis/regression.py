"""`verify`: the cocotb regression of a design against the golden model; `tamis verify` is written on it."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tamis.errors import BadInput
from tamis.hdl.config import Config
from tamis.hdl.emit import kinds
from tamis.hdl.emit.generate import Design, generate
from tamis.synth.target import Target
from tamis.testbench.run import coverage, runner, simulators
from tamis.testbench.run.gates import netlist
from tamis.testbench.run.results import Outcome

__all__ = ["Verdict", "verify"]

Coverage = dict[str, dict[str, int]]  # point: {bin: hits}
Simulator = simulators.Verilator | simulators.Icarus


@dataclass(frozen=True)
class Verdict:
    """What a regression found.

    Attributes
    ----------
    design : Design
        What was simulated: the generated Verilog, or its mapped netlist.
    seed : int
    outcomes : tuple of Outcome
        One for each test on each simulator: `test`, `simulator`, `seconds`, `failure` (None if the test passed).
    covered : dict
        {simulator: {coverage point: {bin: hits}}}; empty where a test failed, and for designs without such points.
    """

    design: Design
    seed: int
    outcomes: tuple[Outcome, ...]
    covered: dict[str, Coverage]

    @property
    def failed(self) -> list[Outcome]:
        """The outcomes with a failure."""
        return [outcome for outcome in self.outcomes if outcome.failure]

    @property
    def passed(self) -> bool:
        """Whether every test passed on every simulator."""
        return not self.failed

    @property
    def holes(self) -> list[str]:
        """The bins that were never hit, each with its simulator."""
        return [f"{name}: not covered: {hole}" for name, found in self.covered.items()
                for hole in coverage.holes(found)]


def verify(config: Config, *, simulator: str | None = None, seed: int = 1, folder: str | Path | None = None,
           draws: int = 4, blocks: int = 2000, gates: Target | None = None, waves: bool = False,
           log: Callable[[Simulator], contextlib.AbstractContextManager[object]] | None = None) -> Verdict:
    """Simulate a design under cocotb and compare every value, and its cycle, with the golden model.

    Parameters
    ----------
    config : ArrayConfig, CoreConfig or a unit's configuration
    simulator : "verilator" or "icarus"; default: every one that is installed
    seed : int
        Seed for all random stimulus.
    folder : str or Path
        Keeps JUnit XML, logs and, on failure, waves, in a folder per simulator; default: nothing is kept.
    draws : int
        Sets of random GEMMs of an array or a core.
    blocks : int
        Random blocks of a unit, besides the corner cases.
    gates : Target
        Simulate the netlist that yosys maps to this target, see `select_target`; a core then runs a tile of each mode.
    waves : bool
        Write the waves of the whole run to `folder`.
    log : callable (Simulator) -> context manager
        Entered around the build and the run on each simulator.

    Raises BadInput for a simulator that is not installed, tamis.testbench.run.results.RegressionError unless exactly
    the regression's tests have a result, tamis.testbench.run.simulators.SimulatorError if a simulator cannot be built.
    """
    chosen = [s for s in simulators.available() if simulator in (None, s.name)]
    if not chosen:
        raise BadInput(f"simulator {simulator!r} is not installed; installed: "
                       f"{', '.join(s.name for s in simulators.available())}")
    design = generate(config) if gates is None else netlist(generate(config), gates)
    tests, has_coverage = _regression(kinds.of(config).kind, gates is not None)
    env = {"TAMIS_DRAWS": str(draws), "TAMIS_BLOCKS": str(blocks)}
    with _kept(folder) as kept:
        outcomes: list[Outcome] = []
        for one in chosen:
            with log(one) if log else contextlib.nullcontext():
                outcomes += runner.run(design, one, kept / one.name, tests=tests, seed=seed, env=env, traced=waves)
        passed = not any(outcome.failure for outcome in outcomes)  # a test that fails stops covering
        covered = {one.name: coverage.read(kept / one.name) for one in chosen} if has_coverage and passed else {}
    return Verdict(design, seed, tuple(outcomes), covered)


def _regression(kind: str, gates: bool) -> tuple[Sequence[str], bool]:
    """The test modules of a kind, and whether they measure coverage."""
    if kind == "array":
        return ["tamis.testbench.array.tests"], False
    if kind != "core":
        return ["tamis.testbench.units.tests"], True
    if gates:
        return ["tamis.testbench.core.gate_tests"], False
    return ["tamis.testbench.core.tests", "tamis.testbench.core.control_tests"], True


@contextlib.contextmanager
def _kept(folder: str | Path | None) -> Iterator[Path]:
    if folder is not None:
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory(prefix="tamis_verify_") as scratch:
        yield Path(scratch)

"""Plays passes on the simulated array and checks every column of C: its value and its cycle."""

import json
import os
from pathlib import Path

import numpy as np

from tamis.hdl.array.config import ArrayConfig
from tamis.testbench.array import scenarios
from tamis.testbench.array.driver import ArrayDriver
from tamis.testbench.array.monitor import ArrayMonitor
from tamis.testbench.array.player import play
from tamis.testbench.array.scoreboard import check
from tamis.testbench.run.packing import Ports

RESET_CYCLES = 2


class ArrayBench:
    """The simulated array that $TAMIS_MANIFEST describes; `seed` is $TAMIS_SEED."""

    def __init__(self):
        self.seed = int(os.environ["TAMIS_SEED"])
        self.manifest = json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8"))
        self.config = ArrayConfig.parse(self.manifest["config"])

    async def run(self, dut, scenario, rng, name):
        """Play a scenario after reset; returns (cycles (n,), sums (n, cols) int64, simulated cycles per second).

        Raises AssertionError with seed, configuration and first difference if golden says otherwise.
        """
        config = self.config
        ends = scenario.starts + [max(len(p.blocks), config.pe_rows) for p in scenario.passes]
        cycles = int(max(ends)) + config.latency + 2
        driver = ArrayDriver(config, Ports(self.manifest, "input"), rng)
        bits = driver.stimulus(scenario.passes, np.asarray(scenario.starts) + RESET_CYCLES, cycles + RESET_CYCLES,
                               (*range(RESET_CYCLES), *(RESET_CYCLES + r for r in scenario.resets)))
        response, rate = await play(dut, bits)
        about = f"{name} (seed {self.seed}, {config!r})"
        seen = ArrayMonitor(config, Ports(self.manifest, "output")).columns(response[RESET_CYCLES:], about=about)
        check(scenarios.expected(config, scenario), seen, about=about)
        return *seen, rate

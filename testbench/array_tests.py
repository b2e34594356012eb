"""The array's cocotb tests, one per scenario; $TAMIS_MANIFEST names the design's manifest, $TAMIS_SEED is the seed."""

import json
import os
from pathlib import Path

import cocotb
import numpy as np

from hdl.config import ArrayConfig
from testbench import scenarios
from testbench.array_driver import ArrayDriver
from testbench.array_monitor import ArrayMonitor
from testbench.packing import Ports
from testbench.player import play
from testbench.scoreboard import check

RESET_CYCLES = 2
SEED = int(os.environ["TAMIS_SEED"])
MANIFEST = json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8"))
CONFIG = ArrayConfig.parse(MANIFEST["config"])


async def run(dut, scenario, rng, about):
    """Play a scenario after reset and check it; returns (cycles, sums, simulated cycles per second)."""
    ends = scenario.starts + [max(len(p.blocks), CONFIG.pe_rows) for p in scenario.passes]
    cycles = int(max(ends)) + CONFIG.latency + 2
    driver = ArrayDriver(CONFIG, Ports(MANIFEST, "input"), rng)
    bits = driver.stimulus(scenario.passes, scenario.starts + RESET_CYCLES, cycles + RESET_CYCLES,
                           (*range(RESET_CYCLES), *(RESET_CYCLES + r for r in scenario.resets)))
    response, rate = await play(dut, bits)
    seen = ArrayMonitor(CONFIG, Ports(MANIFEST, "output")).columns(response[RESET_CYCLES:])
    check(scenarios.expected(CONFIG, scenario), seen, about=about)
    return *seen, rate


def _scenario_test(name, draws):
    async def test(dut):
        for draw in range(draws):
            rng = np.random.default_rng([SEED, draw])
            scenario = getattr(scenarios, name)(CONFIG, rng)
            *_, rate = await run(dut, scenario, rng, f"{name} (seed {SEED}, draw {draw}, {CONFIG!r})")
            dut._log.info("%s: %d passes, %.0f cycles/s", name, len(scenario.passes), rate)

    return cocotb.test(name=name)(test)


for _name in scenarios.CORNERS:
    globals()[_name] = _scenario_test(_name, 1)
globals()[scenarios.RANDOM] = _scenario_test(scenarios.RANDOM, int(os.environ.get("TAMIS_DRAWS", "4")))

"""The array's regression: one cocotb test for each scenario."""

import os

import cocotb
import numpy as np

from tamis.testbench.array import scenarios
from tamis.testbench.array.bench import ArrayBench


def _test(name, draws):
    async def test(dut):
        bench = ArrayBench()
        for draw in range(draws):
            rng = np.random.default_rng([bench.seed, draw])
            scenario = getattr(scenarios, name)(bench.config, rng)
            *_, rate = await bench.run(dut, scenario, rng, f"{name}, draw {draw}")
            dut._log.info("%s: %d passes, %.0f cycles/s", name, len(scenario.passes), rate)

    return cocotb.test(name=name)(test)


for _name in scenarios.CORNERS:
    globals()[_name] = _test(_name, 1)
globals()[scenarios.RANDOM] = _test(scenarios.RANDOM, int(os.environ.get("TAMIS_DRAWS", "4")))

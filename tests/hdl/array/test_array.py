"""array.py with real submodules, in Amaranth's own simulator: the same values and cycles as the emitted Verilog.

The emitted design is made of instances, which this simulator takes for zeros; this test holds both to be one design.
"""

import numpy as np
import pytest
from amaranth.hdl import Value
from amaranth.sim import Simulator

from tamis.hdl.array.array import Array
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit.generate import generate
from tamis.testbench.array import scenarios
from tamis.testbench.array.driver import ArrayDriver
from tamis.testbench.array.monitor import ArrayMonitor
from tamis.testbench.array.scoreboard import check
from tamis.testbench.run.packing import Ports, from_bits


@pytest.mark.parametrize("fields", [
    {"rows": 4, "cols": 4, "alpha": 2, "beta": 2},
    {"patterns": "1:3,3:3", "rows": 3, "cols": 2, "alpha": 1, "beta": 1, "overflow": "saturate", "acc_width": 17},
    {"rows": 4, "cols": 4, "alpha": 2, "beta": 2, "pipeline": "select"},
    {"patterns": "1:1", "rows": 4, "cols": 2, "alpha": 1, "beta": 2, "pipeline": "multiply"},
    {"patterns": "1:8,2:8", "rows": 4, "cols": 3, "alpha": 1, "beta": 1, "pipeline": "both", "overflow": "saturate",
     "acc_width": 18},
])
def test_real_submodules_do_what_golden_says(fields):
    config = ArrayConfig.parse(fields)
    manifest = generate(config).manifest
    rng = np.random.default_rng(5)
    scenario = scenarios.tile_changes(config, rng)
    inputs, outputs = Ports(manifest, "input"), Ports(manifest, "output")
    cycles = int(scenario.starts[-1]) + len(scenario.passes[-1].blocks) + config.latency + 2
    bits = ArrayDriver(config, inputs, rng).stimulus(scenario.passes, scenario.starts, cycles)
    array = Array(config)
    driven = {name: Value.cast(getattr(array, name)) for name, _ in inputs.items() if name != "rst"}
    watched = {name: Value.cast(getattr(array, name)) for name, _ in outputs.items()}
    seen = np.zeros((cycles, outputs.width), np.uint8)

    async def play(ctx):
        for cycle, row in enumerate(bits):
            for name, signal in driven.items():
                ctx.set(signal, int("".join(map(str, row[inputs[name]][::-1])), 2))
            for name, signal in watched.items():
                word = ctx.get(signal)
                seen[cycle, outputs[name]] = [word >> bit & 1 for bit in range(len(signal))]
            await ctx.tick()

    simulator = Simulator(array)
    simulator.add_clock(1e-9)
    simulator.add_testbench(play)
    simulator.run()
    columns = ArrayMonitor(config, outputs).columns(seen, about="pysim")
    check(scenarios.expected(config, scenario), columns, about="pysim")
    assert array.latency == config.latency
    assert from_bits(seen[:, outputs["c_valid"]], False).sum() == sum(len(p.blocks) for p in scenario.passes)

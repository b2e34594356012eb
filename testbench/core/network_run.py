"""A whole network on the simulated core: from $TAMIS_JOB/network.npz to result.npz, every byte compared with golden."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import cocotb
import numpy as np
from cocotb.utils import get_sim_time

from tamis.golden.core.drain_cycles import predict
from tamis.hdl.core.config import RAW
from tamis.host.bus import Look
from tamis.host.driver import Driver, Operand, assemble, plan
from tamis.testbench.core import network
from tamis.testbench.core.bench import Bench
from tamis.testbench.core.bus import PERIOD_NS, CoreBus

COUNTERS = ("CYCLES", "BUSY", "MACS_LOW", "WAIT_A", "WAIT_B", "WAIT_C")


class Early(CoreBus):
    """All streams of a run wait at the core's ports before its first descriptor: the closed form assumes so."""

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        """Nothing: `send` was called for the whole run."""


class Timed(Driver):
    """Notes the cycle in which each descriptor is entered: one before its response, which nothing delays."""

    def __init__(self, bus, core):
        super().__init__(bus, core)
        self.entered = []

    async def enter(self, job):
        await super().enter(job)
        self.entered.append(round(get_sim_time("ns") / PERIOD_NS) - 1)


@cocotb.test()
async def network_run(dut):
    bench = await Bench.started(dut, "network", Early)
    core, driver = bench.core, Timed(bench.bus, bench.core)
    folder = Path(os.environ["TAMIS_JOB"])
    a, terms, layers = network.load(folder)
    assert layers[-1].output.mode == RAW, "the last layer must leave raw sums"
    await driver.identify()
    begin, at = time.perf_counter(), get_sim_time("ns")
    operand, found, predicted, compared = Operand.compress(a, terms, core), [], [], 0
    for number, layer in enumerate(layers):
        steps = plan(operand, layer.b, core, layer.output)
        await driver.write("CONTROL", 1)
        driver.entered = []
        for step in steps:
            await bench.bus.send("a", step.a)
            await bench.bus.send("b", step.b)
        tiles = await driver.run(steps)
        bench.compare(steps, tiles, f"layer {number}")
        compared += sum(map(len, tiles))
        await bench.settled(f"layer {number}")
        found.append(await driver.counters(*COUNTERS))
        predicted.append(predict([step.job for step in steps], core, driver.entered).cycles)
        operand = assemble(tiles, operand, layer.b.shape[1], core, layer.output)
    rate = (get_sim_time("ns") - at) / PERIOD_NS / (time.perf_counter() - begin)

    def counts(name):
        return np.array([layer[name] for layer in found])

    network.save_result(folder, network.Result(
        operand, counts("CYCLES"), np.array(predicted), counts("BUSY"), counts("MACS_LOW"), counts("WAIT_A"),
        counts("WAIT_B"), counts("WAIT_C"), compared, rate))

"""The half of lesson 3 that runs inside the simulator: the driver of the core, over a bus of AXI models."""

import os
from typing import Any

import cocotb
import numpy as np

from tamis.hdl.core.config import SERIES, CoreConfig
from tamis.host.driver import Driver, Operand, Output
from tamis.testbench.core.bus import CoreBus

CORE = CoreConfig.preset("small-n:4")
OUTPUT_TERMS = (2,)  # the activations of the next layer leave as 2:4


@cocotb.test()
async def layer(dut: Any) -> None:
    """Run the layer of $LESSON_FOLDER/layer.npz, and write the next layer's A to next.npz."""
    folder = os.environ["LESSON_FOLDER"]
    with np.load(f"{folder}/layer.npz") as file:
        given = dict(file)
    bus = CoreBus(dut)  # on a real system: a class with the same five methods, over your DMA engine
    await bus.start()
    driver = Driver(bus, CORE)
    await driver.identify()

    a = Operand.compress(given["a"], (2,), CORE)
    output = Output(SERIES, OUTPUT_TERMS, given["bias"], given["multiplier"], given["shift"], relu=True)
    following = await driver.gemm(a, given["b"], output)
    counters = await driver.counters("CYCLES", "BUSY", "TILES")
    np.savez(f"{folder}/next.npz", next=following.dense(CORE), **counters)

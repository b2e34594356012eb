"""Inside the simulator: one wide word in and one out per cycle, compared with nothing until all cycles are over.

Stimulus is written, and the response read, at the falling edge: far from the rising edge at which the design moves.
The word read in cycle t is what the design shows before it has seen cycle t's stimulus: outputs must be registered.
"""

import time

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from tamis.testbench.run.packing import from_strings, to_words

PERIOD_NS = 2


async def play(dut, bits):
    """Drive (cycles, width) stimulus bits; returns (cycles, width) response bits and the simulated cycles/second."""
    words = to_words(bits)
    stimulus, response = dut.stimulus, dut.response
    width = len(response)
    clock = Clock(dut.clk, PERIOD_NS, unit="ns")
    clock.start(start_high=False)
    edge = FallingEdge(dut.clk)
    seen = []
    await edge
    begin = time.perf_counter()
    for word in words:
        seen.append(str(response.value))
        stimulus.value = word
        await edge
    rate = len(words) / (time.perf_counter() - begin)
    clock.stop()
    return from_strings(seen, width), rate

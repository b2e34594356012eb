"""The core's ports under cocotbext-axi's models: a `testbench.driver.Bus` inside the simulator."""

import logging
import random

from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from testbench.driver import DriverError

__all__ = ["CoreBus"]

PERIOD_NS = 2
OKAY = 0


class CoreBus:
    """A started, reset core.

    Parameters
    ----------
    dut : the test bench's top
    stall : float
        Probability, each cycle, that a stream pauses; independent on all ports.
    seed : int
    """

    def __init__(self, dut, *, stall=0.0, seed=0):
        for name in ("s_axil", "s_axis_a", "s_axis_b", "m_axis_c"):
            logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.WARNING)
        self._dut = dut
        self._master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        self.sources = {name: AxiStreamSource(AxiStreamBus.from_prefix(dut, f"s_axis_{name}"), dut.clk, dut.rst)
                        for name in "ab"}
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_c"), dut.clk, dut.rst)
        if stall:
            for k, port in enumerate((*self.sources.values(), self.sink)):
                port.set_pause_generator(_pauses(random.Random(seed * 3 + k), stall))

    async def start(self):
        """Clock, and a reset."""
        Clock(self._dut.clk, PERIOD_NS, unit="ns").start()
        await self.reset()

    async def reset(self, cycles=3):
        """Press reset; what was on its way is forgotten on both sides."""
        self._dut.rst.value = 1
        await ClockCycles(self._dut.clk, cycles)
        for port in (*self.sources.values(), self.sink):
            port.clear()
        self._dut.rst.value = 0
        await RisingEdge(self._dut.clk)

    async def read(self, offset):
        answer = await self._master.read(offset, 4)
        if answer.resp != OKAY:
            raise DriverError(f"read of {offset:#x} was answered with {answer.resp!s}")
        return int.from_bytes(answer.data, "little")

    async def write(self, offset, value):
        answer = await self._master.write(offset, value.to_bytes(4, "little"))
        if answer.resp != OKAY:
            raise DriverError(f"write of {offset:#x} was answered with {answer.resp!s}")

    async def send(self, stream, chunks):
        for chunk in chunks:
            await self.sources[stream].send(AxiStreamFrame(chunk))

    async def receive(self):
        return bytes((await self.sink.recv()).tdata)


def _pauses(rng, probability):
    while True:
        yield rng.random() < probability

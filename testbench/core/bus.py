"""The core's ports under cocotbext-axi's models: a `tamis.host.driver.Bus` inside the simulator."""

import logging
import random
from collections.abc import Sequence

from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from tamis.host.bus import DriverError, Look

__all__ = ["OKAY", "PORTS", "SLVERR", "CoreBus"]

PERIOD_NS = 2
POLL_CYCLES = 20  # that `CoreBus.poll` waits at most
OKAY, SLVERR = 0, 2
PORTS = ("a", "b", "c", "aw", "w", "bresp", "ar", "r")  # the streams, then AXI4-Lite's five channels


class CoreBus:
    """A started, reset core. Sends and receives never wait for each other: both sides have queues without limit.

    Parameters
    ----------
    dut : the test bench's top
    stall : float, or {port of `PORTS`: float}
        Probability, each cycle, that a port pauses; independent on all ports. One number is for the streams.
    seed : int
    """

    def __init__(self, dut, *, stall=0.0, seed=0):
        for name in ("s_axil", "s_axis_a", "s_axis_b", "m_axis_c"):
            logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.ERROR)
        self._dut = dut
        self._master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        self.sources = {name: AxiStreamSource(AxiStreamBus.from_prefix(dut, f"s_axis_{name}"), dut.clk, dut.rst)
                        for name in "ab"}
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_c"), dut.clk, dut.rst)
        write, read = self._master.write_if, self._master.read_if
        self.ports = dict(zip(PORTS, (*self.sources.values(), self.sink, write.aw_channel, write.w_channel,
                                      write.b_channel, read.ar_channel, read.r_channel), strict=True))
        self._seed = seed
        self.stall(stall)

    def stall(self, probability):
        """Pause from now on with that probability, as the parameter `stall`."""
        self.stalls = each = probability if isinstance(probability, dict) else dict.fromkeys(PORTS[:3], probability)
        for k, (name, port) in enumerate(self.ports.items()):
            chance = each.get(name, 0.0)
            port.set_pause_generator(_pauses(random.Random(self._seed * len(PORTS) + k), chance) if chance else None)
            port.pause = False

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

    async def cycles(self, count):
        """Wait."""
        await ClockCycles(self._dut.clk, count)

    async def read(self, offset):
        response, value = await self.try_read(offset)
        if response != OKAY:
            raise DriverError(f"read of {offset:#x} was answered with {response}")
        return value

    async def write(self, offset, value):
        response = await self.try_write(offset, value)
        if response != OKAY:
            raise DriverError(f"write of {offset:#x} was answered with {response}")

    async def try_read(self, offset):
        """(response, value)."""
        answer = await self._master.read(offset, 4 - offset % 4)
        return int(answer.resp), int.from_bytes(answer.data, "little")

    async def try_write(self, offset, value, strobe=0b1111):
        """The response."""
        write = self._master.write_if
        address, data = write.aw_channel._transaction_obj(), write.w_channel._transaction_obj()
        address.awaddr, data.wdata, data.wstrb = offset, value, strobe
        await write.aw_channel.send(address)
        await write.w_channel.send(data)
        return int((await write.b_channel.recv()).bresp)

    async def arm(self, size: int, look: Look) -> None:
        """Nothing to do: the sink takes frames at any time."""

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        """Queue both; returns before they have left."""
        await self.send("a", a)
        await self.send("b", b)

    async def poll(self) -> bytes | None:
        """The next tile of C, if it comes within `POLL_CYCLES`."""
        if self.sink.empty():
            await self.sink.wait(POLL_CYCLES * PERIOD_NS, "ns")
        return None if self.sink.empty() else await self.receive()

    async def send(self, stream: str, chunks: Sequence[bytes]) -> None:
        """Queue chunks on stream "a" or "b", TLAST after each."""
        for chunk in chunks:
            await self.send_frame(stream, chunk)

    async def send_frame(self, stream, data, keep=None):
        """One frame, TLAST at its end; keep: a bit for each byte, default all."""
        await self.sources[stream].send(AxiStreamFrame(data, tkeep=keep))

    async def receive(self) -> bytes:
        """The next tile of C, however long it takes."""
        return bytes((await self.sink.recv()).tdata)


def _pauses(rng, probability):
    while True:
        yield rng.random() < probability

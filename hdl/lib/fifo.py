"""A queue of many wide words in a memory, which is counted apart, where `hdl.lib.queue` has a register for every bit.

Latency: 1 cycle; full throughput. `i.ready` and `o.valid` depend on registers only.

The trick: the memory reads the word that will be the oldest after this edge, in every cycle, and a write of that word
passes through; so its output register always holds the oldest word, and there is no second one.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.make import itself
from tamis.hdl.lib.ram import make_ram

__all__ = ["Fifo"]


class Fifo(wiring.Component):
    """`depth` words of `width` bits, depth a power of two.

    Members
    -------
    i, o : In, Out(stream of width bits)
    used : Out(range(depth + 1))
        Words inside.
    """

    def __init__(self, *, width, depth, make=itself):
        self._width, self._depth, self._make = width, depth, make
        super().__init__({"i": In(stream.Signature(width)), "o": Out(stream.Signature(width)),
                          "used": Out(range(depth + 1))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = make_ram(self._make, "words", width=self._width, depth=self._depth,
                                              transparent=True)
        first = Signal(range(self._depth))  # the oldest word
        last = Signal(range(self._depth))  # where the next one goes
        used = Signal(range(self._depth + 1), name="count")
        enters = Signal()
        leaves = Signal()
        later = Signal(len(first))
        m.d.comb += [
            self.used.eq(used), self.i.ready.eq(used != self._depth), self.o.valid.eq(used != 0),
            enters.eq(self.i.valid & self.i.ready), leaves.eq(self.o.valid & self.o.ready),
            later.eq(first + leaves),
            words.write.enable.eq(enters), words.write.address.eq(last), words.write.data.eq(self.i.payload),
            words.read.enable.eq(1), words.read.address.eq(later), self.o.payload.eq(words.read.data),
        ]
        m.d.sync += [first.eq(later), last.eq(last + enters), used.eq(used + enters - leaves)]
        return m

"""A queue of many wide words in a memory, which is counted apart, where `hdl.lib.queue` has a register for every bit.

Latency: 1 cycle; full throughput. `i.ready` and `o.valid` depend on registers only.

The trick: the memory reads the word that will be the oldest after this edge, in every cycle, and a write of that word
passes through; so its output register always holds the oldest word, and there is no second one.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.gates import decremented, equal_constant, incremented
from tamis.hdl.lib.place import real_submodule
from tamis.hdl.lib.ram import place_ram

__all__ = ["Fifo"]


class Fifo(wiring.Component):
    """`depth` words of `width` bits, depth a power of two.

    Members
    -------
    i, o : In, Out(stream of width bits)
    used : Out(range(depth + 1))
        Words inside.
    """

    def __init__(self, *, width, depth, place=real_submodule):
        self._width, self._depth, self._place = width, depth, place
        super().__init__({"i": In(stream.Signature(width)), "o": Out(stream.Signature(width)),
                          "used": Out(range(depth + 1))})

    def elaborate(self, platform):
        m = Module()
        first = Signal(range(self._depth))  # the oldest word
        last = Signal(range(self._depth))  # where the next one goes
        used = Signal(range(self._depth + 1), name="count")
        enters = Signal()
        leaves = Signal()
        later = Signal(len(first))
        m.d.comb += [
            self.used.eq(used), self.i.ready.eq(~equal_constant(used, self._depth)), self.o.valid.eq(used.any()),
            enters.eq(self.i.valid & self.i.ready), leaves.eq(self.o.valid & self.o.ready),
            later.eq(Mux(leaves, incremented(first), first)),
        ]
        m.d.sync += first.eq(later)
        with m.If(enters):
            m.d.sync += last.eq(incremented(last))
        with m.If(enters & ~leaves):
            m.d.sync += used.eq(incremented(used))
        with m.If(leaves & ~enters):
            m.d.sync += used.eq(decremented(used))
        m.d.comb += self.o.payload.eq(place_ram(
            self._place, m, "words", width=self._width, depth=self._depth, transparent=True, write_enable=enters,
            write_address=last, write_data=self.i.payload, read_enable=1, read_address=later))
        return m

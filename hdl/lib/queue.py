"""A short queue of wide words: a chain of registers that words fall through.

A bit costs a flip-flop and one multiplexer. Latency: as many cycles as words; full throughput. ``i.ready`` follows
``o.ready`` in the same cycle.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Queue"]


class Queue(wiring.Component):
    """`depth` words of `width` bits.

    Members
    -------
    i, o : In, Out(stream of width bits)
    """

    def __init__(self, *, width, depth):
        self._width, self._depth = width, depth
        super().__init__({"i": In(stream.Signature(width)), "o": Out(stream.Signature(width))})

    def elaborate(self, platform):
        m = Module()
        valid, payload = self.i.valid, self.i.payload
        ready = self.o.ready
        holds = [Signal(name=f"holds_{k}") for k in range(self._depth)]
        accepts = []
        for k in reversed(range(self._depth)):  # the last register first: it sees o.ready
            accept = Signal(name=f"accepts_{k}")
            m.d.comb += accept.eq(~holds[k] | ready)
            accepts.insert(0, accept)
            ready = accept
        m.d.comb += self.i.ready.eq(ready)
        for k, accept in enumerate(accepts):
            word = Signal(self._width, name=f"word_{k}", reset_less=True)
            with m.If(accept):
                m.d.sync += [holds[k].eq(valid), word.eq(payload)]
            valid, payload = holds[k], word
        m.d.comb += [self.o.valid.eq(valid), self.o.payload.eq(payload)]
        return m

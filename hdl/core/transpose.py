"""Columns to blocks: M beats of `lanes` codes become `lanes` blocks of M, the codes of one lane each.

Latency: 1 cycle after the M-th beat for the first blocks. A beat per cycle goes in, max(1, lanes / M) blocks per cycle
come out: while one group of M beats is collected, the one before leaves. M = 1 passes through a register.
"""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

__all__ = ["Transpose"]


class Transpose(wiring.Component):
    """A stream of codes into a stream of blocks.

    Parameters
    ----------
    m : int
        Elements of a block, a power of two.
    lanes : int
        Codes per beat, a power of two.
    width : int
        Bits of a code.

    Members
    -------
    i : In(stream of {codes, last})
        lanes codes. A multiple of M beats; `last` with the last one.
    o : Out(stream of {blocks, last})
        max(1, lanes / M) blocks of M, lane 0 first.
    """

    def __init__(self, *, m, lanes, width):
        self._m, self._lanes, self._width = m, lanes, width
        self.per_beat = max(1, lanes // m)
        block = ArrayLayout(signed(width), m)
        super().__init__({
            "i": In(stream.Signature(StructLayout({"codes": ArrayLayout(signed(width), lanes), "last": 1}))),
            "o": Out(stream.Signature(StructLayout({"blocks": ArrayLayout(block, self.per_beat), "last": 1}))),
        })

    def elaborate(self, platform):
        m = Module()
        size, lanes = self._m, self._lanes
        beats = lanes // self.per_beat  # that a group of blocks takes to leave
        left = Signal(beats, name="left")  # thermometer of the beats that are still there
        last = Signal(reset_less=True)
        empty = Signal()
        move = Signal()
        held = [Signal(size * self._width, name=f"held_{lane}", reset_less=True) for lane in range(lanes)]
        m.d.comb += [
            self.o.valid.eq(left[0]),
            self.o.payload.blocks.as_value().eq(Cat(held[:self.per_beat])),
            self.o.payload.last.eq(last & ~left[1] if beats > 1 else last),
            empty.eq(~left[0] | (self.o.ready & ~left[1]) if beats > 1 else ~left[0] | self.o.ready),
        ]
        with m.If(move):
            m.d.sync += [left.eq((1 << beats) - 1), last.eq(self.i.payload.last)]
        with m.Elif(self.o.ready):
            m.d.sync += left.eq(left[1:])
        columns = [Signal(lanes * self._width, name=f"column_{k}", reset_less=True) for k in range(size - 1)]
        if size == 1:
            m.d.comb += [self.i.ready.eq(empty), move.eq(self.i.valid & empty)]
        else:
            count = Signal(range(size))
            complete = Signal()
            m.d.comb += [complete.eq(count == size - 1), self.i.ready.eq(empty | ~complete),
                         move.eq(self.i.valid & empty & complete)]
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += [count.eq(count + 1),
                             Cat(columns).eq(Cat(columns[1:], self.i.payload.codes.as_value()))]
        whole = [*columns, self.i.payload.codes.as_value()]
        step = self.per_beat
        for lane, block in enumerate(held):
            fresh = Cat(column.word_select(lane, self._width) for column in whole)
            with m.If(move):
                m.d.sync += block.eq(fresh)
            if lane + step < lanes:
                with m.Elif(self.o.ready):
                    m.d.sync += block.eq(held[lane + step])
        return m

"""Words of a power-of-two size into full beats of a stream, with TKEEP and TLAST.

Latency: 1 cycle. A word that is wider than a beat leaves in parts, the lowest first; narrower ones fill a beat from the
lowest byte on, and `last` ends a beat early. Bytes beyond the end are zeros and not in `keep`.

The trick: sizes are powers of two and positions multiples of them, so placing a word takes no shifter. It is repeated
over the whole beat, one multiplexer per bit, and the bytes whose address has the position's upper bits take it.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.layouts import beat_layout
from tamis.hdl.lib.select import select

__all__ = ["Pack", "word_layout"]


def word_layout(bits):
    """A word: its lowest bytes are meant, more than 2^k of them where bit k of `wide` is set (a thermometer)."""
    return StructLayout({"data": bits, "wide": (bits // 8).bit_length() - 1, "last": 1})


class Pack(wiring.Component):
    """A stream of words into a stream of beats.

    Parameters
    ----------
    word : int
        Bits of the widest word, a power of two of at least 16.
    bits : int
        Bits of a beat, a power of two of at least 16.

    Members
    -------
    i : In(stream of word_layout)
    o : Out(stream of {data, keep, last})
    """

    def __init__(self, *, word, bits):
        self._word, self._bits = word, bits
        super().__init__({"i": In(stream.Signature(word_layout(word))), "o": Out(stream.Signature(beat_layout(bits)))})

    def elaborate(self, platform):
        m = Module()
        bits, count = self._bits, self._bits // 8
        levels = count.bit_length() - 1
        free = Signal()
        go = Signal()
        word, wide, final = self._part(m, go)
        data = Signal(bits, reset_less=True)
        keep = Signal(count, reset_less=True)
        full = Signal()
        last = Signal(reset_less=True)
        # In bytes.
        at = Signal(levels)
        where = Signal(levels)
        step = Signal(levels)
        m.d.comb += [
            free.eq(~full | self.o.ready),
            go.eq(self.i.valid & free),
            self.i.ready.eq(free & final),
            where.eq(Mux(full, 0, at)),
            step.eq(Cat(~wide[0], *(wide[k - 1] & ~wide[k] for k in range(1, levels)))),
            self.o.valid.eq(full),
            self.o.payload.eq(Cat(data, keep, last)),
        ]
        repeated = word[:8]
        for k in range(levels):
            own = word[8 << k:16 << k]
            upper = Signal(8 << k, name=f"upper_{k}")
            m.d.comb += upper.eq(Mux(wide[k], own, repeated) if len(own) else repeated)
            repeated = Cat(repeated, upper)
        takes = Signal(count)
        m.d.comb += takes.eq(Cat(
            Cat(wide[b] | (where[b] if k >> b & 1 else ~where[b]) for b in range(levels)).all() for k in range(count)))
        keeps = Signal(count)  # bytes that are there already
        m.d.comb += keeps.eq(Mux(where == 0, 0, keep & ~takes))
        end = Signal()
        ends = Signal()
        m.d.comb += [ends.eq(self.i.payload.last & final), end.eq(ends | takes[-1])]
        with m.If(go):
            m.d.sync += [full.eq(end), last.eq(ends), at.eq(where + step), keep.eq(takes | keeps),
                         data.eq(Cat(Mux(takes[k], repeated.word_select(k, 8), Mux(keeps[k], data.word_select(k, 8), 0))
                                     for k in range(count)))]
        with m.Elif(self.o.ready):
            m.d.sync += full.eq(0)
        with m.If(go & end):
            m.d.sync += at.eq(0)
        return m

    def _part(self, m, go):
        """(bits, thermometer of their bytes, whether they are the word's last ones) of what goes out next."""
        word, wide = self.i.payload.data, self.i.payload.wide
        levels = (self._bits // 8).bit_length() - 1
        wide_here = Cat(wide, Const(0, max(0, levels - len(wide))))[:levels]
        parts = self._word // self._bits
        if parts < 2:
            return word, wide_here, Const(1, 1)
        part = Signal(range(parts))
        final = Signal()
        m.d.comb += final.eq((part | ~wide[levels:]).all())
        with m.If(go):
            m.d.sync += part.eq(Mux(final, 0, part + 1))
        words = [word[k * self._bits:(k + 1) * self._bits] for k in range(parts)]
        return select(m, words, part, name="chosen"), wide_here, final

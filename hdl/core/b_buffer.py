"""B buffer: chunks of B, a word for each column, and a select that makes of it what the array's ports take in a pass.

A term of N / share = g needs the blocks of pass k of g, each on g neighbouring ports. The trick: a word does not hold
the blocks in order but in banks (`Span.bank`), so that halving it, for each factor of two in g, is a choice between
neighbours, of which the even one is already in place: 1 + 1/2 + 1/4 ... two-way multiplexers for each port, half of
them to take one of two neighbours on the way down, half to give the chosen one to both on the way up.

Latency: 1 cycle.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.job import Span
from tamis.hdl.core.words import b_layout
from tamis.hdl.lib.place import real_submodule
from tamis.hdl.lib.ram import place_ram

__all__ = ["BBuffer"]


class BBuffer(wiring.Component):
    """The memory, and the select behind it.

    Members
    -------
    write : In {enable, address, data}
        From the loader.
    read : In(1)
    column, slot : In
        Where the word is.
    halve : In
        Bit i: the word is halved more than i times.
    half : In
        Bit i: which half is taken the i-th time; the pass's number from its top bit.
    b : Out
        The blocks that enter the array.
    """

    def __init__(self, config, *, place=real_submodule):
        self._config, self._place = config, place
        span, layout = Span(config), b_layout(config)
        super().__init__({
            "write": In(wiring.Signature({"enable": Out(layout.parts), "address": Out(layout.address_bits),
                                          "data": Out(layout.word_bits)})),
            "read": In(1),
            "column": In(span.columns), "slot": In(layout.slot_bits),
            **{name: In(span.halvings) for name in ("halve", "half") if span.halvings},
            "b": Out(layout.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        config, span, layout = self._config, Span(self._config), b_layout(self._config)
        data = place_ram(self._place, m, "words", width=layout.word_bits, depth=1 << layout.address_bits,
                         parts=layout.parts, write_enable=self.write.enable, write_address=self.write.address,
                         write_data=self.write.data, read_enable=self.read, read_address=Cat(self.column, self.slot))
        halve = Signal(span.halvings, reset_less=True)
        half = Signal(span.halvings, reset_less=True)
        if span.halvings:
            with m.If(self.read):
                m.d.sync += [halve.eq(self.halve), half.eq(self.half)]
        bits = layout.block_bits
        blocks = [data[k * bits:(k + 1) * bits] for k in range(config.span)]

        def selected(blocks, i):
            """From the i-th halving on; a port that the halvings leave alone keeps its block."""
            if i == span.halvings:
                return blocks
            odd = halve[i] & half[i]
            chosen = []
            for q in range(0, len(blocks), 2):
                one = Signal(bits, name=f"down_{i}_{q // 2}")
                m.d.comb += one.eq(Mux(odd, blocks[q + 1], blocks[q]))
                chosen.append(one)
            out = []
            for q, one in enumerate(selected(chosen, i + 1)):
                both = Signal(bits, name=f"up_{i}_{q}")
                m.d.comb += both.eq(Mux(halve[i], one, blocks[2 * q + 1]))
                out += [one, both]
            return out

        m.d.comb += self.b.eq(Cat(selected(blocks, 0)))
        return m

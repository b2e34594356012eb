"""A buffer: two chunks of PE-row words; what comes out is what the array's `a` port takes.

Entries beyond a chunk's last block were never written: their values are made zero on the way out, whatever they hold.
Latency: 1 cycle.
"""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.job import Span
from tamis.hdl.core.words import a_layout
from tamis.hdl.lib.count import not_above
from tamis.hdl.lib.gates import any_of, equal_constant
from tamis.hdl.lib.place import real_submodule
from tamis.hdl.lib.ram import place_ram

__all__ = ["ABuffer"]


class ABuffer(wiring.Component):
    """The memory, and the mask behind it.

    Members
    -------
    write : In {enable, address, data}
        From the loader.
    read : In(1)
    word, pass_number, slot : In
        Where the word is.
    number, code : In
        Which pass of its term it is, and of which term.
    last_block : In
        The chunk's.
    a : Out
        cols x beta entries {value, index}.
    """

    def __init__(self, config, *, place=real_submodule):
        self._config, self._place = config, place
        span, layout = Span(config), a_layout(config)
        super().__init__({
            "write": In(wiring.Signature({"enable": Out(layout.entries), "address": Out(layout.address_bits),
                                          "data": Out(layout.word_bits)})),
            "read": In(1),
            **{name: In(bits) for name, bits in (
                ("word", span.words), ("pass_number", span.passes), ("number", span.halvings)) if bits},
            "slot": In(1), "code": In(span.code_bits), "last_block": In(span.blocks),
            "a": Out(layout.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        config, span, layout = self._config, Span(self._config), a_layout(self._config)
        beta = config.array.beta
        word, pass_number, number = (getattr(self, name, Const(0, 0)) for name in ("word", "pass_number", "number"))
        data = place_ram(self._place, m, "words", width=layout.word_bits, depth=1 << layout.address_bits,
                         parts=layout.entries, write_enable=self.write.enable, write_address=self.write.address,
                         write_data=self.write.data, read_enable=self.read,
                         read_address=Cat(word, pass_number, self.slot))
        full = Signal(beta, reset_less=True)
        for lane in range(beta):
            block = Signal(span.blocks, name=f"block_{lane}")
            terms = []
            for c, n in span.ns.items():
                if n >= beta:
                    group = word[(n // beta).bit_length() - 1:]
                else:
                    inner = (beta // n).bit_length() - 1
                    group = Cat(*(lane // n >> bit & 1 for bit in range(inner)), word)
                terms.append(span.block_of(number, group, c)
                             & (equal_constant(self.code, c).replicate(span.blocks)))
            m.d.comb += block.eq(any_of(*terms))
            with m.If(self.read):
                m.d.sync += full[lane].eq(not_above(block, self.last_block))
        value, bits = config.array.a_width, config.array.a_width + config.array.index_width
        for k in range(layout.entries):
            entry = data[k * bits:(k + 1) * bits]
            m.d.comb += self.a[k * bits:(k + 1) * bits].eq(
                Cat(entry[:value] & full[k % beta].replicate(value), entry[value:]))
        return m

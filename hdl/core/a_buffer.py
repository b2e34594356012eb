"""A buffer: two chunks of PE-row words; what comes out is what the array's `a` port takes.

Entries beyond a chunk's last block were never written: their values are made zero on the way out, whatever they hold.
Latency: 1 cycle.
"""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.core.layouts import a_layout
from tamis.hdl.lib.make import itself
from tamis.hdl.lib.ram import make_ram, write_signature

__all__ = ["ABuffer", "read_signature"]


def read_signature(config):
    """A read, from the side that reads.

    `enable`; where the word is: `word`, `pass_number`, `slot`; which pass of its term and which term: `number`, `code`;
    the last block of its chunk. A core of one PE row has no `word`, one whose terms have one pass no `number`.
    """
    shape = ChunkShape(config)
    sometimes = {"word": shape.words, "pass_number": shape.passes, "number": shape.halvings}
    return wiring.Signature({
        "enable": Out(1), "slot": Out(1), "code": Out(shape.code_bits), "last_block": Out(shape.blocks),
        **{name: Out(bits) for name, bits in sometimes.items() if bits}})


class ABuffer(wiring.Component):
    """The memory, and the mask behind it.

    Members
    -------
    write : In {enable, address, data}
        From the loader.
    read : In(`read_signature`)
    a : Out
        cols x beta entries {value, index}.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        layout = a_layout(config)
        super().__init__({
            "write": In(write_signature(width=layout.word_bits, address=layout.address_bits, parts=layout.entries)),
            "read": In(read_signature(config)),
            "a": Out(layout.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        config, shape, layout = self._config, ChunkShape(self._config), a_layout(self._config)
        beta = config.array.beta
        read = self.read
        word, pass_number, number = (getattr(read, name, Const(0, 0)) for name in ("word", "pass_number", "number"))
        m.submodules.words = words = make_ram(self._make, "words", width=layout.word_bits,
                                              depth=1 << layout.address_bits, parts=layout.entries)
        connect(m, flipped(self.write), words.write)
        m.d.comb += [words.read.enable.eq(read.enable), words.read.address.eq(Cat(word, pass_number, read.slot))]
        data = words.read.data
        full = Signal(beta, reset_less=True)
        for lane in range(beta):
            block = Signal(shape.blocks, name=f"block_{lane}")
            with m.Switch(read.code):
                for c, n in shape.ns.items():
                    if n >= beta:
                        group = word[(n // beta).bit_length() - 1:]
                    else:
                        inner = (beta // n).bit_length() - 1
                        group = Cat(*(lane // n >> bit & 1 for bit in range(inner)), word)
                    with m.Case(c):
                        m.d.comb += block.eq(shape.block_of(number, group, c))
            with m.If(read.enable):
                m.d.sync += full[lane].eq(block <= read.last_block)
        value, bits = config.array.a_width, config.array.a_width + config.array.index_width
        for k in range(layout.entries):
            entry = data[k * bits:(k + 1) * bits]
            m.d.comb += self.a[k * bits:(k + 1) * bits].eq(
                Cat(entry[:value] & full[k % beta].replicate(value), entry[value:]))
        return m

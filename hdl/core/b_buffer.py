"""B buffer: chunks of B, a word for each column, and a select that makes of it what the array's ports take in a pass.

A term of N / rows_per_block = g needs the blocks of pass k of g, each on g neighbouring ports. The trick: a word does
not hold the blocks in order but in banks (`ChunkShape.bank`), so that halving it, for each factor of two in g, is a
choice between neighbours, of which the even one is already in place: 1 + 1/2 + 1/4 ... two-way multiplexers for each
port, half of them to take one of two neighbours on the way down, half to give the chosen one to both on the way up.

Latency: 1 cycle.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.core.layouts import b_layout
from tamis.hdl.lib.make import itself
from tamis.hdl.lib.ram import make_ram, write_signature

__all__ = ["BBuffer", "read_signature"]


def read_signature(config):
    """A read, from the side that reads.

    `enable`; where the word is: `column`, `slot`. Bit i of `halve`: the word is halved more than i times. Bit i of
    `half`: which half is taken the i-th time; the pass's number from its top bit. A core whose terms have one pass has
    neither.
    """
    shape = ChunkShape(config)
    return wiring.Signature({
        "enable": Out(1), "column": Out(shape.columns), "slot": Out(b_layout(config).slot_bits),
        **{name: Out(shape.halvings) for name in ("halve", "half") if shape.halvings}})


class BBuffer(wiring.Component):
    """The memory, and the select behind it.

    Members
    -------
    write : In {enable, address, data}
        From the loader.
    read : In(`read_signature`)
    b : Out
        The blocks that enter the array.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        layout = b_layout(config)
        super().__init__({
            "write": In(write_signature(width=layout.word_bits, address=layout.address_bits, parts=layout.parts)),
            "read": In(read_signature(config)),
            "b": Out(layout.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        config, shape, layout = self._config, ChunkShape(self._config), b_layout(self._config)
        m.submodules.words = words = make_ram(self._make, "words", width=layout.word_bits,
                                              depth=1 << layout.address_bits, parts=layout.parts)
        connect(m, flipped(self.write), words.write)
        m.d.comb += [words.read.enable.eq(self.read.enable),
                     words.read.address.eq(Cat(self.read.column, self.read.slot))]
        data = words.read.data
        halve = Signal(shape.halvings, reset_less=True)
        half = Signal(shape.halvings, reset_less=True)
        if shape.halvings:
            with m.If(self.read.enable):
                m.d.sync += [halve.eq(self.read.halve), half.eq(self.read.half)]
        bits = layout.block_bits
        blocks = [data[k * bits:(k + 1) * bits] for k in range(config.chunk_blocks)]

        def selected(blocks, i):
            """From the i-th halving on; a port that the halvings leave alone keeps its block."""
            if i == shape.halvings:
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

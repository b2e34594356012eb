"""B expander: between the stream of B and its loader, compressed chunks to blocks.

Beats of masks stay here; beats of values go on as they are, for the loader to count and check, and beside them the
blocks that they stand for. So a chunk takes a cycle for each of its beats, compressed or not, and what is not
compressed passes as if nothing were here.

The trick: a mask is found by shifting, a step's masks at a time; sizes are powers of two, and a beat of values is
never split. Latency: none; the blocks of a beat are there while it is offered.
"""

from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.layouts import beat_layout, compressed_layout
from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.make import itself
from tamis.hdl.units.metadata import reaching

__all__ = ["BExpand"]


class BExpand(wiring.Component):
    """From beats to beats, and blocks.

    Members
    -------
    active : In(1)
        A compressed chunk is being loaded.
    ends : In(1)
        The beat that is offered is its last one.
    i, o : In, Out(stream of {data, keep, last})
    blocks : Out
        Of the beat of values that is offered: `together` blocks of M elements; zeros where a mask is illegal.
    illegal : Out(1)
        In this cycle a block with an illegal mask goes on.
    error : Out(1)
        TKEEP or TLAST of a beat of masks was not as it must be. Stays set until reset.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        layout = compressed_layout(config)
        super().__init__({
            "active": In(1), "ends": In(1),
            "i": In(stream.Signature(beat_layout(config.b_bits))),
            "o": Out(stream.Signature(beat_layout(config.b_bits))),
            "blocks": Out(layout.together * layout.block.m * layout.block.width),
            "illegal": Out(1), "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, layout = self._config, compressed_layout(self._config)
        beat = self.i.payload
        masks = Signal(config.b_bits, reset_less=True)
        step = Signal(range(layout.steps))
        has = Signal()  # masks
        takes = Signal()  # they come
        steps = Signal()  # a step goes on
        m.d.comb += [
            self.i.ready.eq(self.o.ready),
            self.o.valid.eq(self.i.valid & (has | ~self.active)),
            self.o.payload.eq(beat),
            takes.eq(self.i.valid & self.o.ready & self.active & ~has),
            steps.eq(self.i.valid & self.o.ready & self.active & has),
        ]
        with m.If(takes):
            m.d.sync += [has.eq(1), masks.eq(beat.data)]
            with m.If(beat.last | ~beat.keep.all()):
                m.d.sync += self.error.eq(1)
        with m.If(steps):
            m.d.sync += [has.eq(~(self.ends | (step == layout.steps - 1))),
                         masks.eq(masks[layout.together * layout.code_bits:]), step.eq(Mux(self.ends, 0, step + 1))]

        size, illegal = layout.block.n * layout.block.width, []
        for k in range(layout.together):
            m.submodules[f"block_{k}"] = block = self._make("b_block", partial(_Block, layout.block), f"block_{k}")
            m.d.comb += [block.values.eq(beat.data.word_select(k, size)),
                         block.mask.eq(masks.word_select(k, layout.code_bits)),
                         self.blocks.word_select(k, len(block.o)).eq(block.o)]
            illegal.append(block.illegal)
        m.d.comb += self.illegal.eq(steps & Cat(illegal).any())
        return m


class _Block(wiring.Component):
    """One block from its values and its mask; combinational."""

    def __init__(self, config):
        self._config = config
        super().__init__({"values": In(ArrayLayout(config.shape, config.n)),
                          "mask": In(config.input_layout["metadata"].width),
                          "o": Out(config.m * config.width), "illegal": Out(1)})

    def elaborate(self, platform):
        m = Module()
        payload = Signal(self._config.input_layout)
        m.d.comb += [payload.values.eq(self.values), payload.metadata.eq(self.mask)]
        terms, good = reaching(m, self._config, payload)
        m.d.comb += [self.o.eq(Cat(any_of(*of_one) for of_one in terms)), self.illegal.eq(~good)]
        return m

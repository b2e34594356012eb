"""Decompressor: N:M entries to dense blocks, so that a streamed operand needs N/M of the bandwidth.

A beat is a block: N values and their metadata in one of three forms.

=====  ===========================================================  ================================================
form   metadata                                                     legal
=====  ===========================================================  ================================================
index  N positions, one beside each value ({value, index} entries)  distinct, below M, in any order
pairs  2:4: a nibble i0 | i1 << 2; 1:2: TF32's nibble               i0 < i1; 0x4 and 0xE
mask   M bits, values by ascending position; 1:2: TF32's nibble     N ones; 0x3 and 0xC
=====  ===========================================================  ================================================

(sas-supplement, E; `tamis.golden.metadata`.) A block whose metadata is illegal comes out as zeros, flagged.

The trick: every form becomes the same N x M hits, "entry j belongs at position k", one-hot in k. Each element is then
an AND-OR over the entries that can reach it, and gating the hits of an illegal block makes zeros.

Latency: 1 cycle, a block per cycle. ``i.ready`` follows ``o.ready`` in the same cycle.
"""

from typing import Annotated, Literal

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout
from pydantic import Field, model_validator

from tamis.golden.pattern import Pattern
from tamis.hdl.array.column import entry_layout
from tamis.hdl.config import PatternField
from tamis.hdl.lib.gates import any_of
from tamis.hdl.units.metadata import reaching
from tamis.hdl.units.unit import Unit, UnitConfig, illegal

__all__ = ["DecompressConfig", "Decompressor"]


class DecompressConfig(UnitConfig):
    """A decompressor.

    Attributes
    ----------
    pattern : Pattern
        N:M, M from 2 to 32. A block of fewer non-zeros holds zeros in the entries that are left over.
    width : int
        Bits of an element, 2 to 32.
    signed : bool
        Two's complement or unsigned elements.
    form : "index", "pairs" or "mask"
        "pairs" is for 2:4 and 1:2 alone.
    """

    pattern: PatternField = Pattern(2, 4)
    width: Annotated[int, Field(strict=True, ge=2, le=32)] = 8
    signed: bool = True
    form: Literal["index", "pairs", "mask"] = "index"

    @model_validator(mode="after")
    def _fits(self):
        if self.m < 2:
            raise illegal("pattern must have M from 2 to 32, not '{p}'", p=str(self.pattern))
        if self.form == "pairs" and str(self.pattern) not in ("2:4", "1:2"):
            raise illegal("pattern must be 2:4 or 1:2 for form 'pairs', not '{p}'", p=str(self.pattern))
        return self

    @property
    def n(self):
        return self.pattern.n

    @property
    def m(self):
        return self.pattern.m

    @property
    def latency(self):
        return 1

    @property
    def shape(self):
        return signed(self.width) if self.signed else unsigned(self.width)

    @property
    def nibble(self):
        """Whether the metadata is a nibble as `tamis.golden.metadata` has it."""
        return self.form != "index" and str(self.pattern) in ("2:4", "1:2")

    @property
    def compressed_layout(self):
        """N entries {value, index}, or N values and the metadata beside them."""
        if self.form == "index":
            return StructLayout({"entries": ArrayLayout(entry_layout(self.shape, self.m), self.n)})
        return StructLayout({"values": ArrayLayout(self.shape, self.n), "metadata": 4 if self.nibble else self.m})

    @property
    def dense_layout(self):
        return StructLayout({"block": ArrayLayout(self.shape, self.m)})

    @property
    def input_layout(self):
        return self.compressed_layout

    @property
    def output_layout(self):
        return StructLayout({**self.dense_layout.members, "illegal": 1})


class Decompressor(Unit):
    """N:M entries to dense blocks.

    Parameters
    ----------
    config : DecompressConfig

    Members
    -------
    i : In(stream of {entries} or {values, metadata})
        ``entries[j]`` {value, index} in form "index", else ``values[j]`` and the block's ``metadata``.
    o : Out(stream of {block, illegal})
        M elements; all zero where ``illegal``.
    error : Out(1)
        A block came with illegal metadata. Stays set until reset.

    Attributes
    ----------
    latency : int
    """

    kind = "decompress"
    Config = DecompressConfig

    @property
    def flags(self):
        return {"error": "a block came with illegal metadata"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        valid = Signal()
        error = Signal()
        free = Signal()
        m.d.comb += [free.eq(~valid | self.o.ready), self.o.valid.eq(valid), self.i.ready.eq(free),
                     self.error.eq(error)]
        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        terms, good = reaching(m, config, self.i.payload, free)
        with m.If(free):
            m.d.sync += valid.eq(self.i.valid)
        # While `free` is low there is no hit, and the register's own content is one more term of each OR.
        m.d.sync += out.illegal.eq((out.illegal & ~free) | (~good & free))
        for k in range(config.m):
            element = Signal(config.width, name=f"element_{k}")
            held = out.block[k].as_unsigned() & (~free).replicate(config.width)
            m.d.comb += element.eq(any_of(held, *terms[k]))
            m.d.sync += out.block[k].eq(element)
        with m.If(free & self.i.valid & ~good):
            m.d.sync += error.eq(1)
        return m

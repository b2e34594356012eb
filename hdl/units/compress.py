"""Compressor: dense blocks of at most N non-zeros to N:M entries, what `tamis.hdl.units.decompress` turns back.

A beat is a block in, N values and their metadata out, in index order. Entries that are left over hold zeros of the
block: those of lowest index as ``golden.prune.compress`` has it, or, where the metadata is a nibble of 2:4 or 1:2,
those that tensor cores' tools write (sas-supplement, E; `tamis.golden.metadata`). So the metadata is always legal.

A block of more than N non-zeros is flagged. Its entries are the N non-zeros of highest index, or, with nibbles, those
that such tools keep: nothing compares magnitudes here. `tamis.hdl.units.tasd.PruneUnit` does.

Latency: 1 cycle, a block per cycle. ``i.ready`` follows ``o.ready`` in the same cycle.
"""

from amaranth.hdl import Module, Signal
from amaranth.lib.data import StructLayout

from tamis.hdl.lib.gates import any_of
from tamis.hdl.units.decompress import DecompressConfig
from tamis.hdl.units.metadata import chosen, indices, nibble_or_mask
from tamis.hdl.units.unit import Unit

__all__ = ["CompressConfig", "Compressor"]


class CompressConfig(DecompressConfig):
    """A compressor; fields as `DecompressConfig`."""

    @property
    def input_layout(self):
        return self.dense_layout

    @property
    def output_layout(self):
        return StructLayout({**self.compressed_layout.members, "illegal": 1})


class Compressor(Unit):
    """Dense blocks to N:M entries.

    Parameters
    ----------
    config : CompressConfig

    Members
    -------
    i : In(stream of {block})
        M elements.
    o : Out(stream of {entries, illegal} or {values, metadata, illegal})
        ``entries[j]`` {value, index} in form "index", else ``values[j]`` and the block's ``metadata``; ``illegal``: the
        block had more than N non-zeros, and not all are here.
    error : Out(1)
        Such a block came. Stays set until reset.

    Attributes
    ----------
    latency : int
    """

    kind = "compress"
    Config = CompressConfig

    @property
    def flags(self):
        return {"error": "a block of more than N non-zeros came"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        block = [self.i.payload.block[k] for k in range(config.m)]
        nonzero = [Signal(name=f"nonzero_{k}") for k in range(config.m)]
        m.d.comb += [bit.eq(element.any()) for bit, element in zip(nonzero, block, strict=True)]
        takes, over = chosen(m, config, nonzero)

        valid = Signal()
        error = Signal()
        free = Signal()
        lost = Signal()
        m.d.comb += [free.eq(~valid | self.o.ready), self.o.valid.eq(valid), self.i.ready.eq(free),
                     self.error.eq(error), lost.eq(over)]
        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        gated = []
        for j, row in enumerate(takes):
            gated.append({k: Signal(name=f"take_{j}_{k}") for k in row})
            m.d.comb += [gated[-1][k].eq(bit) for k, bit in row.items()]
        with m.If(free):
            m.d.sync += [valid.eq(self.i.valid), out.illegal.eq(lost)]
            for j, row in enumerate(gated):
                value = out.entries[j].value if config.form == "index" else out.values[j]
                m.d.sync += value.eq(any_of(*(block[k].as_unsigned() & bit.replicate(config.width)
                                              for k, bit in row.items())))
            if config.form == "index":
                m.d.sync += [out.entries[j].index.eq(index)
                             for j, index in enumerate(indices(gated, len(out.entries[0].index)))]
            else:
                m.d.sync += out.metadata.eq(nibble_or_mask(config, gated))
        with m.If(free & self.i.valid & lost):
            m.d.sync += error.eq(1)
        return m

"""Codes into the words of the next layer's A: blocks into records of a series, channels into SAS entries.

`SeriesEncode`: a TASD unit of style "rank" per block of a beat puts the entries in magnitude order, and the record is
the first of them, cut at sum N; where one term keeps all M the block itself is the record. Latency 1 cycle, 0 if dense.

`SASEncode`: the signs of a column's channels and of the ones before it are the index. Columns come group by group, so
the column before is a delay line of one group's beats. Latency 0 cycles.
"""

from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.drain import TAG
from tamis.hdl.core.pack import word_layout
from tamis.hdl.lib.make import itself
from tamis.hdl.units.tasd import TASDConfig, TASDUnit

__all__ = ["SASEncode", "SeriesEncode", "sas_word", "series_word"]


def series_word(config):
    """Bits of the widest word of a series."""
    dense = config.blocks_per_beat * config.record_bits([config.m])
    return max(16, dense, config.record_bits([1] * config.m) if config.encodes else 0)


def sas_word(config):
    """Bits of a word of SAS records."""
    return max(16, config.out_lanes * config.record_bits([1]))


class SeriesEncode(wiring.Component):
    """A stream of blocks into a stream of words.

    Parameters
    ----------
    config : CoreConfig

    Members
    -------
    i : In(stream of {blocks, last})
    o : Out(stream of word_layout)
    kept : In(8)
        sum N of the series; constant while blocks are inside.
    dense : In(1)
        It is one term that keeps all M. It always is, and neither port is there, if M is not 4, 8 or 16.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        self.word = series_word(config)
        blocks = ArrayLayout(ArrayLayout(signed(config.array.a_width), config.m), config.blocks_per_beat)
        super().__init__({
            "i": In(stream.Signature(StructLayout({"blocks": blocks, "last": 1}))),
            "o": Out(stream.Signature(word_layout(self.word))),
            **({"kept": In(8), "dense": In(1)} if config.encodes else {}),
        })

    def elaborate(self, platform):
        m = Module()
        out = self.o.payload
        config = self._config
        record, per_beat = config.record_bits([config.m]), config.blocks_per_beat
        blocks = [self.i.payload.blocks[k].as_value() for k in range(per_beat)]
        dense = Cat(*(Cat(block, Const(0, record - len(block))) for block in blocks),
                    Const(0, self.word - per_beat * record))
        dense_wide = [Const(per_beat * record > 8 << k, 1) for k in range(len(out.wide))]
        if not config.encodes:
            m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready), out.data.eq(dense),
                         out.wide.eq(Cat(dense_wide)), out.last.eq(self.i.payload.last)]
            return m
        size = config.m
        keeps = Signal(size)
        ready, valid, entries = self._ranked(m, keeps)
        m.d.comb += keeps.eq(Cat(self.kept > position for position in range(size)))
        last = Signal(reset_less=True)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += last.eq(self.i.payload.last)
        bits = len(entries) // size
        cut = Cat(Mux(keeps[k], entries.word_select(k, bits), 0) for k in range(size))
        wide = []
        for k in range(len(out.wide)):
            more = [kept for kept in range(1, size + 1) if config.record_bits([1] * kept) > 8 << k]
            wide.append(keeps[more[0] - 1] if more else Const(0, 1))
        m.d.comb += [
            self.i.ready.eq(Mux(self.dense, self.o.ready, ready)),
            self.o.valid.eq(Mux(self.dense, self.i.valid, valid)),
            out.data.eq(Mux(self.dense, dense, Cat(cut, Const(0, self.word - len(cut))))),
            out.wide.eq(Mux(self.dense, Cat(dense_wide), Cat(wide))),
            out.last.eq(Mux(self.dense, self.i.payload.last, last)),
        ]
        return m

    def _ranked(self, m, keeps):
        """(ready, valid, entries) of the TASD unit; its one mark is at the last entry that is kept."""
        config = TASDConfig(m=self._config.m, width=self._config.array.a_width, style="rank")
        m.submodules.tasd = unit = self._make("tasd", partial(TASDUnit, config))
        m.d.comb += [unit.i.valid.eq(self.i.valid & ~self.dense), unit.o.ready.eq(self.o.ready),
                     unit.i.payload.eq(Cat(self.i.payload.blocks.as_value(), keeps & ~(keeps >> 1)))]
        payload = unit.o.payload
        return unit.i.ready, unit.o.valid, payload.entries.as_value()


class SASEncode(wiring.Component):
    """A stream of codes into a stream of words.

    Parameters
    ----------
    config : CoreConfig
        M = 2, 4, 8 or 16.

    Members
    -------
    i : In(stream of {codes, tag})
        lanes codes of one column. Beats marked `prime` only leave their signs.
    o : Out(stream of word_layout)
        lanes records of one entry.
    """

    def __init__(self, config):
        self._config = config
        lanes = config.out_lanes
        self._record = config.record_bits([1])
        self.word = sas_word(config)
        super().__init__({
            "i": In(stream.Signature(StructLayout({"codes": ArrayLayout(signed(config.array.a_width), lanes),
                                                   "tag": TAG}))),
            "o": Out(stream.Signature(word_layout(self.word))),
        })

    def elaborate(self, platform):
        m = Module()
        config, codes, tag = self._config, self.i.payload.codes, self.i.payload.tag
        lanes, groups = config.out_lanes, config.array.cols // config.out_lanes
        m.d.comb += [self.o.valid.eq(self.i.valid & ~tag.prime), self.i.ready.eq(self.o.ready | tag.prime)]
        signs = [Cat(codes[lane][-1] for lane in range(lanes))]  # of this column, of the one before it, ...
        for back in range(1, config.m.bit_length() - 1):
            line = [Signal(lanes, name=f"signs_{back}_{k}", reset_less=True) for k in range(groups)]
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += Cat(line).eq(Cat(signs[-1], line[:-1]))
            signs.append(line[-1])
        records = []
        for lane in range(lanes):
            entry = Cat(codes[lane], (column[lane] for column in signs))
            records.append(Cat(entry, Const(0, self._record - len(entry))))
        word = Cat(records)
        m.d.comb += [self.o.payload.data.eq(Cat(word, Const(0, self.word - len(word)))),
                     self.o.payload.wide.eq(Cat(len(word) > 8 << k for k in range(len(self.o.payload.wide)))),
                     self.o.payload.last.eq(tag.last)]
        return m

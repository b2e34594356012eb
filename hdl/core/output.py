"""Output stage: a finished tile of C from the accumulators to the stream (docs/core.md, golden/core/output.py).

::

    accumulators, parameters -> drain -+-> requantise -+-> transpose -> series encode -+-> pack -> m_axis_c
                                       |               +-> SAS encode -----------------+
                                       +-> raw ----------------------------------------+

`lanes` sums per cycle. One tile at a time: the next one starts when the last beat of this one has left, so that every
part may take the tile's fields as constants. The bank is given back when it has been read, before that.
"""

from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.hdl.core.accumulators import read_signature
from tamis.hdl.core.b_loader import parameter_signature
from tamis.hdl.core.config import RAW, SAS
from tamis.hdl.core.descriptor import job_layout
from tamis.hdl.core.drain import TAG, Drain
from tamis.hdl.core.encode import SASEncode, SeriesEncode, sas_word, series_word
from tamis.hdl.core.layouts import beat_layout
from tamis.hdl.core.pack import Pack
from tamis.hdl.core.requantise import PARAMETERS, Requantise
from tamis.hdl.core.transpose import Transpose
from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.make import itself
from tamis.hdl.lib.ram import make_ram

__all__ = ["OutputStage", "tile_layout"]


def tile_layout(config):
    """A finished tile of C: its job, and the bank that holds it."""
    return StructLayout({"job": job_layout(config), "bank": 1})


class OutputStage(wiring.Component):
    """A stream of tiles into a stream of beats.

    Parameters
    ----------
    config : CoreConfig

    Members
    -------
    tile : In(stream of tile_layout)
    read : Out(`tamis.hdl.core.accumulators.read_signature`)
        The accumulators' read port: `data` belongs to the last read and stays until the next one.
    parameters : In(`tamis.hdl.core.b_loader.parameter_signature`)
        Writes the table.
    free : Out(1)
        The bank has been read for the last time.
    busy : Out(1)
        A tile is inside.
    c : Out(stream of {data, keep, last})
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        super().__init__({
            "tile": In(stream.Signature(tile_layout(config))),
            "read": Out(read_signature(config)),
            "parameters": In(parameter_signature(config)),
            "free": Out(1), "busy": Out(1),
            "c": Out(stream.Signature(beat_layout(config.c_bits))),
        })

    def elaborate(self, platform):
        m = Module()
        config, make = self._config, self._make
        lanes, width = config.out_lanes, config.array.a_width
        m.submodules.parameters = table = make_ram(make, "parameters", width=PARAMETERS.size, depth=config.columns)
        m.submodules.drain = drain = make("drain", partial(
            Drain, cols=config.array.cols, lanes=lanes, columns=config.columns, m=config.m))
        m.submodules.requantise = requantise = make("requantise", partial(
            Requantise, lanes=lanes, width=width, tag=TAG.size, make=make))
        m.submodules.transpose = transpose = make("transpose", partial(Transpose, m=config.m, lanes=lanes, width=width))
        m.submodules.series = series = make("series", partial(SeriesEncode, config, make=make))
        job = self._take(m)
        raw, sas = job.mode == RAW, job.mode == SAS

        new = self.parameters
        m.d.comb += [
            table.write.enable.eq(new.enable), table.write.address.eq(new.channel),
            table.write.data.eq(Cat(new.bias, new.multiplier, new.shift)),
            table.read.enable.eq(drain.read_enable), table.read.address.eq(drain.column),
        ]
        tile = self.tile.payload
        m.d.comb += [
            drain.i.valid.eq(self.tile.valid & self.tile.ready), drain.i.payload.last_column.eq(tile.job.columns - 1),
            drain.i.payload.bank.eq(tile.bank), drain.i.payload.mode.eq(tile.job.mode),
            self.read.enable.eq(drain.read_enable), self.read.bank.eq(drain.bank), self.read.column.eq(drain.column),
            drain.data.eq(self.read.data), drain.parameters.eq(table.read.data), self.free.eq(drain.free),
        ]

        ready = Signal()  # a word is taken
        sas_ready = Signal()
        sums, codes = drain.o.payload, requantise.o.payload
        tag = TAG(codes.tag)
        m.d.comb += [
            requantise.i.valid.eq(drain.o.valid & ~raw), requantise.i.payload.eq(drain.o.payload),
            requantise.zero_point.eq(job.zero_point), requantise.relu.eq(job.relu),
            requantise.o.ready.eq(Mux(sas, sas_ready, transpose.i.ready)),
            drain.o.ready.eq(Mux(raw, ready, requantise.i.ready)),
            transpose.i.valid.eq(requantise.o.valid & ~sas), transpose.i.payload.codes.eq(codes.codes),
            transpose.i.payload.last.eq(tag.last),
        ]
        connect(m, transpose.o, series.i)
        m.d.comb += series.o.ready.eq(ready & ~sas & ~raw)
        if config.encodes:
            m.d.comb += [series.kept.eq(job.o0 + job.o1 + job.o2), series.dense.eq(job.o0 == config.m)]

        raw_word = 32 * lanes
        words = [(series.o.valid & ~sas & ~raw, series.o.payload, series_word(config)),
                 (drain.o.valid & raw, _raw_word(sums, raw_word), raw_word)]
        if config.encodes_sas:
            m.submodules.sas = entries = make("sas", partial(SASEncode, config))
            m.d.comb += [entries.i.valid.eq(requantise.o.valid & sas), entries.i.payload.eq(codes),
                         entries.o.ready.eq(ready & sas), sas_ready.eq(entries.i.ready)]
            words.append((entries.o.valid & sas, entries.o.payload, sas_word(config)))
        self._pack(m, words, ready)
        return m

    def _take(self, m):
        """The tile's job, held until its last beat has left."""
        busy = Signal()
        job = Signal(self.tile.payload.job.shape(), name="job", reset_less=True)
        with m.If(self.tile.valid & self.tile.ready):
            m.d.sync += [busy.eq(1), job.eq(self.tile.payload.job)]
        with m.Elif(self.c.valid & self.c.ready & self.c.payload.last):
            m.d.sync += busy.eq(0)
        m.d.comb += [self.tile.ready.eq(~busy), self.busy.eq(busy)]
        return job

    def _pack(self, m, words, ready):
        """One of the words at a time, as wide as the widest."""
        widest = max(size for _, _, size in words)
        levels = _levels(widest)
        chosen = Signal(widest + levels + 1, name="chosen")
        valid = Signal(name="chosen_valid")
        m.d.comb += valid.eq(Cat(one for one, _, _ in words).any())
        terms = []
        for k, (one, payload, size) in enumerate(words):
            payload = Value.cast(payload)
            data, wide, last = payload[:size], payload[size:-1], payload[-1]
            term = Signal(len(chosen), name=f"word_{k}")
            m.d.comb += term.eq(Cat(data, Const(0, widest - size), wide, Const(0, levels - len(wide)), last)
                                & one.replicate(len(chosen)))
            terms.append(term)
        m.d.comb += chosen.eq(any_of(*terms))
        m.submodules.pack = pack = self._make("pack", partial(Pack, word=widest, bits=self._config.c_bits))
        m.d.comb += [pack.i.valid.eq(valid), pack.i.payload.eq(chosen), ready.eq(pack.i.ready)]
        connect(m, pack.o, flipped(self.c))


def _raw_word(sums, bits):
    """The sums of a beat as one whole word."""
    levels = _levels(bits)
    return Cat(sums.sums, Const((1 << levels) - 1, levels), TAG(sums.tag).last)


def _levels(bits):
    return (bits // 8).bit_length() - 1

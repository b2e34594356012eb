"""Output stage: a finished tile of C from the accumulators to the stream (docs/core.md, golden/core/output.py).

::

    accumulators, parameters -> drain -+-> requantise -+-> transpose -> series encode -+-> pack -> m_axis_c
                                       |               +-> SAS encode -----------------+
                                       +-> raw ----------------------------------------+

`lanes` sums per cycle. One tile at a time: the next one starts when the last beat of this one has left, so that every
part may take the tile's fields as constants. The bank is given back when it has been read, before that.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.config import RAW, SAS
from tamis.hdl.core.drain import TAG, Drain
from tamis.hdl.core.encode import SASEncode, SeriesEncode, sas_word, series_word
from tamis.hdl.core.job import job_layout
from tamis.hdl.core.pack import Pack
from tamis.hdl.core.requantise import PARAMETERS, Requantise
from tamis.hdl.core.transpose import Transpose
from tamis.hdl.core.words import beat_layout
from tamis.hdl.lib.count import added, held
from tamis.hdl.lib.gates import any_of, decremented, equal_constant
from tamis.hdl.lib.place import real_submodule
from tamis.hdl.lib.ram import place_ram
from tamis.hdl.lib.unread import unread

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
    read_enable, bank, column : Out; data : In
        The accumulators' read port: data (cols sums) belongs to the last read and stays until the next one.
    parameter_enable, parameter_channel, parameter : In
        Writes the table.
    free : Out(1)
        The bank has been read for the last time.
    busy : Out(1)
        A tile is inside.
    c : Out(stream of {data, keep, last})
    """

    def __init__(self, config, *, place=real_submodule):
        self._config, self._place = config, place
        channel = (config.columns - 1).bit_length()
        super().__init__({
            "tile": In(stream.Signature(tile_layout(config))),
            "read_enable": Out(1), "bank": Out(1), "column": Out(channel), "data": In(32 * config.array.cols),
            "parameter_enable": In(1), "parameter_channel": In(channel), "parameter": In(PARAMETERS),
            "free": Out(1), "busy": Out(1),
            "c": Out(stream.Signature(beat_layout(config.c_bits))),
        })

    def elaborate(self, platform):
        m = Module()
        config, place = self._config, self._place
        lanes, width = config.out_lanes, config.array.a_width
        job = self._take(m)
        raw, sas = equal_constant(job.mode, RAW), equal_constant(job.mode, SAS)

        rate = Signal()  # what comes out of the drain is taken
        parameters = place_ram(
            place, m, "parameters", width=PARAMETERS.size, depth=config.columns, write_enable=self.parameter_enable,
            write_address=self.parameter_channel, write_data=self.parameter, read_enable=self.read_enable,
            read_address=self.column)
        last_column = decremented(self.tile.payload.job.columns[:len(self.column)])
        drain = place(
            m, "drain", "drain",
            lambda: Drain(cols=config.array.cols, lanes=lanes, columns=config.columns, m=config.m),
            i__valid=self.tile.valid & self.tile.ready,
            i__payload=Cat(last_column, self.tile.payload.bank, self.tile.payload.job.mode),
            o__ready=rate, data=self.data, parameters=parameters)
        m.d.comb += [self.read_enable.eq(drain.read_enable), self.bank.eq(drain.bank),
                     self.column.eq(drain.column), self.free.eq(drain.free)]
        sums = Value.cast(drain.o__payload)[:32 * lanes]
        tag = TAG(Value.cast(drain.o__payload)[-TAG.size:])

        taken = Signal()
        zero_point = Signal(signed(width))
        m.d.comb += zero_point.eq(job.zero_point)
        requantise = place(
            m, "requantise", "requantise", lambda: Requantise(lanes=lanes, width=width, tag=TAG.size, place=place),
            i__valid=drain.o__valid & ~raw, i__payload=drain.o__payload, o__ready=taken,
            zero_point=zero_point, relu=job.relu)
        codes, code_tag = requantise.o__payload[:lanes * width], TAG(requantise.o__payload[lanes * width:])

        encoded = Signal()
        transposed = Signal()
        transpose = place(
            m, "transpose", "transpose", lambda: Transpose(m=config.m, lanes=lanes, width=width),
            i__valid=requantise.o__valid & ~sas, i__payload=Cat(codes, code_tag.last), o__ready=transposed)
        encoding = {}
        if config.encodes:
            two = held(m, added(held(m, Cat(job.o0, Const(0, 2))), job.o1))
            kept = held(m, added(two, job.o2))
            encoding = {"kept": kept, "dense": equal_constant(job.o0, config.m)}
        series = place(
            m, "series", "series", lambda: SeriesEncode(config, place=place),
            i__valid=transpose.o__valid, i__payload=transpose.o__payload, o__ready=encoded & ~sas & ~raw, **encoding)
        m.d.comb += transposed.eq(series.i__ready)
        words = [(series.o__valid & ~sas & ~raw, series.o__payload, series_word(config))]
        sas_ready = Const(0, 1)
        if config.m not in (2, 4, 8, 16):
            unread(m, code_tag.prime)
        if config.m in (2, 4, 8, 16):
            entries = place(m, "sas", "sas", lambda: SASEncode(config),
                            i__valid=requantise.o__valid & sas, i__payload=requantise.o__payload,
                            o__ready=encoded & sas)
            sas_ready = entries.i__ready
            words.append((entries.o__valid & sas, entries.o__payload, sas_word(config)))
        m.d.comb += taken.eq(Mux(sas, sas_ready, transpose.i__ready))
        raw_word = 32 * lanes
        words.append((drain.o__valid & raw,
                      Cat(sums, Const((1 << _levels(raw_word)) - 1, _levels(raw_word)), tag.last), raw_word))
        m.d.comb += rate.eq(Mux(raw, encoded, requantise.i__ready))
        self._pack(m, words, encoded)
        unread(m, drain.i__ready)  # it is idle when no tile is inside
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
        pack = self._place(m, "pack", "pack", lambda: Pack(word=widest, bits=self._config.c_bits),
                           i__valid=valid, i__payload=chosen, o__ready=self.c.ready)
        m.d.comb += [ready.eq(pack.i__ready), self.c.valid.eq(pack.o__valid), self.c.payload.eq(pack.o__payload)]


def _levels(bits):
    return (bits // 8).bit_length() - 1

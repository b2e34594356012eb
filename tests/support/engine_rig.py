"""An engine with a drain that sends every tile's columns out, and jobs to play into it."""

import random
from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.golden.core import compute, format
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.descriptor import job_layout
from tamis.hdl.core.engine import Engine
from tamis.hdl.core.layouts import beat_layout
from tamis.hdl.lib.ram import Ram
from tamis.testbench.core.draws import pruned
from tests.support.simulate import pack


class Rig(wiring.Component):
    """Streams job, a, b in; a beat of sums for each column of each tile out."""

    def __init__(self, config):
        self.config = config
        self.rams = []
        self.engine = Engine(config, make=self.make)
        self.sums_width = config.array.cols * 32
        super().__init__({
            "job": In(stream.Signature(job_layout(config))),
            "a": In(stream.Signature(beat_layout(config.a_bits))),
            "b": In(stream.Signature(beat_layout(config.b_bits))),
            "o": Out(stream.Signature(self.sums_width)),
        })
        self.overflows, self.channels, self.illegal = Signal(32), Signal(32), Signal(32)

    def make(self, role, create, name=None):
        component = create()
        if isinstance(component, Ram):
            self.rams.append(component)
        return component

    def poison(self, seed):
        """Random words for every memory; read while the simulation begins, when there are memories."""
        rng = random.Random(seed)
        for ram in self.rams:
            for k in range(ram.memory.depth):
                yield ram.memory.data[k], rng.getrandbits(Value.cast(ram.memory.data[k]).shape().width)

    def elaborate(self, platform):
        m = Module()
        m.submodules.engine = engine = self.engine
        for name in ("job", "a", "b"):
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(engine, name))
        column, offers = Signal(13), Signal()
        tile = engine.tile.payload
        left = Signal(13)
        bank, busy = Signal(), Signal()
        m.d.comb += [engine.tile.ready.eq(~busy), engine.read.bank.eq(bank), engine.read.column.eq(column),
                     engine.read.enable.eq(busy & left.any() & (~offers | self.o.ready)), self.o.valid.eq(offers),
                     self.o.payload.eq(engine.read.data.as_value())]
        with m.If(engine.tile.valid & ~busy):
            m.d.sync += [busy.eq(1), bank.eq(tile.bank), column.eq(0), left.eq(tile.job.columns)]
        with m.If(~offers | self.o.ready):
            m.d.sync += offers.eq(engine.read.enable)
        with m.If(engine.read.enable):
            m.d.sync += [column.eq(column + 1), left.eq(left - 1)]
        with m.If(busy & ~left.any() & offers & self.o.ready):
            m.d.sync += busy.eq(0)
            m.d.comb += engine.drained.eq(1)
        m.d.sync += [self.illegal.eq(self.illegal + engine.b_illegal),
                     self.overflows.eq(self.overflows + engine.events.overflows),
                     self.channels.eq(Mux(engine.parameters.enable, self.channels + 1, self.channels))]
        return m


@dataclass
class Work:
    """A job and what it brings."""

    job: Job
    a: list
    b: list
    sums: np.ndarray
    overflows: int


def make(config, rng, *, columns, blocks, terms, largest=False, **fields):
    """A job over random operands; `fields` of the job; b: B (K, T) of an earlier job."""
    array = config.array
    low, high = -(1 << array.a_width - 1), 1 << array.a_width - 1
    b_low, b_high = -(1 << array.b_width - 1), 1 << array.b_width - 1
    k = blocks * config.m
    a = np.full((array.cols, k), low) if largest else rng.integers(low, high, (array.cols, k))
    b = fields.pop("b", None)
    if b is None:
        b = np.full((k, columns), b_low) if largest else rng.integers(b_low, b_high, (k, columns))
        if fields.get("b_compressed"):
            b = pruned(b, config.b_pattern)
    entries = format.a_terms(a, terms, config.m)
    sums, overflows = compute.tile(entries, b, config)
    n = [*terms, 0, 0][:3]
    job = Job(columns=columns, blocks=blocks, n0=n[0], n1=n[1], n2=n[2], **fields)
    b_bytes = [] if job.b_reuse else format.b_chunks(b, config, bool(job.b_compressed))
    return Work(job, format.a_chunks(entries, config), b_bytes, sums, overflows), b


def streams(rig, works):
    """What `play` sends: {stream: payloads}."""
    config = rig.config

    def words(chunks, bits):
        out = []
        for chunk in chunks:
            for data, keep, last in format.beats(chunk, bits):
                out.append(pack((data, bits), (keep if last else -1, bits // 8), (last, 1)))
        return out

    return {rig.job: [w.job.pack() for w in works],
            rig.a: [x for w in works for x in words(w.a, config.a_bits)],
            rig.b: [x for w in works for x in words(w.b, config.b_bits)]}


def expected(works):
    """What comes out: a word for each column of each tile."""
    return [pack(*((int(v), 32) for v in row)) for w in works for row in w.sums]


def _core(patterns, rows, cols, *, a=32, b=32, slots=2, columns=8, packed="none", **array):
    return CoreConfig.parse({"array": {"patterns": patterns, "rows": rows, "cols": cols, **array}, "columns": columns,
                             "b_slots": slots, "b_pattern": packed, "a_bits": a, "b_bits": b, "c_bits": 32})


CONFIGS = {
    "tiny": _core("1:2,2:2", 4, 4, packed="1:2"),
    "n:4": _core("1:4,2:4,4:4", 8, 8, a=64, b=64, slots=4, packed="2:4"),
    "n:8": _core("1:8,2:8,4:8,8:8", 8, 4, b=128),
    "wide": _core("1:4,2:4,4:4", 8, 4, a=512, b=512, beta=2),
    "blocks wider than beats": _core("1:8,2:8", 8, 4, packed="2:8"),
    "masks wider than values": _core("1:16,4:16", 8, 4, b=64, packed="1:16"),
    "dense": _core("1:1", 4, 4),
    "stc": _core("2:4", 8, 4),
    "int4": _core("1:2,2:2", 8, 4, beta=2, a_width=4, b_width=4),
    "int16": _core("2:4,4:4", 8, 2, b=64, packed="2:4", a_width=16, b_width=16, acc_width=36, overflow="saturate"),
}

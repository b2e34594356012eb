"""hdl/core/output.py against golden/core/output.py: every byte of every tile, in order, under stalls."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.golden.core import output as golden
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.layouts import beat_layout
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.requantise import PARAMETERS
from tests.support.simulate import pack, play, unpack

CORES = {
    "m8": {"array": {"patterns": "1:8,2:8,4:8,8:8", "rows": 8, "cols": 8}, "out_lanes": 4, "c_bits": 64},
    "m8, one lane": {"array": {"patterns": "1:8,8:8", "rows": 8, "cols": 2}, "out_lanes": 1, "c_bits": 32},
    "m4": {"array": {"patterns": "1:4,2:4,4:4", "rows": 4, "cols": 8}, "out_lanes": 4, "c_bits": 256},
    "m2": {"array": {"patterns": "1:2,2:2", "rows": 2, "cols": 4}, "out_lanes": 4, "c_bits": 32},
    "dense": {"array": {"patterns": "1:1", "rows": 2, "cols": 4}, "out_lanes": 4, "c_bits": 32},
    "m16, int4": {"array": {"patterns": "1:16,4:16", "rows": 4, "cols": 4, "a_width": 4}, "out_lanes": 4, "c_bits": 32},
    "m4, int16": {"array": {"patterns": "1:4,2:4", "rows": 4, "cols": 4, "a_width": 16, "b_width": 16, "acc_width": 40},
                  "out_lanes": 2, "c_bits": 64},
}


class Bench(wiring.Component):
    """The output stage, its accumulators filled beforehand, its table filled first by the stream `table`."""

    def __init__(self, config, banks, channels):
        self._config, self._banks, self._channels = config, banks, channels
        self.stage = OutputStage(config)
        super().__init__({
            "tile": In(stream.Signature(self.stage.tile.payload.shape())),
            "table": In(stream.Signature(PARAMETERS)),
            "c": Out(stream.Signature(beat_layout(config.c_bits))),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.stage = stage = self.stage
        words = [pack(*((x, 32) for x in row)) for bank in self._banks for row in bank]
        m.submodules.sums = memory = Memory(shape=32 * self._config.array.cols, depth=len(words), init=words)
        read = memory.read_port()
        loaded = Signal(range(self._channels + 1))
        done = Signal()
        connect(m, flipped(self.c), stage.c)
        m.d.comb += [
            read.en.eq(stage.read.enable), read.addr.eq(Cat(stage.read.column, stage.read.bank)),
            stage.read.data.eq(read.data),
            done.eq(loaded == self._channels), self.table.ready.eq(~done),
            stage.parameters.enable.eq(self.table.valid & ~done), stage.parameters.channel.eq(loaded),
            *(getattr(stage.parameters, name).eq(getattr(self.table.payload, name))
              for name in ("bias", "multiplier", "shift")),
            stage.tile.valid.eq(self.tile.valid & done), self.tile.ready.eq(stage.tile.ready & done),
            stage.tile.payload.eq(self.tile.payload),
        ]
        with m.If(self.table.valid & ~done):
            m.d.sync += loaded.eq(loaded + 1)
        return m


def jobs_of(config, rng):
    m, columns = config.m, config.columns
    jobs = [Job(columns=columns, mode=0), Job(columns=1, mode=0), Job(columns=m, mode=1, o0=m)]
    if config.encodes:
        jobs += [Job(columns=2 * m, mode=1, o0=m // 2, o1=1, relu=1), Job(columns=m, mode=1, o0=1, zero_point=-3),
                 Job(columns=columns, mode=1, o0=m // 2, o1=m // 4, o2=m // 4)]
    if m > 1:
        jobs += [Job(columns=max(1, m.bit_length() - 1), mode=2), Job(columns=columns - 1, mode=2, relu=1)]
    order = rng.permutation(len(jobs))
    return [jobs[k] for k in order]


def expected(config, job, sums, table):
    sums = sums[:job.columns]
    if job.mode == 0:
        return golden.raw_bytes(sums)
    part = golden.Table(table.bias[:job.columns], table.multiplier[:job.columns], table.shift[:job.columns])
    codes = golden.codes(sums, part, width=config.array.a_width, zero_point=job.zero_point, relu=bool(job.relu))
    if job.mode == 2:
        return golden.sas_bytes(codes, config.m, config.array.a_width)
    terms = tuple(n for n in (job.o0, job.o1, job.o2) if n)
    return golden.series_bytes(codes, terms, config.m, config.array.a_width)


@pytest.mark.parametrize(("name", "stall"), [("m8", (0, 0)), *((name, (0.3, 0.4)) for name in CORES)])
def test_tiles(name, stall):
    rng = np.random.default_rng(len(name))
    m = CoreConfig.parse(CORES[name]).m
    config = CoreConfig.parse({**CORES[name], "columns": 2 * m if m > 4 else 4 * m})
    cols, columns = config.array.cols, config.columns
    banks = rng.integers(-40_000, 40_000, (2, columns, cols))
    banks[:, ::3] //= 300
    shift = rng.integers(20, 24, columns) - (8 if config.array.a_width == 16 else 0)
    table = golden.Table(rng.integers(-500, 500, columns), rng.integers(1 << 14, 1 << 15, columns), shift)
    jobs = jobs_of(config, rng)
    chosen = rng.integers(0, 2, len(jobs))
    bench = Bench(config, banks, columns)
    rows = [pack((table.bias[j], 32), (table.multiplier[j], 16), (table.shift[j], 6)) for j in range(columns)]
    bits = len(bench.tile.payload.as_value()) - 1
    tiles = [pack((job.pack(), bits), (bank, 1)) for job, bank in zip(jobs, chosen, strict=True)]
    beats, width = [], config.c_bits // 8
    for job, bank in zip(jobs, chosen, strict=True):
        data = expected(config, job, banks[bank], table)
        for start in range(0, len(data), width):
            part = data[start:start + width]
            beats.append([int.from_bytes(part, "little"), (1 << len(part)) - 1, int(start + width >= len(data))])
    (received,), *_ = play(bench, {bench.table: rows, bench.tile: tiles}, {bench.c: len(beats)}, stall=stall, seed=3)
    got = [unpack(beat, config.c_bits, width, 1) for _, beat in received]
    for k, (ours, theirs) in enumerate(zip(beats, got, strict=True)):
        assert ours == theirs, (k, jobs)

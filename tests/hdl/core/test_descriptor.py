"""hdl/core/descriptor.py: random descriptors are refused as golden says; banks hold what the select expects."""

import random

import pytest
from amaranth.sim import Simulator

from tamis.golden.core.descriptor import WIDTHS, Job, kept_after, refusal
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.descriptor import ChunkShape, Refusal

INT4 = CoreConfig.parse({"array": {"patterns": "1:4,2:4", "rows": 8, "cols": 4, "a_width": 4}, "b_pattern": "1:4"})


@pytest.mark.parametrize("preset", ["default", "tiny-n:2", "stc-2:4", "dense", "int4"])
def test_refusal(preset):
    config = INT4 if preset == "int4" else CoreConfig.preset(preset)
    rng = random.Random(preset)
    dut = Refusal(config)
    seen = set()

    def draw():
        legal = {"kind": rng.random() < 0.1, "columns": rng.choice([config.m, 16, 16, config.columns]),
                 "blocks": rng.choice([1, 2, config.chunk_blocks, 3 * config.chunk_blocks, 65535]),
                 "n0": rng.choice([p.n for p in config.array.patterns]), "b_reuse": rng.random() < 0.3,
                 "b_keep": rng.random() < 0.3, "mode": rng.randrange(4), "o0": rng.randint(0, config.m)}
        for name in rng.sample(sorted(WIDTHS), rng.choice([0, 0, 1, 2])):
            legal[name] = rng.choice([0, 1, 2, rng.getrandbits(WIDTHS[name])]) % (1 << WIDTHS[name])
        return Job(**{name: int(value) for name, value in legal.items()})

    async def bench(ctx):
        for _ in range(1500):
            job, kept = draw(), rng.choice([0, 1, 2, config.b_slots])
            ctx.set(dut.job.as_value(), job.pack())
            ctx.set(dut.kept, kept)
            code = refusal(job, config, kept)
            assert ctx.get(dut.code) == code, job
            if code == 0:
                assert ctx.get(dut.kept_next) == kept_after(job, config, kept), job
            seen.add(code)

    sim = Simulator(dut)
    sim.add_testbench(bench)
    sim.run()
    assert seen == {0, 1, 2, 3, 4, 5} | ({6} if preset == "int4" else {7} if not config.b_n else set())


@pytest.mark.parametrize("preset", ["default", "vegeta-512", "small-n:4", "stc-2:4"])
def test_banks(preset):
    """In every pass of every term, N / share neighbouring banks hold one block of that pass."""
    config = CoreConfig.preset(preset)
    span = ChunkShape(config)
    assert sorted(map(span.bank, range(config.chunk_blocks))) == list(range(config.chunk_blocks))
    for code in span.ns:
        g = 1 << code - 1
        for k in range(g):
            mine = [b for b in range(config.chunk_blocks) if b * g // config.chunk_blocks == k]
            assert len({span.bank(b) // g for b in mine}) == config.chunk_blocks // g
            assert len({span.bank(b) % g for b in mine}) == 1

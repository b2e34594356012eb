"""sas.py: every M, ragged and single-beat vectors back to back, stalls, reset, throughput, no gates in parallel."""

import random

import numpy as np
import pytest
from amaranth.sim import Simulator

from tamis.golden import sas
from tamis.golden.units.sas import streamed
from tamis.hdl.emit.verilog import verilog
from tamis.hdl.units.sas import SASConfig, SASIndexUnit, SASParallel
from tamis.hdl.units.unit import ConfigError
from tamis.synth import flow, target
from tests.support.simulate import pack, play, unpack


def vectors_of(config, channels, seed=0):
    rng = np.random.default_rng(seed)
    low = -1 << config.width - 1
    return [rng.choice([low, -1, 0, 1, -low - 1, int(rng.integers(low, -low))], count) for count in channels]


def check(config, vectors, **options):
    """Plays vectors back to back; returns the cycles of output and input beats."""
    lanes, width, rng = config.lanes, config.width, random.Random(0)
    sent, want = [], []
    for x in vectors:
        for start in range(0, len(x), lanes):
            beat = [*x[start:start + lanes], *(rng.getrandbits(width) for _ in range(lanes))][:lanes]
            # C counts in the first beat only
            said = len(x) if start == 0 else rng.randrange(config.max_channels + 1)
            sent.append(pack(*((v, width) for v in beat), (said, config.max_channels.bit_length())))
        want += list(zip(*(part.tolist() for part in streamed(x, config.bits, lanes, config.magnitude)), strict=True))
    unit = SASIndexUnit(config)
    (received,), (taken,), (error,) = play(unit, {unit.i: sent}, {unit.o: len(want)}, watch=[unit.error], **options)
    for (_, beat), (values, indices, keep, last) in zip(received, want, strict=True):
        signed_width = width if config.magnitude else -width
        *entries, kept, end = unpack(beat, *[signed_width, config.bits] * lanes, lanes, 1)
        assert [bool(kept >> lane & 1) for lane in range(lanes)] == keep and end == last
        for lane in range(lanes):
            if keep[lane]:
                assert entries[2 * lane:2 * lane + 2] == [values[lane], indices[lane]]
    assert error == 0
    return [cycle for cycle, _ in received], taken


@pytest.mark.parametrize("fields", [
    {}, {"m": 2, "lanes": 1}, {"m": 2, "magnitude": True, "lanes": 3}, {"m": 4, "lanes": 1, "width": 2},
    {"m": 16, "lanes": 3, "width": 5}, {"m": 16, "lanes": 8}, {"m": 4, "lanes": 5, "width": 16, "max_channels": 100},
])
def test_vectors_of_any_length_under_stalls(fields):
    config = SASConfig(**fields)
    lanes = config.lanes
    lengths = [3 * lanes + 4, *range(config.bits, 2 * lanes + 4), 40, config.bits]
    for seed, stall in enumerate([(0.0, 0.0), (0.3, 0.3)]):
        check(config, vectors_of(config, lengths, seed), stall=stall, seed=seed)


def test_latency_and_throughput():
    config = SASConfig()
    out, taken = check(config, vectors_of(config, [32, 32, 5, 9, 32]))
    assert taken == list(range(len(taken)))  # no bubble going in
    start = 1 + config.latency  # the first beat is held
    assert out == list(range(start, start + len(taken)))  # no bubble coming out


def test_reset_in_the_middle():
    config = SASConfig(m=4, lanes=2)
    for moment in range(3, 16, 2):
        check(config, vectors_of(config, [7, 4, 2, 9]), stall=(0.2, 0.2), seed=moment, reset_at=moment)


@pytest.mark.parametrize(("channels", "error"), [(0, 1), (1, 1), (2, 1), (3, 0), (100, 0), (101, 1), (127, 1)])
def test_illegal_channel_count_sets_a_sticky_flag_and_does_not_hang(channels, error):
    config = SASConfig(max_channels=100, lanes=4, width=2)
    unit = SASIndexUnit(config)
    beats = max(1, config.beats(channels))
    sent = [pack((0, 8), (channels, 7))] * beats + [pack((0, 8), (8, 7))] * 2
    _, _, (flag,) = play(unit, {unit.i: sent}, {unit.o: beats + 2}, watch=[unit.error])
    assert flag == error


@pytest.mark.parametrize(("m", "channels"), [(2, 1), (8, 24), (16, 5)])
def test_parallel_form_is_right_and_has_no_gate(m, channels, tmp_path):
    unit = SASParallel(channels=channels, m=m)
    bits = m.bit_length() - 1

    async def bench(ctx):
        for seed in range(20):
            x = np.random.default_rng(seed).integers(-128, 128, channels)
            ctx.set(unit.x, x.tolist())
            want = sas.sign_index(x, bits)
            assert [ctx.get(unit.entries[c].index) for c in range(channels)] == want.tolist()
            assert [ctx.get(unit.entries[c].value) for c in range(channels)] == x.tolist()

    sim = Simulator(unit)
    sim.add_testbench(bench)
    sim.run()
    (tmp_path / "unit.v").write_text(verilog(SASParallel(channels=channels, m=m), "unit"))
    with pytest.raises(flow.ReportError, match="outputs depend on no logic and no register"):
        flow.measure([tmp_path / "unit.v"], "unit", target.select("uniform"), flatten=True)


def test_validation():
    with pytest.raises(ConfigError, match=r"^m must be 2 with magnitude, not 8$"):
        SASConfig.parse({"magnitude": True})
    with pytest.raises(ConfigError, match=r"^lanes must be at least log2\(M\) - 1 = 3, not 2$"):
        SASConfig.parse({"m": 16, "lanes": 2})
    with pytest.raises(ConfigError, match=r"^max_channels must be at least 2 x lanes = 16, not 15$"):
        SASConfig.parse({"max_channels": 15})
    with pytest.raises(TypeError, match=r"^config must be of type SASConfig, not 3$"):
        SASIndexUnit(3)
    with pytest.raises(ValueError, match=r"^channels must be an integer of at least log2\(M\) = 3, not 2$"):
        SASParallel(channels=2)


def test_takes_a_first_beat_while_its_output_is_stalled():
    unit = SASIndexUnit(SASConfig(lanes=2, m=4))

    async def bench(ctx):
        ctx.set(unit.i.payload.channels, 2)
        for _ in range(2):
            ctx.set(unit.i.valid, 1)
            assert ctx.get(unit.i.ready)
            await ctx.tick()
            ctx.set(unit.i.valid, 0)
            await ctx.tick().repeat(3)
        assert ctx.get(unit.o.valid) and not ctx.get(unit.i.ready)

    sim = Simulator(unit)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()

"""hdl/units/tasd.py: every int4 block of 4; every M, widths, corners and ties; stalls, reset, latency, throughput."""

import shutil

import numpy as np
import pytest
from amaranth.sim import Simulator

from tamis.golden.units import tasd as golden
from tamis.hdl.units.tasd import PruneConfig, PruneUnit, TASDConfig, TASDUnit
from tamis.hdl.units.unit import ConfigError
from tests.support.replay import replay
from tests.support.simulate import pack, play, unpack

ICARUS = pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")


def blocks_of(config, count, seed=0):
    """Random blocks, half of their elements corners: zeros, extremes, equal magnitudes of either sign."""
    rng = np.random.default_rng(seed)
    low, high = (-1 << config.width - 1, 1 << config.width - 1) if config.signed else (0, 1 << config.width)
    blocks = rng.integers(low, high, (count, config.m))
    corner = rng.random(blocks.shape) < rng.random((count, 1))
    blocks[corner] = rng.choice([low, high - 1, low + 1, 0, 0, 1, -1 if config.signed else 1], corner.sum())
    return blocks.astype(np.int32)


def beats_in(config, blocks, marks):
    return [pack(*((x, config.width) for x in block), (mask, config.m))
            for block, mask in zip(blocks.tolist(), np.broadcast_to(marks, len(blocks)).tolist(), strict=True)]


def beats_out(config, blocks, marks):
    """What golden says, as the payloads of `o`."""
    marks = np.broadcast_to(marks, len(blocks))
    bits = (config.m - 1).bit_length()
    if config.style == "tree":
        return [pack((v, config.width), (k, bits), (t, 1), (e, 1), (r, 1))
                for v, k, t, e, r in zip(*golden.streamed(blocks, marks), strict=True)]
    return [pack(*(field for v, k in zip(values, indices, strict=True) for field in ((v, config.width), (k, bits))),
                 (mask, config.m), (left, 1))
            for values, indices, left, mask in zip(*golden.ranked(blocks, marks), marks, strict=True)]


def check(config, blocks, marks, **options):
    unit = TASDUnit(config)
    want = beats_out(config, blocks, marks)
    (received,), (taken,), (error,) = play(unit, {unit.i: beats_in(config, blocks, marks)}, {unit.o: len(want)},
                                           watch=[unit.error], **options)
    assert [beat for _, beat in received] == want
    assert error == (not np.all(marks))
    return [cycle for cycle, _ in received], taken


@pytest.mark.parametrize("style", ["rank", "tree"])
def test_every_int2_block_of_4_with_every_series(style):
    config = TASDConfig(m=4, width=2, style=style)
    blocks = np.indices((4,) * 4).reshape(4, -1).T - 2
    check(config, np.repeat(blocks, 2, 0).astype(np.int32), 1 + np.arange(512) * 7 % 15)


@ICARUS
@pytest.mark.parametrize(("style", "stall"), [("rank", (0.3, 0.3)), ("tree", (0.0, 0.1))])
def test_every_int4_block_of_4_in_verilog(style, stall):
    config = TASDConfig(m=4, width=4, style=style)
    blocks = (np.indices((16,) * 4).reshape(4, -1).T - 8).astype(np.int32)
    if style == "tree":  # three extractions of every block: every choice there is, the fourth takes what is left
        marks = np.full(len(blocks), 0b0100)
    else:
        marks = 1 + np.arange(len(blocks)) % 15
    replayed(config, blocks, marks, stall)


@ICARUS
@pytest.mark.parametrize("style", ["rank", "tree"])
def test_random_int8_blocks_of_8_in_verilog(style):
    config = TASDConfig(style=style)
    blocks = blocks_of(config, 800, seed=3)
    replayed(config, blocks, np.random.default_rng(4).integers(1, 256, len(blocks)), (0.2, 0.2))


def replayed(config, blocks, marks, stall):
    want = beats_out(config, blocks, marks)
    assert replay(TASDUnit(config), beats_in(config, blocks, marks), len(want), stall=stall) == want


@pytest.mark.parametrize("style", ["rank", "tree"])
@pytest.mark.parametrize(("m", "width", "signed"), [(4, 8, True), (8, 8, True), (16, 8, True), (8, 2, True),
                                                    (8, 16, True), (8, 8, False), (4, 2, False)])
def test_random_under_random_stalls(style, m, width, signed):
    config = TASDConfig(m=m, width=width, signed=signed, style=style)
    blocks = blocks_of(config, 20 if m < 16 else 8, seed=m + width)
    check(config, blocks, np.random.default_rng(width).integers(1, 1 << m, len(blocks)), stall=(0.4, 0.4), seed=width)


@pytest.mark.parametrize("style", ["rank", "tree"])
@pytest.mark.parametrize("stall", [(0.5, 0.0), (0.0, 0.5), (0.1, 0.9), (0.9, 0.1)])
def test_every_kind_of_stall(style, stall):
    config = TASDConfig(m=4, width=3, style=style)
    check(config, blocks_of(config, 60), 1 + np.arange(60) % 15, stall=stall, seed=1)


@pytest.mark.parametrize("style", ["rank", "tree"])
def test_latency_and_throughput(style):
    config = TASDConfig(style=style)
    for series in ("1:8", "4:8+2:8+1:8", "8:8") if style == "tree" else ("4:8+1:8",):
        marks = golden.marks(series, 8)
        kept = marks.bit_length()
        unit = TASDUnit(config)
        out, taken = check(config, blocks_of(config, 20), marks)
        beats = kept if style == "tree" else 1
        assert taken == [config.cycles(kept) * k for k in range(20)]  # no bubble
        # A beat is sampled at the edge at which it moves on, `latency` edges after the one that took its block.
        assert [first - start for first, start in zip(out[::beats], taken, strict=True)] == [unit.latency] * 20
        assert out == list(range(out[0], out[0] + 20 * beats))


def test_tree_takes_a_block_while_its_output_is_stalled():
    unit = TASDUnit(TASDConfig(m=4, style="tree"))

    async def bench(ctx):
        ctx.set(unit.i.payload.marks, 1)
        for _ in range(2):
            ctx.set(unit.i.valid, 1)
            assert ctx.get(unit.i.ready)
            await ctx.tick()
            ctx.set(unit.i.valid, 0)
            await ctx.tick().repeat(3)
        assert ctx.get(unit.o.valid) and not ctx.get(unit.i.ready)
        ctx.set(unit.o.ready, 1)
        await ctx.tick()
        assert ctx.get(unit.o.valid)  # the second follows the first at once

    sim = Simulator(unit)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("style", ["rank", "tree"])
def test_reset_in_the_middle(style):
    config = TASDConfig(m=4, style=style)
    for moment in range(3, 12, 2):
        check(config, blocks_of(config, 12, seed=moment), 0b1010, stall=(0.2, 0.3), seed=moment, reset_at=moment)


@pytest.mark.parametrize("style", ["rank", "tree"])
def test_block_without_marks_sets_a_sticky_flag_and_does_not_hang(style):
    config = TASDConfig(m=4, style=style)
    check(config, blocks_of(config, 5), np.array([1, 2, 0, 4, 8]), stall=(0.2, 0.2))


def test_reset_clears_the_flag():
    unit = TASDUnit(TASDConfig(m=4))
    config = unit.config
    _, _, (error,) = play(unit, {unit.i: [0]}, {unit.o: 1}, watch=[unit.error])
    assert error == 1
    unit = TASDUnit(config)
    beat = beats_in(config, blocks_of(config, 1), 1)

    class OnceBad(list):
        """Without marks until reset, with marks after."""
        reads = 0

        def __getitem__(self, key):
            self.reads += 1
            return 0 if self.reads == 1 else super().__getitem__(key)

    sent = OnceBad(beat)
    _, _, (error,) = play(unit, {unit.i: sent}, {unit.o: 1}, watch=[unit.error], reset_at=5)
    assert sent.reads == 2 and error == 0


def test_prune_unit_keeps_the_n_largest():
    config = PruneConfig(m=8)
    blocks = blocks_of(config, 40)
    unit = PruneUnit(config)
    (received,), _, _ = play(unit, {unit.i: beats_in(config, blocks, 1 << 2)}, {unit.o: 40}, stall=(0.2, 0.2))
    for block, (_, beat) in zip(blocks, received, strict=True):
        entries = [unpack(beat >> 11 * place, -8, 3) for place in range(3)]
        want = sorted(range(8), key=lambda k: (-abs(block[k]), k))[:3]
        assert entries == [[block[k], k] for k in want]


def test_validation():
    with pytest.raises(ConfigError, match=r"^m must be 4, 8 or 16, not 5$"):
        TASDConfig.parse({"m": 5})
    with pytest.raises(ConfigError, match=r"^width must be less than or equal to 16, not 17$"):
        TASDConfig.parse({"width": 17})
    with pytest.raises(ConfigError, match=r"^style must be 'rank' or 'tree', not 'heap'$"):
        TASDConfig.parse({"style": "heap"})
    with pytest.raises(TypeError, match=r"^config must be of type TASDConfig, not 8$"):
        TASDUnit(8)

"""hdl/units/decompress.py: every nibble, every code of small patterns, stalls, reset, throughput, the error flag."""

import itertools

import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal, Value
from amaranth.sim import Simulator

from tamis.golden.units.decompress import decompressed
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.unit import ConfigError
from tests.support.simulate import pack, play, unpack

FORMS = [("2:4", "pairs"), ("1:2", "pairs"), ("2:4", "mask"), ("1:2", "mask"), ("2:4", "index"), ("1:2", "index"),
         ("3:5", "index"), ("3:5", "mask"), ("4:8", "index"), ("4:8", "mask"), ("4:4", "index"), ("4:4", "mask"),
         ("1:8", "index"), ("7:8", "mask"), ("2:32", "mask"), ("3:32", "index")]


def bits_of(config):
    return 4 if config.nibble else config.m if config.form == "mask" else (config.m - 1).bit_length()


def packed(config, values, code):
    if config.form == "index":
        return pack(*itertools.chain(*(((value, config.width), (index, bits_of(config)))
                                       for value, index in zip(values, code, strict=True))))
    return pack(*((v, config.width) for v in values), (code, bits_of(config)))


def check(config, values, codes, **options):
    """Plays blocks; returns the cycles of output and input beats."""
    blocks, illegal = decompressed(np.array(values), np.array(codes), config.pattern, config.form)
    unit = Decompressor(config)
    sent = [packed(config, *beat) for beat in zip(values, codes, strict=True)]
    (received,), (taken,), (error,) = play(unit, {unit.i: sent}, {unit.o: len(sent)}, watch=[unit.error], **options)
    sign = -config.width if config.signed else config.width
    for (_, beat), block, bad in zip(received, blocks.tolist(), illegal.tolist(), strict=True):
        assert unpack(beat, *[sign] * config.m, 1) == [*block, bad]
    assert error == illegal.any()
    return [cycle for cycle, _ in received], taken


def random_beats(config, count, seed=0, spoilt=0.2):
    """Values and mostly legal codes."""
    rng = np.random.default_rng(seed)
    low, high = (-1 << config.width - 1, 1 << config.width - 1) if config.signed else (0, 1 << config.width)
    values = rng.integers(low, high, (count, config.n)).tolist()
    codes = []
    for _ in range(count):
        places = rng.permutation(config.m)[: config.n].tolist()
        if config.form == "index":
            code = places
        elif config.nibble and config.m == 2:
            code = {"pairs": (0x4, 0xE), "mask": (0x3, 0xC)}[config.form][places[0]]
        else:
            i, j = min(places), max(places)
            code = i | j << 2 if config.form == "pairs" else sum(1 << place for place in places)
        if rng.random() < spoilt:
            size = config.n if config.form == "index" else None
            code = rng.integers(0, 1 << bits_of(config), size).tolist()
        codes.append(code)
    return values, codes


@pytest.mark.parametrize(("pattern", "form"), FORMS)
def test_to_the_bit_under_stalls(pattern, form):
    for seed, stall in enumerate([(0.0, 0.0), (0.3, 0.3), (0.0, 0.6)]):
        config = DecompressConfig(pattern=pattern, form=form, width=(8, 2, 32)[seed], signed=seed != 1)
        check(config, *random_beats(config, 60, seed), stall=stall, seed=seed)


@pytest.mark.parametrize(("pattern", "form"), [("2:4", "pairs"), ("2:4", "mask"), ("1:2", "pairs"), ("1:2", "mask")])
def test_every_nibble_with_every_pair_of_crumbs(pattern, form):
    config = DecompressConfig(pattern=pattern, form=form, width=2)
    beats = list(itertools.product(itertools.product(range(-2, 2), repeat=config.n), range(16)))
    check(config, *map(list, zip(*beats, strict=True)))


@pytest.mark.parametrize(("pattern", "form"), [("2:4", "index"), ("3:5", "index"), ("3:5", "mask"), ("2:3", "index"),
                                               ("4:8", "mask"), ("1:3", "mask"), ("1:4", "index")])
def test_every_code(pattern, form):
    config = DecompressConfig(pattern=pattern, form=form)
    codes = list(range(1 << bits_of(config)))
    codes = list(itertools.product(codes, repeat=config.n)) if form == "index" else codes
    check(config, [list(range(-1, -1 - config.n, -1))] * len(codes), codes)


def test_latency_and_throughput():
    config = DecompressConfig()
    out, taken = check(config, *random_beats(config, 30))
    assert taken == list(range(30)) and out == [cycle + config.latency for cycle in taken]


def test_reset_in_the_middle():
    for moment in range(1, 12, 3):
        for spoilt in (0, 1):
            config = DecompressConfig(form="mask")
            check(config, *random_beats(config, 15, moment, spoilt), stall=(0.2, 0.2), seed=moment, reset_at=moment)


def test_error_stays_until_reset():
    config = DecompressConfig(form="pairs")
    unit = Decompressor(config)
    reset = Signal()
    seen = []

    async def bench(ctx):
        ctx.set(unit.o.ready, 1)
        ctx.set(unit.i.valid, 1)
        for code in (0xE, 0x0, 0xE, 0xE):
            ctx.set(Value.cast(unit.i.payload), packed(config, (1, 2), code))
            await ctx.tick()
            seen.append(ctx.get(unit.error))
        ctx.set(reset, 1)
        await ctx.tick()
        seen.append(ctx.get(unit.error))

    sim = Simulator(ResetInserter(reset)(unit))
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    assert seen == [0, 1, 1, 1, 0]


def test_validation():
    with pytest.raises(ConfigError, match=r"^pattern must be N:M with 1 <= N <= M, not '5:4'$"):
        DecompressConfig.parse({"pattern": "5:4"})
    with pytest.raises(ConfigError, match=r"^pattern must have M from 2 to 32, not '1:1'$"):
        DecompressConfig.parse({"pattern": "1:1"})
    with pytest.raises(ConfigError, match=r"^pattern must be 2:4 or 1:2 for form 'pairs', not '2:8'$"):
        DecompressConfig.parse({"pattern": "2:8", "form": "pairs"})
    with pytest.raises(ConfigError, match=r"^form must be 'index', 'pairs' or 'mask', not 'coo'$"):
        DecompressConfig.parse({"form": "coo"})
    with pytest.raises(TypeError, match=r"^config must be of type DecompressConfig, not 3$"):
        Decompressor(3)

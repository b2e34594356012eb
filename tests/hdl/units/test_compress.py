"""compress.py: every pattern of zeros, stalls, reset, throughput, the error flag, and through the decompressor."""

import itertools

import numpy as np
import pytest

from tamis.golden.units.decompress import compressed
from tamis.hdl.units.compress import CompressConfig, Compressor
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.unit import ConfigError
from tests.support.simulate import pack, play, unpack

FORMS = [("2:4", "pairs"), ("1:2", "pairs"), ("2:4", "mask"), ("1:2", "mask"), ("2:4", "index"), ("1:2", "index"),
         ("3:5", "index"), ("3:5", "mask"), ("4:8", "index"), ("4:8", "mask"), ("4:4", "index"), ("4:4", "mask"),
         ("1:8", "index"), ("7:8", "mask"), ("1:2", "index"), ("3:4", "index")]


def check(config, blocks, **options):
    """Plays blocks; returns the cycles of output and input beats."""
    values, codes, over = (part.tolist() for part in compressed(blocks, config.pattern, config.form))
    unit = Compressor(config)
    sent = [pack(*((value, config.width) for value in block)) for block in blocks.tolist()]
    (received,), (taken,), (error,) = play(unit, {unit.i: sent}, {unit.o: len(sent)}, watch=[unit.error], **options)
    sign = -config.width if config.signed else config.width
    for (_, beat), value, code, lost in zip(received, values, codes, over, strict=True):
        if config.form == "index":
            bits = (config.m - 1).bit_length()
            want = [*itertools.chain(*zip(value, code, strict=True)), lost]
            assert unpack(beat, *[sign, bits] * config.n, 1) == want
        else:
            assert unpack(beat, *[sign] * config.n, 4 if config.nibble else config.m, 1) == [*value, code, lost]
    assert error == any(over)
    return [cycle for cycle, _ in received], taken


def random_blocks(config, count, seed=0, density=0.5):
    rng = np.random.default_rng(seed)
    low, high = (-1 << config.width - 1, 1 << config.width - 1) if config.signed else (0, 1 << config.width)
    blocks = rng.integers(low, high, (count, config.m))
    return blocks * (rng.random(blocks.shape) < density)


@pytest.mark.parametrize(("pattern", "form"), FORMS)
def test_to_the_bit_under_stalls(pattern, form):
    for seed, stall in enumerate([(0.0, 0.0), (0.3, 0.3), (0.0, 0.6)]):
        config = CompressConfig(pattern=pattern, form=form, width=(8, 2, 32)[seed], signed=seed != 1)
        check(config, random_blocks(config, 60, seed, config.pattern.density), stall=stall, seed=seed)


@pytest.mark.parametrize(("pattern", "form"), [(pattern, form) for pattern, form in FORMS if pattern != "3:5"])
def test_every_pattern_of_zeros(pattern, form):
    config = CompressConfig(pattern=pattern, form=form, width=5)
    flags = np.array(list(itertools.product((0, 1), repeat=config.m)))
    check(config, flags * -np.arange(1, config.m + 1))


@pytest.mark.parametrize("form", ["pairs", "mask", "index"])
def test_every_block_of_crumbs(form):
    config = CompressConfig(width=2, form=form)
    check(config, np.array(list(itertools.product(range(-2, 2), repeat=4))))


def test_the_decompressor_turns_it_back():
    for pattern, form in FORMS:
        config = CompressConfig(pattern=pattern, form=form)
        blocks = random_blocks(config, 80, density=config.pattern.density / 2)
        blocks = blocks[np.count_nonzero(blocks, -1) <= config.n]
        assert len(blocks) > 20
        sent = [pack(*((value, config.width) for value in block)) for block in blocks.tolist()]
        there, back = Compressor(config), Decompressor(DecompressConfig(**config.model_dump()))
        (narrow,), _, (error,) = play(there, {there.i: sent}, {there.o: len(sent)}, watch=[there.error])
        bits = 1 << config.compressed_layout.size
        (wide,), _, (wrong,) = play(back, {back.i: [beat & (bits - 1) for _, beat in narrow]}, {back.o: len(sent)},
                                    watch=[back.error])
        assert [beat for _, beat in wide] == sent and not error and not wrong


def test_latency_and_throughput():
    config = CompressConfig()
    out, taken = check(config, random_blocks(config, 30))
    assert taken == list(range(30)) and out == [cycle + config.latency for cycle in taken]


def test_reset_in_the_middle():
    for moment in range(1, 12, 3):
        for density in (0.1, 1):
            config = CompressConfig(form="mask")
            check(config, random_blocks(config, 15, moment, density), stall=(0.2, 0.2), seed=moment, reset_at=moment)


def test_validation():
    with pytest.raises(ConfigError, match=r"^pattern must be N:M with 1 <= N <= M, not '5:4'$"):
        CompressConfig.parse({"pattern": "5:4"})
    with pytest.raises(TypeError, match=r"^config must be of type CompressConfig, not DecompressConfig\("):
        Compressor(DecompressConfig())

"""hdl/units/tasd_pool.py: which pools stall two blocks per cycle; every block from its unit, under stalls and reset."""

import numpy as np
import pytest

from tamis.golden.units import tasd as golden
from tamis.hdl.units.tasd import TASDConfig
from tamis.hdl.units.tasd_pool import TASDPool, TASDPoolConfig
from tamis.hdl.units.unit import ConfigError
from tests.support.simulate import pack, play


def run(config, marks, beats, seed=0, **options):
    """Plays random beats; asserts that every unit gives its blocks; returns the cycles in which beats were taken."""
    rng = np.random.default_rng(seed)
    unit, lanes = config.unit, config.blocks_per_cycle
    blocks = rng.integers(-1 << unit.width - 1, 1 << unit.width - 1, (beats, lanes, unit.m)).astype(np.int32)
    sent = [pack(*((x, unit.width) for x in beat.flat), (marks, unit.m)) for beat in blocks]
    owner = golden.pool_units(beats, lanes, config.units)
    bits = (unit.m - 1).bit_length()
    want = []
    for k in range(config.units):
        mine = blocks[owner == k]
        if unit.style == "tree":
            want.append([pack((v, unit.width), (i, bits), (t, 1), (e, 1), (r, 1))
                         for v, i, t, e, r in zip(*golden.streamed(mine, marks), strict=True)])
        else:
            want.append([pack(*(f for v, i in zip(vs, js, strict=True) for f in ((v, unit.width), (i, bits))),
                              (marks, unit.m), (left, 1))
                         for vs, js, left in zip(*golden.ranked(mine, marks), strict=True)])
    pool = TASDPool(config)
    received, (taken,), _ = play(pool, {pool.i: sent}, {pool.o[k]: len(w) for k, w in enumerate(want)}, **options)
    assert [[beat for _, beat in unit] for unit in received] == want
    return taken


@pytest.mark.parametrize(("style", "units", "never"), [("tree", 16, True), ("tree", 15, False), ("rank", 2, True)])
def test_the_papers_16_tree_units_never_stall_and_15_do_and_2_rank_units_never_do(style, units, never):
    config = TASDPoolConfig(unit=TASDConfig(style=style), blocks_per_cycle=2, units=units)
    taken = run(config, golden.marks("4:8+4:8", 8), 18)
    assert (taken == list(range(18))) == never


def test_sustained_is_where_stalls_begin():
    config = TASDPoolConfig(unit=TASDConfig(m=4, width=4, style="tree"), blocks_per_cycle=2, units=5)
    assert config.sustained == 2
    for kept in range(1, 5):
        assert (run(config, 1 << (kept - 1), 20) == list(range(20))) == (kept <= 2)


@pytest.mark.parametrize(("style", "units"), [("tree", 8), ("tree", 7), ("rank", 3)])
def test_stalls_and_reset(style, units):
    config = TASDPoolConfig(unit=TASDConfig(m=4, width=4, style=style), blocks_per_cycle=3, units=units)
    run(config, 0b101, 20, stall=(0.3, 0.4), seed=1)
    run(config, 0b101, 12, stall=(0.1, 0.4), seed=2, reset_at=9)


def test_defaults_never_stall():
    for style, units in (("rank", 2), ("tree", 16)):
        config = TASDPoolConfig(unit=TASDConfig(style=style))
        assert (config.units, config.sustained) == (units, 8)


def test_validation():
    with pytest.raises(ConfigError, match=r"^units must be at least blocks_per_cycle = 4, not 3$"):
        TASDPoolConfig.parse({"blocks_per_cycle": 4, "units": 3})
    with pytest.raises(TypeError, match=r"^config must be of type TASDPoolConfig, not 7$"):
        TASDPool(7)

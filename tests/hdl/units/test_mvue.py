"""hdl/units/mvue.py and hdl/lib/lfsr.py: to the bit under stalls and reset, latency, throughput, validation."""

import shutil

import numpy as np
import pytest

from tamis.golden.units import lfsr as golden_lfsr
from tamis.golden.units.mvue import prune_1_2, sequence
from tamis.golden.units.mvue24 import prune_2_4
from tamis.hdl.lib.lfsr import LFSR, TAPS
from tamis.hdl.units.mvue import MVUEConfig, MVUEUnit
from tamis.hdl.units.unit import ConfigError
from tests.support.replay import replay
from tests.support.simulate import pack, play

ICARUS = pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog is not installed")


def corners(rng, width, shape):
    """Random elements, a third of them corners."""
    top = 1 << width - 1
    elements = rng.integers(-top, top, shape)
    corner = rng.random(shape) < 0.3
    elements[corner] = rng.choice([-top, top - 1, 0, 0, 1, -1], corner.sum())
    return elements


def beats_of(config, count, seed=0, first=1):
    """Payloads in and out of random blocks."""
    rng = np.random.default_rng(seed)
    blocks = corners(rng, config.width, (count, config.lanes, 2 * config.kept))
    u = sequence(config.u_bits, first, config.lanes, count)
    values, indices = (prune_1_2 if config.pattern == "1:2" else prune_2_4)(blocks, u, config.u_bits)
    fields = np.stack([values, indices], -1).reshape(count, -1, 2)
    sent = [pack(*((x, config.width) for x in beat.flat)) for beat in blocks]
    want = [pack(*(field for v, i in beat for field in ((v, config.width + config.kept), (i, config.kept))),
                 *((n, config.u_bits) for n in ns)) for beat, ns in zip(fields, u, strict=True)]
    return sent, want


def check(config, count, first=None, **options):
    """`first`: lane 0's number; None leaves the port at its default, 1. A reset loads the seeds."""
    unit = MVUEUnit(config)
    sent, want = beats_of(config, count, options.get("seed", 0), first or 1)
    if first is not None:
        seeds = golden_lfsr.lane_seeds(config.u_bits, first, config.lanes)
        options |= {"set_before": [(unit.seed.as_value(), pack(*((x, config.u_bits) for x in seeds)))]}
    options.setdefault("reset_at", 0)
    (received,), (taken,), _ = play(unit, {unit.i: sent}, {unit.o: len(want)}, **options)
    assert [beat for _, beat in received] == want
    return [cycle for cycle, _ in received], taken


@pytest.mark.parametrize(("fields", "first"), [
    ({}, None), ({"width": 2, "u_bits": 8, "lanes": 1}, 255), ({"width": 16, "u_bits": 24}, 99),
    ({"width": 5, "u_bits": 12, "lanes": 3}, 4095), ({"u_bits": 10}, 2), ({"u_bits": 20}, 777),
    ({"pattern": "2:4"}, None), ({"pattern": "2:4", "width": 2, "u_bits": 8, "lanes": 1}, 7),
    ({"pattern": "2:4", "width": 16, "u_bits": 24, "lanes": 1}, 99),
    ({"pattern": "2:4", "width": 5, "u_bits": 12, "lanes": 3}, 4095)])
def test_to_the_bit_under_stalls(fields, first):
    for seed, stall in enumerate([(0.5, 0.0), (0.0, 0.5), (0.3, 0.3)]):
        check(MVUEConfig(**fields), 80, first, stall=stall, seed=seed)


def test_seed_0_counts_as_1():
    unit = MVUEUnit(MVUEConfig(u_bits=8, lanes=1))
    sent, want = beats_of(unit.config, 10)
    (received,), _, _ = play(unit, {unit.i: sent}, {unit.o: 10}, reset_at=0, set_before=[(unit.seed.as_value(), 0)])
    assert [beat for _, beat in received] == want


def test_latency_and_throughput():
    unit = MVUEUnit()
    out, taken = check(unit.config, 30)
    assert taken == list(range(1, 31)) and out == [cycle + unit.latency for cycle in taken]


def test_reset_starts_the_sequence_again():
    for moment in range(2, 10, 3):
        check(MVUEConfig(width=4, u_bits=8), 20, 200, stall=(0.2, 0.2), seed=moment, reset_at=moment)


@ICARUS
def test_many_in_verilog():
    config = MVUEConfig(lanes=1)
    sent, want = beats_of(config, 20000, 5)
    assert replay(MVUEUnit(config), sent, len(want), stall=(0.1, 0.1), more={"seed": 1}) == want


def test_seeds_are_golden_s():
    assert LFSR.seeds(width=12, seed=77, lanes=5) == golden_lfsr.lane_seeds(12, 77, 5)


def test_taps_and_strides_are_golden_s():
    assert TAPS == golden_lfsr.TAPS
    assert [LFSR(width=width).stride for width in TAPS] == [golden_lfsr.stride(width) for width in TAPS]


def test_validation():
    with pytest.raises(ConfigError, match=r"^u_bits must be 8, 10, 12, 16, 20 or 24, not 9$"):
        MVUEConfig.parse({"u_bits": 9})
    with pytest.raises(TypeError, match=r"^config must be of type MVUEConfig, not 1$"):
        MVUEUnit(1)
    with pytest.raises(ValueError, match=r"^width must be one of 8, 10, 12, 16, 20, 24, not 9$"):
        LFSR(width=9)
    with pytest.raises(ValueError, match=r"^seed must be an integer from 1 to 255, not 0$"):
        LFSR(width=8, seed=0)

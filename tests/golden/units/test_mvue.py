"""golden/units/lfsr.py and mvue.py: maximal length, the definition, and the bias bound over whole cycles."""

import numpy as np
import pytest

from tamis.golden.mvue import sample_1_2
from tamis.golden.units import lfsr
from tamis.golden.units.mvue import bias_bound, prune_1_2, sequence

PRIMES = {8: (3, 5, 17), 10: (3, 11, 31), 12: (3, 5, 7, 13), 16: (3, 5, 17, 257), 20: (3, 5, 11, 31, 41),
          24: (3, 5, 7, 13, 17, 241)}


@pytest.mark.parametrize("width", lfsr.TAPS)
def test_every_register_has_maximal_length(width):
    period, identity = (1 << width) - 1, [1 << i for i in range(width)]
    left = period
    for prime in PRIMES[width]:
        while left % prime == 0:
            left //= prime
    assert left == 1  # these are all the primes of the period
    assert lfsr.leap(width, period) == identity
    for prime in PRIMES[width]:
        assert lfsr.leap(width, period // prime) != identity


def test_numbers_step_by_step():
    for width in (8, 12):
        state, got = 1, []
        for _ in range(40):
            got.append(state)
            for _ in range(lfsr.stride(width)):
                bit = sum(state >> (tap - 1) for tap in lfsr.TAPS[width]) & 1
                state = (state << 1 | bit) & ((1 << width) - 1)
        assert lfsr.numbers(width, 1, 40).tolist() == got


def test_every_number_once_in_a_cycle_and_lanes_apart():
    numbers = lfsr.numbers(12, 77, 4095)
    assert np.array_equal(np.sort(numbers), np.arange(1, 4096))
    seeds = lfsr.lane_seeds(12, 77, 4)
    assert [numbers.tolist().index(seed) for seed in seeds] == [0, 1023, 2046, 3069]


def test_prune_is_the_sampler_of_golden_mvue():
    rng = np.random.default_rng(0)
    pairs, u = rng.integers(-128, 128, (5000, 2)), rng.integers(1, 1 << 16, 5000)
    values, indices = prune_1_2(pairs, u, 16)
    want = sample_1_2(pairs.reshape(-1), u / 65536).reshape(-1, 2)
    assert np.array_equal(np.take_along_axis(want, indices[:, None], -1)[:, 0], values)
    assert np.array_equal(want.sum(-1), values)


def test_bias_of_every_int8_pair_over_a_whole_cycle_is_within_the_bound():
    a, b = (side.reshape(-1) for side in np.meshgrid(np.arange(129), np.arange(129)))
    total = a + b
    kept = np.maximum(-(-a * 65536 // np.maximum(total, 1)) - 1, 0)  # numbers U with U S < a 2^16
    kept[(b == 0) & (a > 0)] = 65535
    bias = np.abs(kept * total / 65535 - a)
    assert (bias <= bias_bound(np.stack([a, b], -1), 16)).all()
    assert 0.001 < bias.max() < 0.002 and not bias[(a == 0) | (b == 0)].any()
    u = lfsr.numbers(16, 1, 65535)
    for k in np.random.default_rng(1).integers(0, len(a), 5):
        _, index = prune_1_2(np.broadcast_to([a[k], b[k]], (65535, 2)), u, 16)
        assert (index == 0).sum() == kept[k]


def test_a_million_random_blocks_are_unbiased():
    rng = np.random.default_rng(2)
    pairs = rng.integers(-128, 128, (65535 * 16, 2))
    u = np.tile(lfsr.numbers(16, 9, 65535), 16)
    values, indices = prune_1_2(pairs, u, 16)
    out = np.zeros(pairs.shape)
    np.put_along_axis(out, indices[:, None], values[:, None], -1)
    deviation = np.sqrt(2 * np.abs(pairs.prod(-1)).mean() / 2 / len(pairs))  # of the mean of one element
    assert (np.abs((out - pairs).mean(0)) < 4 * deviation).all()


def test_sequence_is_one_column_a_lane():
    got = sequence(10, 5, 3, 7)
    for lane, seed in enumerate(lfsr.lane_seeds(10, 5, 3)):
        assert np.array_equal(got[:, lane], lfsr.numbers(10, seed, 7))


def test_refusals():
    with pytest.raises(ValueError, match=r"^u must be from 1 to 255, not 0 to 0$"):
        prune_1_2(np.zeros((1, 2), int), np.zeros(1, int), 8)
    with pytest.raises(ValueError, match=r"^u must have shape \(\.\.\.\) for pairs"):
        prune_1_2(np.zeros((1, 2), int), np.ones(2, int), 8)
    with pytest.raises(ValueError, match=r"^seed must be from 1 to 255, not 0$"):
        lfsr.numbers(8, 0, 1)

"""golden/units/mvue24.py: unbiased within the bound, of least variance, exact where two are not zero."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from tamis.golden.mvue import approx_variance, inclusion, variance
from tamis.golden.units import lfsr
from tamis.golden.units.mvue24 import bias_bound, prune_2_4


def dense(blocks, u, bits):
    values, indices = prune_2_4(blocks, u, bits)
    out = np.zeros(blocks.shape)
    np.put_along_axis(out, indices, values / 2, -1)
    return out


def over_a_cycle(blocks, bits):
    """Mean and variance of what comes out, over every u there is."""
    mean, square = np.zeros(blocks.shape), np.zeros(blocks.shape)
    for u in range(1, 1 << bits):
        out = dense(blocks, np.full(len(blocks), u), bits)
        mean += out
        square += (out - blocks) ** 2
    return mean / ((1 << bits) - 1), square.sum(-1) / ((1 << bits) - 1)


def int4_blocks():
    """Every block of magnitudes up to 8, signs drawn."""
    blocks = np.array(list(product(range(9), repeat=4)))
    return np.where((np.random.default_rng(0).random(blocks.shape) < 0.5) & (blocks < 8), blocks, -blocks)


def corners(rng, top, count):
    blocks = rng.integers(-top, top, (count, 4))
    corner = rng.random(blocks.shape) < 0.3
    blocks[corner] = rng.choice([-top, top - 1, 0, 0, 1, -1], corner.sum())
    return blocks


def bias_by_counting(blocks, bits):
    """Of every element over a whole cycle: how many U lie below each end of an interval, instead of trying them all."""
    period, sizes = (1 << bits) - 1, np.abs(blocks)
    total = sizes.sum(-1)
    c = np.minimum(total, 2 * (total - sizes.max(-1)))
    swap = sizes[:, 2:].sum(-1) > sizes[:, :2].sum(-1)
    order = np.where(swap[:, None], [2, 3, 0, 1], [0, 1, 2, 3])
    x0, x1, y0, y1 = np.take_along_axis(sizes, order, -1).T
    larger, smaller = np.maximum(x0, x1), np.minimum(x0, x1)

    def below(end):
        count = -(-np.clip(end, 0, c) * (1 << bits) // np.maximum(c, 1)) - 1
        return np.where(end >= c, period, np.maximum(count, 0))

    alone, either = below(y0 + y1 - larger + smaller), below(2 * (y0 + y1))
    few, many = alone + period - either, period - alone
    kept = np.stack([np.where(x1 > x0, few, many), np.where(x1 > x0, many, few), below(2 * y0), either - below(2 * y0)])
    size = np.maximum(2 * np.take_along_axis(sizes, order, -1), c[:, None]) / 2
    return np.abs(kept.T * size / period - np.take_along_axis(sizes, order, -1)).max(-1)


@pytest.mark.parametrize(("width", "bits", "most"), [(8, 12, 0.09), (8, 16, 0.006), (16, 16, 1.5)])
def test_bias_of_a_million_random_blocks_is_within_the_bound(width, bits, most):
    rng = np.random.default_rng(5)
    blocks = corners(rng, 1 << width - 1, 1000000)
    bias = bias_by_counting(blocks, bits)
    assert (bias <= bias_bound(blocks, bits)).all()
    assert most / 2 < bias.max() <= most
    few = corners(rng, 128, 300)
    mean, _ = over_a_cycle(few, 8)
    assert np.allclose(bias_by_counting(few, 8), np.abs(mean - few).max(-1), atol=1e-9)


def test_every_int4_block_over_every_u():
    blocks = int4_blocks()
    mean, spread = over_a_cycle(blocks, 8)
    bias, bound = np.abs(mean - blocks).max(-1), bias_bound(blocks, 8)
    assert (bias <= bound).all() and (bias / np.where(bound, bound, 1)).max() > 0.5
    few = np.count_nonzero(blocks, axis=-1) <= 2
    assert not bias[few].any() and not spread[few].any()
    least = variance(blocks.reshape(-1), "2:4")
    # Each of at most four ends of an interval is off by less than one number, and moves (C / 2)^2 at most.
    assert (np.abs(spread - least) <= 4 * bound * bound * 255 / 4 + 1e-9).all()


def test_the_chance_of_each_element_is_the_best_one():
    rng = np.random.default_rng(1)
    blocks = corners(rng, 128, 40)
    u = np.arange(1, 1 << 16)
    for block in blocks:
        kept = dense(np.broadcast_to(block, (len(u), 4)), u, 16) != 0
        assert np.abs(kept.mean(0) - inclusion(block, "2:4")).max() < 2 / 65535


def test_indices_increase_and_values_are_the_budget_or_the_element_itself():
    rng = np.random.default_rng(2)
    blocks = corners(rng, 128, 20000)
    values, indices = prune_2_4(blocks, rng.integers(1, 256, len(blocks)), 8)
    assert (indices[:, 0] < indices[:, 1]).all() and indices.min() == 0 and indices.max() == 3
    for block, pair, two in zip(blocks[:3000].tolist(), values.tolist(), indices.tolist(), strict=False):
        rest = sum(map(abs, block)) - max(map(abs, block))
        half = min(Fraction(sum(map(abs, block)), 2), rest)
        for value, index in zip(pair, two, strict=True):
            size = max(half, abs(block[index]))
            assert Fraction(value, 2) == (size if block[index] > 0 else -size if block[index] < 0 else 0)


def test_a_million_random_blocks_are_unbiased():
    rng = np.random.default_rng(3)
    u = lfsr.numbers(16, 9, 65535)
    error, spread = np.zeros(4), 0
    for _ in range(16):
        blocks = rng.integers(-128, 128, (65535, 4))
        error += (dense(blocks, u, 16) - blocks).sum(0)
        spread += variance(blocks.reshape(-1), "2:4").sum() / 4
    assert (np.abs(error) < 4 * np.sqrt(spread)).all()


def test_variance_is_below_the_approximate_method_s():
    blocks = corners(np.random.default_rng(4), 128, 4000).reshape(-1)
    ratio = approx_variance(blocks)[variance(blocks, "2:4") > 0] / variance(blocks, "2:4")[variance(blocks, "2:4") > 0]
    assert ratio.min() > 0.999999 and ratio.max() > 1.5


def test_refusals():
    with pytest.raises(ValueError, match=r"^u must be from 1 to 255, not 0 to 0$"):
        prune_2_4(np.zeros((1, 4), int), np.zeros(1, int), 8)
    with pytest.raises(ValueError, match=r"^u must have shape \(\.\.\.\) for blocks"):
        prune_2_4(np.zeros((1, 4), int), np.ones(2, int), 8)

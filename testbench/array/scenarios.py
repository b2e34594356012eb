"""What the array is made to do: each scenario is passes, their start cycles and resets, drawn for one configuration."""

from dataclasses import dataclass

import numpy as np

from tamis.golden.array import Accumulator, Pass, starts

CORNERS = ("zeros", "extremes", "accumulator_limits", "tile_changes", "reset_in_the_middle")
RANDOM = "random_gemms"


@dataclass(frozen=True)
class Scenario:
    """passes, and the cycle each starts in; `resets`: cycles of reset after the first two."""

    passes: list
    starts: np.ndarray
    resets: tuple = ()


def _range(width, signed):
    return (-(1 << width - 1), (1 << width - 1)) if signed else (0, 1 << width)


def _draw(rng, shape, width, signed):
    """Random operands, mostly uniform, with many zeros and extremes."""
    low, end = _range(width, signed)
    values = rng.integers(low, end, shape)
    special = rng.choice([0, low, end - 1, end - 1], shape)
    return np.where(rng.random(shape) < rng.choice([0, 0.3, 0.9]), special, values)


def random_pass(config, rng, length, pattern=None):
    """A pass of random entries, blocks and partial sums over the whole range of each."""
    pattern = pattern or config.patterns[rng.integers(len(config.patterns))]
    blocks = _draw(rng, (length, config.rows // pattern.n, config.m), config.b_width, config.b_signed)
    acc = config.accumulator
    return Pass(_draw(rng, (config.rows, config.cols), config.a_width, config.a_signed),
                rng.integers(0, config.m, (config.rows, config.cols)),
                np.repeat(blocks, pattern.n // config.rows_per_block, axis=1),
                rng.integers(acc.low, acc.high, (length, config.cols), endpoint=True))


def back_to_back(config, passes, gaps=0, first=0):
    lengths = [len(p.blocks) for p in passes]
    return first + starts(lengths, config.pe_rows) + np.cumsum(np.broadcast_to(gaps, len(passes)))


def zeros(config, rng):
    """A, B and C all zero."""
    one = random_pass(config, rng, config.rows + 3)
    empty = Pass(one.values * 0, one.indices, one.blocks * 0, one.c * 0)
    return Scenario([empty, empty], back_to_back(config, [empty, empty]))


def extremes(config, rng):
    """The largest products of either sign in every lane at once: -128 x -128, -128 x 127, 127 x 127."""
    passes = []
    for a in (_range(config.a_width, config.a_signed)[0], _range(config.a_width, config.a_signed)[1] - 1):
        for b in (_range(config.b_width, config.b_signed)[0], _range(config.b_width, config.b_signed)[1] - 1):
            one = random_pass(config, rng, 4)
            passes.append(Pass(np.full_like(one.values, a), one.indices, np.full_like(one.blocks, b), one.c * 0))
    return Scenario(passes, back_to_back(config, passes))


def accumulator_limits(config, rng):
    """Sums as a full-scale K leaves them: at both limits, one short of them and one beyond, then on from there."""
    acc, wide = config.accumulator, Accumulator(62)
    passes = []
    for limit in (acc.low, acc.high):
        one = random_pass(config, rng, 3 * config.cols)
        added = Pass(one.values, one.indices, one.blocks, one.c * 0).output(config.beta, wide)
        aim = limit + (np.arange(added.shape[0])[:, None] + np.arange(added.shape[1])) % 3 - 1
        first = Pass(one.values, one.indices, one.blocks, np.clip(aim - added, acc.low, acc.high))
        passes.append(first)
        for _ in range(3):
            passes.append(Pass(one.values, one.indices, one.blocks, passes[-1].output(config.beta, acc)))
    return Scenario(passes, back_to_back(config, passes))


def tile_changes(config, rng):
    """A new tile after every stream length from 1 on, and with every gap, in every order of short and long."""
    lengths = np.concatenate([np.arange(1, config.pe_rows + 4), rng.integers(1, config.rows + 2, 8)])
    rng.shuffle(lengths)
    passes = [random_pass(config, rng, int(t)) for t in lengths]
    gaps = rng.permutation(np.arange(len(passes)) % (config.pe_rows + 2)) * rng.integers(0, 2, len(passes))
    return Scenario(passes, back_to_back(config, passes, gaps))


def reset_in_the_middle(config, rng):
    """Reset while a pass streams and sums are on their way; then the array is used at once."""
    before = [random_pass(config, rng, config.rows + 2) for _ in range(2)]
    after = [random_pass(config, rng, config.rows) for _ in range(2)]
    first = back_to_back(config, before)
    reset = int(first[1] + rng.integers(0, config.rows))
    cut = reset + 1 - first[1]
    before[1] = Pass(before[1].values, before[1].indices, before[1].blocks[:cut], before[1].c[:cut])
    return Scenario(before + after, np.concatenate([first, back_to_back(config, after, first=reset + 1)]), (reset,))


def random_gemms(config, rng):
    """Whole GEMMs of random shape under every pattern, several tiles deep, ragged edges included, random gaps."""
    passes = []
    for pattern in config.patterns:
        i, j = rng.integers(1, 2 * config.cols + 2), rng.integers(1, 3 * config.rows + 2)
        k = rng.integers(1, 3 * config.depth(pattern) + 1)
        a = _draw(rng, (i, k), config.a_width, config.a_signed)
        b = _draw(rng, (k, j), config.b_width, config.b_signed)
        passes += config.gemm(a, b, pattern)[0]
    gaps = rng.integers(0, config.pe_rows + 1, len(passes)) * (rng.random(len(passes)) < 0.3)
    return Scenario(passes, back_to_back(config, passes, gaps))


def expected(config, scenario):
    """(cycles, sums): what golden says comes out, and when. A reset drops every column that is still on its way."""
    cycles, sums = [], []
    for one, start in zip(scenario.passes, scenario.starts, strict=True):
        entered = start + np.arange(len(one.blocks))
        leaves = entered + config.latency
        kept = np.ones(len(entered), bool)
        for reset in scenario.resets:
            kept &= (entered > reset) | (leaves <= reset)
        cycles.append(leaves[kept])
        sums.append(one.output(config.beta, config.accumulator)[kept])
    return np.concatenate(cycles), np.concatenate(sums)

"""Maximal-length linear feedback shift registers, many steps at a time.

One step shifts the state up by one and puts in the parity of the tapped bits: x^k + ... with the taps of ``TAPS``
(tap t is bit t - 1). The state is never 0 and goes through all 2^k - 1 others. A consumer takes `stride` steps for each
number, so that none of its bits is seen again, and still every state comes once in 2^k - 1 numbers.
"""

import math

import numpy as np

from tamis.golden import _check

__all__ = ["TAPS", "advance", "lane_seeds", "leap", "numbers", "stride"]

TAPS = {8: (8, 6, 5, 4), 10: (10, 7), 12: (12, 11, 8, 6), 16: (16, 14, 13, 11), 20: (20, 17), 24: (24, 23, 22, 17)}


def stride(width):
    """Steps for one number: the least that is at least ``width`` and shares no factor with 2^width - 1."""
    steps = _check.choice(width, "width", tuple(TAPS))
    while math.gcd(steps, (1 << width) - 1) > 1:
        steps += 1
    return steps


def leap(width, steps):
    """[mask]: bit i of the state after that many steps is the parity of the state under mask i."""
    unit, steps = _step(width), _check.integer(steps, "steps", 0)
    rows = [1 << i for i in range(width)]
    while steps:
        if steps & 1:
            rows = _after(unit, rows)
        unit = _after(unit, unit)
        steps >>= 1
    return rows


def _step(width):
    taps = sum(1 << (tap - 1) for tap in TAPS[_check.choice(width, "width", tuple(TAPS))])
    return [taps, *(1 << i for i in range(width - 1))]


def _after(second, first):
    """The masks of ``first`` followed by ``second``."""
    out = []
    for mask in second:
        total = 0
        for i, row in enumerate(first):
            if mask >> i & 1:
                total ^= row
        out.append(total)
    return out


def advance(state, width, steps):
    """The state after ``steps`` steps."""
    masks, state = leap(width, steps), _check.integer(state, "state", 0, (1 << width) - 1)
    return sum(((state & mask).bit_count() & 1) << i for i, mask in enumerate(masks))


def lane_seeds(width, seed, lanes):
    """Where each lane starts: spread evenly over the one cycle of numbers, lane 0 at ``seed`` (1 to 2^width - 1)."""
    step = stride(width)
    seed, lanes = _check.integer(seed, "seed", 1, (1 << width) - 1), _check.integer(lanes, "lanes", 1)
    gap = ((1 << width) - 1) // lanes * step
    return [advance(seed, width, lane * gap) for lane in range(lanes)]


def numbers(width, seed, count):
    """(count,) int64: the state at the start and after every `stride` steps, count - 1 times."""
    step, count = stride(width), _check.integer(count, "count", 0)
    out = np.array([_check.integer(seed, "seed", 1, (1 << width) - 1)], np.int64)
    while len(out) < count:  # twice as many: those that are there, as many steps later
        out = np.concatenate([out, _apply(leap(width, len(out) * step), out)])
    return out[:count]


def _apply(masks, states):
    """The states (n,) under a linear map."""
    result = np.zeros_like(states)
    for i, mask in enumerate(masks):
        bits = states & mask
        for fold in (16, 8, 4, 2, 1):
            bits ^= bits >> fold
        result |= (bits & 1) << i
    return result

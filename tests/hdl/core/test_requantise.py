"""hdl/core/requantise.py against exact fractions."""

import random
from fractions import Fraction

import pytest

from tamis.hdl.core.requantise import Requantise
from tests.support.simulate import pack, play, unpack

LOW, HIGH = -(1 << 31), (1 << 31) - 1
MOST = (1 << 15) - 1  # of a multiplier
LANES = 1


def exact(total, bias, multiplier, shift, zero_point, relu, width):
    scaled = round(Fraction(min(max(total + bias, LOW), HIGH) * multiplier, 1 << shift))  # halves to even
    code = min(max(scaled + zero_point, -(1 << width - 1)), (1 << width - 1) - 1)
    return max(code, zero_point) if relu else code


def draw(rng, width):
    """Sums and parameters whose codes are in range, at its ends, exact halves, or far out."""
    shift = rng.choice([0, 1, 2, 30, 31, 32, 33, 40, 61, 62, rng.randrange(63)])
    multiplier = rng.choice([1, -1, MOST, -MOST - 1, 1 << rng.randrange(15), rng.randint(-MOST - 1, MOST),
                             rng.randint(1, 99)])
    bias = rng.choice([0, 1, -1, HIGH, LOW, rng.randint(-1000, 1000)])

    def total():
        wanted = rng.randint(-(1 << width), 1 << width) + Fraction(rng.choice([0, 1, 1]), 2)
        near = int(wanted * (1 << shift) / multiplier) - bias + rng.choice([0, 0, 1, -1])
        return min(max(rng.choice([near, near, near, rng.randint(LOW, HIGH), HIGH, LOW, 0]), LOW), HIGH)
    return [total() for _ in range(LANES)], bias, multiplier, shift


@pytest.mark.parametrize(("width", "zero_point", "relu"), [(8, 0, 0), (8, -128, 1), (8, 127, 0), (8, 5, 1), (4, -3, 0),
                                                           (16, 1000, 1)])
def test_codes(width, zero_point, relu):
    rng = random.Random(width + zero_point)
    drawn = [draw(rng, width) for _ in range(150)]
    unit = Requantise(lanes=LANES, width=width, tag=4)
    sent = [pack(*((x, 32) for x in totals), (bias, 32), (multiplier, 16), (shift, 6), (k & 15, 4))
            for k, (totals, bias, multiplier, shift) in enumerate(drawn)]
    (received,), *_ = play(unit, {unit.i: sent}, {unit.o: len(sent)}, stall=(0.2, 0.2),
                                    set_before=[(unit.zero_point, zero_point), (unit.relu, relu)])
    for k, ((totals, *parameters), (_, beat)) in enumerate(zip(drawn, received, strict=True)):
        *codes, tag = unpack(beat, *[-width] * LANES, 4)
        assert (codes, tag) == ([exact(t, *parameters, zero_point, relu, width) for t in totals], k & 15), drawn[k]


def test_latency_and_rate():
    unit = Requantise(lanes=LANES, width=8, tag=4)
    (received,), (taken,), _ = play(unit, {unit.i: [0] * 20}, {unit.o: 20})
    assert [cycle for cycle, _ in received] == [cycle + unit.latency for cycle in taken] == list(range(5, 25))

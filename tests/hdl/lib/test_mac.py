"""hdl/lib/mac.py: exhaustive where it is small, corners and random numbers where it is not, against plain integers."""

import itertools
import random

import pytest
from amaranth.hdl import Cat, Module, Signal, signed, unsigned
from amaranth.sim import Simulator

from tamis.hdl.lib.mac import limits, multiply_add

SIGNS = list(itertools.product((signed, unsigned), repeat=2))


def check(shapes, width, c_shape, vectors):
    """Compare multiply_add with integers on ``vectors``: ([(a, b), ...], c) each."""
    m = Module()
    pairs = [(Signal(a), Signal(b)) for a, b in shapes]
    c = Signal(c_shape)
    inputs = Cat(*(Cat(*pair) for pair in pairs), c)
    stimulus, result = Signal(len(inputs)), Signal(width)
    m.d.comb += [inputs.eq(stimulus), result.eq(multiply_add(m, pairs, c, width))]

    def packed(operands, partial):
        word = offset = 0
        for value, size in zip([*itertools.chain(*operands), partial],
                               [*itertools.chain(*((len(a), len(b)) for a, b in pairs)), len(c)], strict=True):
            word |= (value & ((1 << size) - 1)) << offset
            offset += size
        return word

    async def bench(ctx):
        for operands, partial in vectors:
            ctx.set(stimulus, packed(operands, partial))
            expected = (partial + sum(a * b for a, b in operands)) % (1 << width)
            assert ctx.get(result) == expected, f"{shapes} width {width}: {operands} + {partial}"

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()


def values(shape):
    low, high = limits(shape)
    return range(low, high + 1)


def partials(shape, rng, count=4):
    """Both ends of a range, their neighbours, and some numbers between."""
    low, high = limits(shape)
    return [low, high, 0, -1 if low else 1, *(rng.randint(low, high) for _ in range(count))]


def accumulator(a, b, width):
    return signed(width) if a.signed or b.signed else unsigned(width)


@pytest.mark.parametrize("sign_a, sign_b", SIGNS)
@pytest.mark.parametrize("size_a, size_b", [(2, 2), (2, 4), (3, 3), (4, 2)])
def test_one_product_exhaustive(size_a, size_b, sign_a, sign_b):
    a, b, rng = sign_a(size_a), sign_b(size_b), random.Random(1)
    for width in (size_a, size_a + size_b - 1, size_a + size_b + 3):
        c = accumulator(a, b, width)
        check([(a, b)], width, c, [([pair], partial) for pair in itertools.product(values(a), values(b))
                                   for partial in (values(c) if width < 4 else partials(c, rng, 2))])


@pytest.mark.parametrize("signs", [*itertools.product(SIGNS[:1] + SIGNS[3:], repeat=2), (SIGNS[1], SIGNS[2])])
def test_two_products_exhaustive(signs):
    shapes = [(sign_a(2), sign_b(2)) for sign_a, sign_b in signs]
    shape, rng = signed(7), random.Random(2)
    for width in (4, 7):
        check(shapes, width, shape, [(operands, partial) for operands in _all(shapes)
                                     for partial in partials(shape, rng, 1)])


@pytest.mark.parametrize("sign_a, sign_b", SIGNS[::2])
def test_three_products_exhaustive(sign_a, sign_b):
    shapes = [(sign_a(2), sign_b(2))] * 3
    shape, rng = accumulator(*shapes[0], 8), random.Random(5)
    check(shapes, 8, shape, [(operands, partial) for operands in _all(shapes)
                               for partial in rng.choices(limits(shape))])


def _all(shapes):
    every = itertools.product(*(itertools.product(values(a), values(b)) for a, b in shapes))
    return [list(operands) for operands in every]


@pytest.mark.parametrize("sign_a, sign_b", SIGNS)
@pytest.mark.parametrize("size_a, size_b, beta, width", [
    (8, 8, 1, 32), (8, 8, 3, 18), (16, 16, 1, 48), (16, 2, 4, 24), (4, 8, 2, 9), (8, 8, 1, 8),
])
def test_corners_and_random(size_a, size_b, beta, width, sign_a, sign_b):
    a, b, rng = sign_a(size_a), sign_b(size_b), random.Random(3)
    c = accumulator(a, b, width)
    vectors = [([(x, y)] * beta, z) for x in partials(a, rng, 0) for y in partials(b, rng, 0)
               for z in partials(c, rng, 1)]
    for _ in range(25):
        pick = [[rng.choice(partials(shape, rng)) for shape in (a, b)] for _ in range(beta)]
        vectors.append(([tuple(pair) for pair in pick], rng.choice(partials(c, rng))))
    check([(a, b)] * beta, width, c, vectors)


def test_partial_sum_of_another_width():
    a, rng = signed(4), random.Random(4)
    for c in (signed(5), unsigned(5), signed(20)):
        check([(a, a)], 12, c, [([(x, y)], z) for x in (-8, 7, 3) for y in (-8, 7, -1) for z in partials(c, rng)])


def test_no_pair():
    with pytest.raises(ValueError, match=r"^pairs must have at least one \(a, b\), not \[\]$"):
        multiply_add(Module(), [], Signal(8), 8)


def test_too_narrow():
    with pytest.raises(ValueError, match=r"^width must be at least 2, not 1$"):
        multiply_add(Module(), [(Signal(2), Signal(2))], Signal(8), 1)

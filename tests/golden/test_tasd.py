"""tamis.golden.tasd against loops, exact rationals and the paper's figures."""

import tracemalloc
from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tamis.golden import tasd
from tamis.golden.pattern import Pattern, Series
from tamis.golden.prune import topn_mask

FIG4 = np.array([[4, 1, 3, 2, 0, 3, 0, 0], [3, 1, 2, 0, 0, 2, 0, 4]])
SERIES = ["2:4", "3:4", "2:4+2:8", "4:8+1:8", "1:2+1:4+1:8", "4:8+1:4", "1:1", "2:4+2:4+2:4", "3:8+2:4+1:8+1:8"]


def slow_decompose(a, series):
    """One element at a time, in Python numbers."""
    residual = a.copy()
    terms = []
    for term in Series.parse(series).terms:
        taken = np.zeros_like(a)
        rows, left = taken.reshape(-1, a.shape[-1]), residual.reshape(-1, a.shape[-1])
        for row in range(len(rows)):
            for start in range(0, a.shape[-1], term.m):
                for _ in range(term.n):
                    best = max(range(start, start + term.m), key=lambda i, v=left[row]: (abs(v[i].item()), -i))
                    if left[row, best]:
                        rows[row, best] = left[row, best]
                        left[row, best] = 0
        terms.append(taken)
    return terms, residual


@st.composite
def operands(draw):
    dtype = np.dtype(draw(st.sampled_from([np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64])))
    elements = st.integers(0, 3)
    if dtype.kind == "f":
        elements = hnp.from_dtype(dtype, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0, -1.0])
    elif dtype.kind == "i":
        elements = hnp.from_dtype(dtype) | st.integers(-2, 2)
    shape = (*draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)), 8 * draw(st.integers(1, 2)))
    return draw(hnp.arrays(dtype, shape, elements=elements)), draw(st.sampled_from(SERIES))


@given(operands())
def test_decompose_is_the_loop_and_loses_nothing(case):
    a, series = case
    before = a.tobytes()
    terms, residual = tasd.decompose(a, series)
    slow_terms, slow_residual = slow_decompose(a, series)
    assert len(terms) == len(slow_terms)
    for term, slow in zip([*terms, residual], [*slow_terms, slow_residual], strict=True):
        assert term.dtype == a.dtype and np.array_equal(term, slow)
    total = residual
    for term in terms:
        total = total + term
    assert np.array_equal(total, a) and a.tobytes() == before
    assert np.array_equal(tasd.approximate(a, series), a - slow_residual)


@given(operands())
def test_every_term_is_its_own_view(case):
    a, series = case
    rest = a
    terms, _ = tasd.decompose(a, series)
    for pattern, term in zip(Series.parse(series).terms, terms, strict=True):
        assert (np.count_nonzero(term.reshape(-1, pattern.m), axis=-1) <= pattern.n).all()
        assert np.array_equal(term, np.where(topn_mask(rest, pattern), rest, 0))
        rest = rest - term


@given(operands())
def test_idempotent(case):
    a, series = case
    once = tasd.approximate(a, series)
    if len({term.m for term in Series.parse(series).terms}) == 1:  # elsewhere a second pass may rank otherwise
        assert np.array_equal(tasd.approximate(once, series), once)


@settings(max_examples=30)
@given(operands())
def test_equal_m_composes(case):
    a, _ = case
    for text in ("4:8+1:8", "1:8+4:8", "2:4+2:4+2:4", "5:8+2:8"):
        assert np.array_equal(tasd.approximate(a, text), tasd.approximate(a, Series.parse(text).compose()))


def test_more_than_one_chunk_and_a_long_block():
    a = np.random.default_rng(0).integers(-9, 10, (3, 70_000)).astype(np.int8)
    terms, residual = tasd.decompose(a, "2:4+2:8")
    slow_terms, slow_residual = slow_decompose(a[:, -400:], "2:4+2:8")
    assert all(np.array_equal(t[:, -400:], s) for t, s in zip(terms, slow_terms, strict=True))
    assert np.array_equal(residual[:, -400:], slow_residual)
    assert np.array_equal(sum(terms) + residual, a)
    terms, residual = tasd.decompose(a[:, :200], "7:50+3:50")
    slow_terms, slow_residual = slow_decompose(a[:, :200], "7:50+3:50")
    assert all(np.array_equal(t, s) for t, s in zip([*terms, residual], [*slow_terms, slow_residual], strict=True))


def test_figure_4():
    assert np.count_nonzero(FIG4) == 10 and FIG4.sum() == 25
    assert tasd.dropped(FIG4, "2:4") == (0.3, 0.16)
    assert tasd.dropped(FIG4, "3:4") == (0.1, 0.04)
    assert tasd.dropped(FIG4, "2:4+2:8") == (0.0, 0.0)
    assert np.array_equal(tasd.approximate(FIG4, "2:4+2:8"), FIG4)


@given(operands())
def test_dropped_is_the_rational(case):
    a, series = case
    _, residual = slow_decompose(a, series)
    count, magnitude = tasd.dropped(a, series)
    numbers = [Fraction(v.item()) for v in a.flat]
    lost = [Fraction(v.item()) for v in residual.flat]
    total = sum(map(abs, numbers))
    assert count == (float(Fraction(sum(map(bool, lost)), sum(map(bool, numbers)))) if total else 0.0)
    if total:
        exact = sum(map(abs, lost)) / total
        assert magnitude == (float(exact) if a.dtype.itemsize == 1 else pytest.approx(float(exact), rel=1e-9))


@pytest.mark.parametrize("series", SERIES)
@given(a=hnp.arrays(np.int8, (2, 8)), b=hnp.arrays(np.int8, (8, 3)))
@settings(max_examples=10)
def test_matmul_of_integers_is_exact(series, a, b):
    got = tasd.matmul(a, b, series)
    kept = a.astype(int) - slow_decompose(a, series)[1]
    assert got.dtype == np.int64
    assert got.tolist() == [[sum(int(x) * int(y) for x, y in zip(r, c, strict=True)) for c in b.T] for r in kept]


def test_matmul_of_floats_adds_the_terms_in_order():
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((5, 16)).astype(np.float32), rng.standard_normal((16, 3)).astype(np.float32)
    (first, second), _ = slow_decompose(a, "2:4+2:8")
    assert np.array_equal(tasd.matmul(a, b, "2:4+2:8"), first @ b + second @ b)


def slow_expected(density, series):
    """Every occupancy of the largest block, and every order of magnitudes inside it, in exact rationals."""
    terms = Series.parse(series).terms
    size = max(term.m for term in terms)
    lost = Fraction(0)
    for ranks in permutations(range(1, size + 1)):
        for occupied in product((0, 1), repeat=size):
            block = np.array([r * o for r, o in zip(ranks, occupied, strict=True)])
            _, residual = slow_decompose(block, series)
            k = sum(occupied)
            lost += np.count_nonzero(residual) * density**k * (1 - density) ** (size - k)
    orders = Fraction(1)
    for i in range(2, size + 1):
        orders *= i
    return lost / orders / (size * density)


@pytest.mark.parametrize("series", ["1:4", "2:4+1:4", "1:2+1:4", "2:4+1:2", "1:4+1:2", "1:1+1:2", "1:2+1:2+1:4"])
@pytest.mark.parametrize("density", [Fraction(1, 3), Fraction(1)])
def test_expected_dropped_is_the_enumeration(series, density):
    assert tasd.expected_dropped(float(density), series) == pytest.approx(float(slow_expected(density, series)), 1e-12)


@pytest.mark.parametrize("series", ["2:4", "2:4+2:8", "2:4+2:8+2:16", "4:8+1:4", "8:16+2:8+1:4"])
@pytest.mark.parametrize("density", [0.1, 0.35, 0.75])
def test_figure_5_simulated(series, density):
    rng = np.random.default_rng(7)
    a = rng.normal(0, 1 / 3, (128, 128, 16)) * (rng.random((128, 128, 16)) < density)
    nonzeros = np.count_nonzero(a)
    _, residual = tasd.decompose(a, series)
    per_block = np.count_nonzero(residual, axis=-1)
    expected = tasd.expected_dropped(density, series)
    sigma = max(per_block.std() * np.sqrt(per_block.size), np.sqrt(expected * nonzeros), 1) / nonzeros
    assert abs(np.count_nonzero(residual) / nonzeros - expected) < 4 * sigma


def test_figure_5_takeaways():
    for density in np.linspace(0.05, 0.5, 10):
        assert tasd.expected_dropped(density, "2:4+2:8") < 0.01
    for density in (0.1, 0.25, 0.5, 0.75):
        one, two, three = (tasd.expected_dropped(density, s) for s in ("2:4", "2:4+2:8", "2:4+2:8+2:16"))
        assert one > two > three
        rng = np.random.default_rng(8)
        a = rng.normal(0, 1 / 3, (128, 128)) * (rng.random((128, 128)) < density)
        count, magnitude = tasd.dropped(a, "2:4")
        assert magnitude < count
    assert tasd.expected_dropped(0, "2:4") == 0.0 and tasd.expected_dropped(1, "2:4") == 0.5


def test_figure_6_trends():
    rng = np.random.default_rng(9)
    b, dense = rng.random((256, 256)), rng.random((256, 256))
    errors = {}
    for density in (0.2, 0.8):
        a = dense * (rng.random((256, 256)) < density)
        for m in (4, 8):
            for n in range(1, m + 1):
                errors[density, m, n / m] = tasd.relative_error(a, b, Pattern(n, m))
            series = [errors[density, m, n / m] for n in range(1, m + 1)]
            assert all(x > y or x == y == 0 for x, y in pairwise(series)) and series[-1] == 0
        for kept in (0.25, 0.5, 0.75):
            assert errors[density, 8, kept] < errors[density, 4, kept]
    for m in (4, 8):
        for n in range(1, m):
            assert errors[0.2, m, n / m] < errors[0.8, m, n / m]


def test_relative_error_is_the_formula_and_its_edges():
    a, b = np.array([[3, 1], [0, 2]]), np.array([[1.0, 2], [0, -1]])
    lost = np.array([[0.0, 1], [0, 0]]) @ b
    assert tasd.relative_error(a, b, "1:2") == pytest.approx(np.sqrt((lost**2).sum() / ((a @ b) ** 2).sum()), 1e-15)
    assert tasd.relative_error(a, b, "2:2") == 0.0
    assert tasd.relative_error([[1.0, 1.0]], [[1.0], [-1.0]], "1:2") == float("inf")
    assert tasd.relative_error([[0.0, 0.0]], [[1.0], [-1.0]], "1:2") == 0.0


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=30), st.integers(0, 64))
def test_pseudo_density_is_the_loop(values, sixtyfourths):
    q = Fraction(sixtyfourths, 64)
    order = sorted(map(abs, values), reverse=True)
    count = 0
    while sum(order[:count]) < q * sum(order):
        count += 1
    expected = float(Fraction(count, len(values)))
    for dtype in (np.int8, np.int64, np.float32, np.float64):
        x = np.array(values, dtype)
        assert tasd.pseudo_density(x, float(q)) == expected
    assert tasd.pseudo_density(np.array(values).reshape(1, -1), float(q)) == expected


def test_pseudo_density_extremes():
    assert tasd.pseudo_density(np.zeros(5)) == 0.0
    assert tasd.pseudo_density(np.array([-128, 0], np.int8), 1) == 0.5
    assert tasd.pseudo_density(np.ones(200_000), 0.5) == 0.5
    x = np.concatenate([np.ones(1000), np.full(99_000, 1e-9)])
    assert tasd.pseudo_density(x, 0.99) == 991 / 100_000  # 0.99 of a sum just above 1000: the 991st is needed
    assert tasd.pseudo_density(np.full(4, 1e308), 0.5) == 0.5
    assert tasd.pseudo_density(np.array([1e16, 1.0, 1.0]), 1.0) in (1 / 3, 1.0)


def test_no_temporary_beyond_four_inputs():
    a = np.random.default_rng(2).standard_normal((1024, 1024)).astype(np.float32)
    for call, returned in (
        (lambda: tasd.decompose(a, "4:8+1:8"), 3),
        (lambda: tasd.dropped(a, "4:8+1:8"), 0),
        (lambda: topn_mask(a, "2:4"), 1),
        (lambda: tasd.pseudo_density(a), 0),
    ):
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < (4 + returned) * a.nbytes


A, B = np.ones((2, 4)), np.ones((4, 2))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tasd.decompose(A, "2:8"), ValueError, r"a must have a last axis that is a multiple of 8.*\(2, 4\)"),
        (lambda: tasd.decompose(A, "2:4+2:8"), ValueError, "a must have a last axis that is a multiple of 8"),
        (lambda: tasd.decompose([np.nan, 1], "1:2"), ValueError, r"a must be finite, not nan at \[0\]"),
        (lambda: tasd.decompose(["1"], "1:1"), TypeError, "a must hold integers or floats"),
        (lambda: tasd.decompose(A, 2), TypeError, r"series must be a Series, a Pattern or text .* not 2"),
        (lambda: tasd.approximate([1, np.inf], "1:2"), ValueError, "a must be finite, not inf"),
        (lambda: tasd.matmul(A, A, "2:4"), ValueError, r"b must have 4 rows .*\(2, 4\), not shape \(2, 4\)"),
        (lambda: tasd.matmul(A, B * np.nan, "2:4"), ValueError, "b must be finite"),
        (lambda: tasd.dropped(A, "1:3"), ValueError, "a must have a last axis that is a multiple of 3"),
        (lambda: tasd.expected_dropped(1.5, "2:4"), ValueError, "density must be from 0 to 1, not 1.5"),
        (lambda: tasd.expected_dropped(-0.1, "2:4"), ValueError, "density must be from 0 to 1, not -0.1"),
        (lambda: tasd.expected_dropped("1", "2:4"), TypeError, "density must be a number, not '1'"),
        (lambda: tasd.expected_dropped(0.5, "2:4+1:6"), ValueError, "series must have block sizes .* not '2:4\\+1:6'"),
        (lambda: tasd.expected_dropped(0.5, "1:4+1:8+1:4"), ValueError, "series must have block sizes"),
        (lambda: tasd.relative_error(A, A, "2:4"), ValueError, "b must have 4 rows"),
        (lambda: tasd.pseudo_density([], 0.5), ValueError, r"x must have at least one element, not shape \(0,\)"),
        (lambda: tasd.pseudo_density([1], 1.1), ValueError, "q must be from 0 to 1, not 1.1"),
        (lambda: tasd.pseudo_density([np.nan], 1), ValueError, "x must be finite"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

"""tamis.golden.mvue against exact rationals: inclusion, pair probabilities, expectations and variances."""

from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tamis.golden import mvue
from tamis.golden.pattern import Pattern

INTEGERS = st.integers(-20, 20)
ANY = (
    st.floats(-1e6, 1e6).filter(lambda v: not 0 < abs(v) < 1e-70)
    | st.integers(-3, 3).map(float)
    | st.sampled_from([1e-30, -1e-70, 1e70, -0.0])
)
PAIRS = list(combinations(range(4), 2))
ULP = 1e-14


def exact(block):
    return [Fraction(float(v)) if isinstance(v, float | np.floating) else Fraction(int(v)) for v in block]


def slow_inclusion(block, n):
    """Make elements certain, one at a time, while the largest's share of what is left exceeds one."""
    a = [abs(v) for v in exact(block)]
    p = [Fraction(0)] * len(a)
    free = [i for i in range(len(a)) if a[i]]
    while free and n:
        total = sum(a[i] for i in free)
        largest = max(free, key=lambda i: a[i])
        if n * a[largest] < total:
            for i in free:
                p[i] = n * a[i] / total
            break
        p[largest] = Fraction(1)
        free.remove(largest)
        n -= 1
    return p


def slow_variance(block, n):
    pairs = zip(exact(block), slow_inclusion(block, n), strict=True)
    return sum((v * v / p - v * v for v, p in pairs if p), Fraction(0))


def slow_pairs(block):
    """Appendix A.2 in rationals, on elements sorted by (magnitude, index)."""
    a = [abs(v) for v in exact(block)]
    order = sorted(range(4), key=lambda i: (a[i], i))
    a1, a2, a3, a4 = (a[i] for i in order)
    s = a1 + a2 + a3 + a4
    if a1 + a2 + a3 == 0:
        p = dict.fromkeys(PAIRS, Fraction(0)) | {(0, 3): Fraction(1)}
    elif a4 >= a1 + a2 + a3:
        p = {(0, 1): 0, (0, 2): 0, (1, 2): 0} | {(i, 3): v / (a1 + a2 + a3) for i, v in enumerate((a1, a2, a3))}
    elif a4 > 2 * a1 + a3:
        p = {(0, 1): 0, (0, 2): 0, (0, 3): 2 * a1 / s, (1, 2): (a1 + a2 + a3 - a4) / s,
             (1, 3): (-a1 + a2 - a3 + a4) / s, (2, 3): (-a1 - a2 + a3 + a4) / s}  # fmt: skip
    else:
        p = {(0, 1): 0, (0, 2): (2 * a1 + a3 - a4) / (2 * s), (0, 3): (2 * a1 - a3 + a4) / (2 * s),
             (1, 2): (2 * a2 + a3 - a4) / (2 * s), (1, 3): (2 * a2 - a3 + a4) / (2 * s),
             (2, 3): (-a1 - a2 + a3 + a4) / s}  # fmt: skip
    back = {tuple(sorted((order[i], order[j]))): Fraction(v) for (i, j), v in p.items()}
    return [back[pair] for pair in PAIRS]


def slow_approx(block):
    """Eq. 17 by walking every ordered pair of draws."""
    a = [abs(v) for v in exact(block)]
    p = [Fraction(0)] * 4
    if not any(a):
        return p
    for i in range(4):
        rest = sum(a) - a[i]
        first = a[i] / sum(a)
        p[i] += first
        for j in range(4):
            if j != i and rest:
                p[j] += first * a[j] / rest
    return p


def close(got, want, rel=ULP):
    return got == pytest.approx(float(want), rel=rel, abs=0)


@st.composite
def blocks(draw, values=ANY, largest=8):
    m = draw(st.integers(1, largest))
    return draw(st.lists(values, min_size=m, max_size=m)), draw(st.integers(1, m))


@given(blocks())
def test_inclusion_is_the_rational_water_filling(case):
    block, n = case
    got = mvue.inclusion(block, Pattern(n, len(block)))
    want = slow_inclusion(block, n)
    assert all(close(g, w) for g, w in zip(got, want, strict=True))
    assert all((g == 0) == (v == 0) for g, v in zip(got, block, strict=True))
    assert (got <= 1).all()


@given(blocks())
def test_variance_is_the_rational(case):
    block, n = case
    got = mvue.variance(block, Pattern(n, len(block)))
    assert got.shape == (1,) and close(got[0], slow_variance(block, n), rel=1e-12)


@settings(max_examples=50)
@given(blocks(INTEGERS, 6), st.integers(0, 2**32 - 1))
def test_no_other_unbiased_pruning_has_less_variance(case, seed):
    block, n = case
    free = [abs(v) for v in block if v]
    assume(len(free) > n)
    best = slow_variance(block, n)
    rng = np.random.default_rng(seed)
    for _ in range(20):  # random probabilities that add up to n
        p = rng.random(len(free)) + 1e-3
        p = np.minimum(1, p * n / p.sum())
        assert sum(v * v / q - v * v for v, q in zip(free, p, strict=True)) >= float(best) * (1 - 1e-12)


def test_sums_that_would_round():
    assert mvue.inclusion([1e-30, 1, 1, 1], "2:4")[0] == pytest.approx(2e-30 / 3, 1e-15)
    assert mvue.variance([1, 1, 1e-20], "2:3")[0] == pytest.approx(2e-20, 1e-15)
    assert mvue.variance([1e200, 1e-200], "1:2")[0] == pytest.approx(2, 1e-15)
    assert mvue.inclusion([1, 1e-20], "1:2").tolist() == [1.0, 1e-20]
    tiny = np.array([1, 3, 2, 2]) * 5e-324
    assert mvue.inclusion(tiny, "2:4").tolist() == [0.25, 0.75, 0.5, 0.5]
    assert mvue.approx_inclusion(tiny).tolist() == mvue.approx_inclusion([1, 3, 2, 2]).tolist()
    assert np.isfinite(mvue.inclusion([1.7e308, -1.7e308, 1.7e308, 1e308], "2:4")).all()
    assert mvue.inclusion(np.array([-128, 127], np.int8), "1:2")[0] == pytest.approx(128 / 255)


@given(st.lists(ANY, min_size=4, max_size=4))
def test_pair_probabilities_are_the_papers(block):
    got = mvue.pair_probabilities(block)
    assert got.shape == (6,) and (got >= 0).all() and (got <= 1).all()
    want = slow_pairs(block)
    assert all(g == pytest.approx(float(w), rel=1e-9, abs=1e-15) for g, w in zip(got, want, strict=True))


@given(st.lists(INTEGERS, min_size=4, max_size=4))
def test_pairs_add_up_to_the_inclusion(block):
    """In rationals, for the paper's choice; so its p_12 = 0 and the rest give Eqs. 13 and 15 exactly."""
    assume(sum(map(bool, block)) >= 2)
    pairs = slow_pairs(block)
    inclusion = [sum((p for pair, p in zip(PAIRS, pairs, strict=True) if i in pair), Fraction(0)) for i in range(4)]
    assert inclusion == slow_inclusion(block, 2) and sum(pairs) == 1


def test_pairs_of_blocks_with_few_non_zeros():
    assert mvue.pair_probabilities([0, 3, 0, -1]).tolist() == [0, 0, 0, 0, 1, 0]
    assert mvue.pair_probabilities([0, 0, 5, 0]).tolist() == [0, 1, 0, 0, 0, 0]
    assert mvue.pair_probabilities([0, 0, 0, 0]).sum() == 1
    assert mvue.pair_probabilities([[[1, 2, 3, 4]] * 2] * 3).shape == (3, 2, 6)


@given(st.lists(ANY, min_size=4, max_size=4))
def test_approx_inclusion_and_variance_are_the_rationals(block):
    want = slow_approx(block)
    got = mvue.approx_inclusion(block)
    assert all(close(g, w) for g, w in zip(got, want, strict=True))
    variance = sum((v * v / p - v * v for v, p in zip(exact(block), want, strict=True) if p), Fraction(0))
    assert close(mvue.approx_variance(block)[0], variance, rel=1e-12)


@given(st.lists(INTEGERS, min_size=4, max_size=4))
def test_equation_16_in_rationals(block):
    """One 2:4 is never worse than two 1:2, in the case that A.3's proof skips too."""
    split = slow_variance(block[:2], 1) + slow_variance(block[2:], 1)
    assert slow_variance(block, 2) <= split
    assert split == 2 * abs(block[0] * block[1]) + 2 * abs(block[2] * block[3])


def test_equation_16_holds_with_equality():
    assert slow_variance([1, 3, 2, 2], 2) == slow_variance([1, 3], 1) + slow_variance([2, 2], 1) == 14
    assert mvue.variance([1, 3, 2, 2], "2:4").tolist() == [14.0]
    assert mvue.variance([1, 3, 2, 2], "1:2").tolist() == [6.0, 8.0]


def test_figure_2():
    assert mvue.variance_ratio_scan(0.005) == pytest.approx(1.9754, abs=5e-5)
    for step in (0.1, 0.05):
        grid = [Fraction(i, round(1 / step)) for i in range(1, round(1 / step) + 1)]
        ratios = []
        for a3 in grid[:: 3 if step == 0.05 else 1]:
            for a2 in [g for g in grid if g <= a3]:
                for a1 in [g for g in grid if g <= a2][:2]:
                    block = [a1, a2, a3, Fraction(1)]
                    p, q = slow_fraction_inclusion(block), slow_fraction_approx(block)
                    best, approx = (sum(v * v / r - v * v for v, r in zip(block, rs, strict=True)) for rs in (p, q))
                    ratios.append(approx / best)
                    assert approx < 2 * best
        assert mvue.variance_ratio_scan(step) == pytest.approx(float(max(ratios)), rel=1e-12)
    assert mvue.variance_ratio_scan(1) == pytest.approx(1, abs=1e-12)  # one block of ones: both uniform


def slow_fraction_inclusion(block):
    return slow_inclusion([int(v * 1000) for v in block], 2)


def slow_fraction_approx(block):
    return slow_approx([int(v * 1000) for v in block])


def test_ratio_approaches_two():
    for tiny in (1e-3, 1e-6, 1e-9):
        block = [tiny, tiny, tiny, 1.0]
        ratio = mvue.approx_variance(block)[0] / mvue.variance(block, "2:4")[0]
        assert 2 - 10 * tiny < ratio < 2


def thresholds(probabilities):
    edges, total = [Fraction(0)], Fraction(0)
    for p in probabilities:
        total += p
        edges.append(total)
    return edges


def inside(low, high):
    """Uniforms close to both ends of an interval and in its middle."""
    width = high - low
    return [float(low + width * Fraction(k, 1000)) for k in (1, 500, 999)]


@given(st.lists(INTEGERS, min_size=2, max_size=2))
def test_sample_1_2_is_unbiased_exactly(block):
    a, b = abs(block[0]), abs(block[1])
    edges = thresholds([Fraction(a, a + b), Fraction(b, a + b)] if a + b else [Fraction(1)])
    mean, square = [Fraction(0)] * 2, [Fraction(0)] * 2
    for low, high in pairwise(edges):
        if low < high:
            outcomes = {tuple(mvue.sample_1_2(block, np.array([u])).tolist()) for u in inside(low, high)}
            assert len(outcomes) == 1
            for i, value in enumerate(outcomes.pop()):
                mean[i] += (high - low) * Fraction(value)
                square[i] += (high - low) * Fraction(value) ** 2
    assert mean == block
    assert sum(square) - sum(v * v for v in block) == 2 * a * b


@given(st.lists(INTEGERS, min_size=4, max_size=4))
def test_sample_2_4_follows_its_pairs(block):
    edges = thresholds(slow_pairs(block))
    inclusion = slow_inclusion(block, 2)
    mean = [Fraction(0)] * 4
    for pair, low, high in zip(PAIRS, edges, edges[1:], strict=False):
        if low < high:
            for u in inside(low, high):
                out = mvue.sample_2_4(block, np.array([u]))
                for i in range(4):
                    kept = i in pair and block[i]
                    assert out[i] == (pytest.approx(float(block[i] / inclusion[i]), rel=ULP) if kept else 0)
            for i in pair:
                mean[i] += (high - low) * (block[i] / inclusion[i] if block[i] else 0)
    assert mean == block


@given(st.lists(INTEGERS, min_size=4, max_size=4))
def test_sample_approx_2_4_follows_its_draws(block):
    a, inclusion = [abs(v) for v in block], slow_approx(block)
    assume(any(a))
    mean = [Fraction(0)] * 4
    edges = thresholds([Fraction(v, sum(a)) for v in a])
    for i in range(4):
        if not a[i]:
            continue
        rest = [v if k != i else 0 for k, v in enumerate(a)]
        inner = thresholds([Fraction(v, sum(rest)) for v in rest] if any(rest) else [Fraction(1)])
        for j in range(len(inner) - 1):
            if inner[j] == inner[j + 1]:
                continue
            pair = {i, j} if any(rest) else {i}
            u = np.array([[inside(edges[i], edges[i + 1])[1], inside(inner[j], inner[j + 1])[1]]])
            out = mvue.sample_approx_2_4(block, u)
            for k in range(4):
                assert out[k] == (pytest.approx(float(block[k] / inclusion[k]), rel=ULP) if k in pair else 0)
            for k in pair:
                weight = (edges[i + 1] - edges[i]) * (inner[j + 1] - inner[j])
                mean[k] += weight * block[k] / inclusion[k]
    assert mean == block


@pytest.mark.parametrize("name", ["sample_1_2", "sample_2_4", "sample_approx_2_4"])
def test_n_per_block_kept_exactly_and_monte_carlo(name):
    rng = np.random.default_rng(11)
    sample, m = getattr(mvue, name), 2 if name == "sample_1_2" else 4
    n = m // 2
    block = np.tile(np.array([3.0, -1, 0.5, 2])[:m], 50_000)
    u = rng.random((50_000, 2) if "approx" in name else 50_000)
    before = u.copy()
    out = sample(block, u).reshape(-1, m)
    assert (np.count_nonzero(out, axis=-1) <= n).all() and np.array_equal(u, before)
    assert (np.abs(out.mean(0) - block[:m]) < 4 * out.std(0) / np.sqrt(len(out)) + 1e-12).all()
    expected = mvue.approx_variance(block[:m]) if "approx" in name else mvue.variance(block[:m], Pattern(n, m))
    assert out.var(0).sum() == pytest.approx(expected[0], rel=0.02)
    few = np.array([0.0, -3, 0, 7, 0, 0, 0, 0, 5, 0, 0, 0])
    if m == 2:
        few = np.array([0.0, -3, 7, 0, 0, 0])
    for _ in range(20):
        u = rng.random((len(few) // m, 2) if "approx" in name else len(few) // m)
        assert np.array_equal(sample(few, u), few)
    edge = np.zeros((len(few) // m, 2) if "approx" in name else len(few) // m)
    assert np.array_equal(sample(few, edge), few) and np.array_equal(sample(few, edge + 1 - 2**-53), few)


def test_dtypes_shapes_and_more_than_one_chunk():
    rng = np.random.default_rng(12)
    x = rng.standard_normal((5, 16384)).astype(np.float32)
    u = rng.random((5, 4096))
    whole = mvue.sample_2_4(x, u)
    assert whole.dtype == np.float32 and whole.shape == x.shape
    assert np.array_equal(whole[3:, 12000:], mvue.sample_2_4(x[3:, 12000:], u[3:, 3000:]))
    assert mvue.sample_1_2(np.array([1, -128], np.int8), np.array([0.9])).tolist() == [0, -129]
    assert mvue.sample_1_2(np.array([1, 2], np.float16), np.array([0.0])).dtype == np.float32
    assert mvue.variance(x, "2:4").shape == (5, 4096) and mvue.approx_variance(x).shape == (5, 4096)
    assert mvue.variance(np.zeros((0, 4)), "2:4").shape == (0, 1)


def test_the_block_axis_of_u_may_be_missing():
    rng = np.random.default_rng(16)
    for name, m, draws in (("sample_1_2", 2, ()), ("sample_2_4", 4, ()), ("sample_approx_2_4", 4, (2,))):
        sample = getattr(mvue, name)
        x, u = rng.standard_normal((5, m)), rng.random((5, *draws))
        assert np.array_equal(sample(x, u), sample(x, u.reshape(5, 1, *draws)))
        assert np.array_equal(sample(x[0], u[0]), sample(x, u)[0])


@given(st.lists(INTEGERS, min_size=2, max_size=2), st.floats(0, 1, exclude_max=True))
def test_table_2_baselines(block, u):
    a, b = (float(v) for v in block)
    draw = np.array([u])
    assert mvue.greedy_1_2(block).tolist() == ([a, 0] if abs(a) >= abs(b) else [0, b])
    assert mvue.uniform_1_2(block, draw).tolist() == ([a, 0] if u < 0.5 else [0, b])
    assert mvue.unbiased_1_2(block, draw).tolist() == ([2 * a, 0] if u < 0.5 else [0, 2 * b])
    assert (Fraction(2 * block[0]) + 0) / 2 == block[0]  # half of 2a, half of nothing: no bias
    first = bool(a or b) and u < abs(a) / (abs(a) + abs(b))
    assert mvue.biased_1_2(block, draw).tolist() == ([a, 0] if first else [0, b])


@given(st.lists(ANY, min_size=4, max_size=4), st.floats(0, 1, exclude_max=True))
def test_sign_and_scale(block, u):
    x, draw = np.array(block), np.array([u])
    for sample in (mvue.sample_2_4, lambda x, u: mvue.sample_approx_2_4(x, np.stack([u, u], -1))):
        out = sample(x, draw)
        assert np.array_equal(sample(-x, draw), -out)
        if 1e-290 < np.abs(x[x != 0]).min(initial=1):
            assert np.array_equal(sample(x * 4, draw), out * 4)
        assert (np.sign(out) * np.sign(x) >= 0).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mvue.inclusion([1, 2, 3], "2:4"), ValueError, "x must have a last axis that is a multiple of 4"),
        (lambda: mvue.inclusion([np.nan, 1], "1:2"), ValueError, r"x must be finite, not nan at \[0\]"),
        (lambda: mvue.inclusion([1j, 1], "1:2"), TypeError, "x must hold integers or floats"),
        (lambda: mvue.variance([np.inf, 1], "1:2"), ValueError, "x must be finite"),
        (lambda: mvue.pair_probabilities([1, 2, 3]), ValueError, r"x must have a last axis of 4, not shape \(3,\)"),
        (lambda: mvue.pair_probabilities([1, 2, 3, np.nan]), ValueError, "x must be finite"),
        (lambda: mvue.approx_inclusion([1, 2]), ValueError, "x must have a last axis that is a multiple of 4"),
        (lambda: mvue.approx_variance([1, 2]), ValueError, "x must have a last axis that is a multiple of 4"),
        (lambda: mvue.variance_ratio_scan(0), ValueError, "step must be positive, not 0"),
        (lambda: mvue.variance_ratio_scan(1.5), ValueError, "step must be from 0 to 1, not 1.5"),
        (lambda: mvue.sample_1_2([1, 2], [1.0]), ValueError, r"u must lie in \[0, 1\), not 1.0"),
        (lambda: mvue.sample_1_2([1, 2], [np.nan]), ValueError, r"u must lie in \[0, 1\), not nan"),
        (lambda: mvue.sample_1_2([1, 2], [0]), TypeError, r"u must hold floats in \[0, 1\), not int64"),
        (lambda: mvue.sample_1_2([1, 2, 3], [0.5]), ValueError, "x must have a last axis that is a multiple of 2"),
        (lambda: mvue.sample_2_4([1, 2, 3, 4], [0.5, 0.5]), ValueError, r"u must have shape \(1,\), not \(2,\)"),
        (lambda: mvue.sample_approx_2_4([1, 2, 3, 4], [0.5]), ValueError, r"u must have shape \(1, 2\), not \(1,\)"),
        (lambda: mvue.greedy_1_2([1]), ValueError, "x must have a last axis that is a multiple of 2"),
        (lambda: mvue.biased_1_2([1, 2], [-0.5]), ValueError, r"u must lie in \[0, 1\), not -0.5"),
        (lambda: mvue.uniform_1_2([1, 2], [2.0]), ValueError, r"u must lie in \[0, 1\), not 2.0"),
        (lambda: mvue.unbiased_1_2([1, np.inf], [0.0]), ValueError, "x must be finite"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

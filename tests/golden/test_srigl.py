"""tamis.golden.srigl against the rule written as loops over Python lists."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tamis.golden import srigl


def slow_step(weight, grad, mask, density, fraction, gamma, ablation):
    """The six points of the rule, one weight at a time."""
    n, d = len(weight), len(weight[0])
    cells = [(i, j) for i in range(n) for j in range(d)]
    old = {c for c in cells if mask[c[0]][c[1]]}
    budget = math.floor(Fraction(density).limit_denominator(10**6) * n * d)
    n_prune = int(fraction * len(old))
    n_keep = len(old) - n_prune

    def by_weight(c):
        return (-abs(weight[c[0]][c[1]]), c)

    def by_grad(c):
        return (-abs(grad[c[0]][c[1]]), c)

    salient = set(sorted(old, key=by_weight)[:n_keep]) | set(sorted(cells, key=by_grad)[:n_prune])
    count = [sum(c[0] == i for c in salient) for i in range(n)]
    fan_in = len(old) // max(1, len({c[0] for c in old}))
    need = max(1, int(gamma) if gamma >= 1 else int(gamma * fan_in))
    active = [i for i in range(n) if not ablation or count[i] >= need]
    if not active:
        active = [max(range(n), key=lambda i: (count[i], -i))]
    k = min(d, budget // len(active))
    if k == 0:
        return None
    top = sorted((c for c in old if c[0] in active), key=by_weight)[:n_keep]
    new = set()
    for i in active:
        mine = [c for c in top if c[0] == i][:k]
        rest = sorted((c for c in cells if c[0] == i and c not in mine), key=by_grad)
        new |= {*mine, *rest[: k - len(mine)]}
    value = [[weight[i][j] if (i, j) in new & old else 0 for j in range(d)] for i in range(n)]
    return value, [[(i, j) in new for j in range(d)] for i in range(n)], [i for i in range(n) if i not in active]


@st.composite
def layers(draw):
    n, d = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    k = draw(st.integers(1, d))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = rng.random((n, d)).argsort(axis=1).argsort(axis=1) < k
    if draw(st.booleans()):
        mask[rng.integers(0, n)] = False  # a neuron ablated earlier
    assume(mask.any())
    spread = draw(st.integers(1, 9))  # few values: many ties
    weight = rng.integers(-spread, spread + 1, (n, d)) / 4  # what is not connected has values too, and no say
    grad = rng.integers(-spread, spread + 1, (n, d)) / 4
    density = draw(st.sampled_from([k, k, *range(1, d + 1)])) / d
    return weight, grad, mask, density, draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])), draw(
        st.sampled_from([0, 0.3, 0.5, 0.95, 1, 2, 3.0, 100])
    )


@settings(max_examples=300)
@given(layers(), st.booleans())
def test_step_is_the_loop(case, ablation):
    weight, grad, mask, density, fraction, gamma = case
    copies = [a.copy() for a in (weight, grad, mask)]
    want = slow_step(weight.tolist(), grad.tolist(), mask.tolist(), density, fraction, gamma, ablation)
    if want is None:
        with pytest.raises(ValueError, match="density must give each of"):
            srigl.constant_fan_in_step(*case, ablation=ablation)
        return
    got = srigl.constant_fan_in_step(*case, ablation=ablation)
    assert [a.tolist() for a in got] == list(want)
    assert all(np.array_equal(a, b) for a, b in zip((weight, grad, mask), copies, strict=True))
    counts = got[1].sum(axis=1)
    assert len(set(counts[counts > 0].tolist())) == 1 and not counts[got[2]].any()


def test_step_on_a_convolution_and_in_float32():
    rng = np.random.default_rng(5)
    weight = rng.standard_normal((6, 2, 3, 3)).astype(np.float32)
    grad = rng.standard_normal(weight.shape).astype(np.float32)
    mask = rng.random((6, 18)).argsort(axis=1).argsort(axis=1).reshape(weight.shape) < 6
    flat = srigl.constant_fan_in_step(*(a.reshape(6, 18) for a in (weight * mask, grad, mask)), 1 / 3, 0.3, 0.3)
    got = srigl.constant_fan_in_step(weight * mask, grad, mask, 1 / 3, 0.3, 0.3)
    assert got[0].dtype == np.float32 and got[0].shape == weight.shape
    assert all(np.array_equal(a.reshape(b.shape), b) for a, b in zip(got, flat, strict=True))


def test_budget_tolerates_rounding():
    """1000 * (1 - 0.9) is 99.99999999999999 in float64; the budget is 100."""
    mask = np.zeros((10, 100), bool)
    mask[:, :10] = True
    _, new, ablated = srigl.constant_fan_in_step(mask * 1.0, mask * 0.0, mask, 1 - 0.9, 0, 0.3)
    assert int(1000 * (1 - 0.9)) == 99 and new.sum() == 100 and ablated.size == 0


def test_a_weight_pruned_and_regrown_keeps_its_value():
    weight = np.array([[5.0, 1.0, 0.0, 0.0]])
    mask = np.array([[True, True, False, False]])
    value, new, _ = srigl.constant_fan_in_step(weight, [[0.0, 9, 1, 0]], mask, 0.5, 0.5, 0)
    assert value.tolist() == [[5, 1, 0, 0]] and new.tolist() == mask.tolist()
    value, new, _ = srigl.constant_fan_in_step(weight, [[0.0, 1, 9, 0]], mask, 0.5, 0.5, 0)
    assert value.tolist() == [[5, 0, 0, 0]] and new.tolist() == [[True, False, True, False]]


def test_a_zero_weight_that_is_active_outranks_an_inactive_one():
    mask = np.array([[False, False, True, True]])
    _, new, _ = srigl.constant_fan_in_step(np.zeros((1, 4)), np.zeros((1, 4)), mask, 0.5, 0, 0)
    assert new.tolist() == mask.tolist()


@pytest.mark.parametrize(
    ("step", "value"), [(0, 0.3), (50, 0.15), (100, 0.0), (1000, 0.0), (25, 0.15 * (1 + math.sqrt(0.5)))]
)
def test_cosine_fraction(step, value):
    assert srigl.cosine_fraction(0.3, step, 100) == pytest.approx(value, abs=1e-17, rel=1e-14)


@st.composite
def networks(draw):
    shape = st.lists(st.integers(1, 64), min_size=2, max_size=4).map(tuple)
    return draw(st.lists(shape, min_size=1, max_size=6)), draw(st.integers(1, 100)) / 100


@given(networks())
def test_erk_meets_the_budget_in_erk_proportions(case):
    shapes, density = case
    got = srigl.erk_densities(shapes, density)
    sizes = [math.prod(s) for s in shapes]
    assert sum(d * s for d, s in zip(got, sizes, strict=True)) == pytest.approx(density * sum(sizes), rel=1e-9)
    assert all(0 < d <= 1 for d in got)
    raw = [Fraction(sum(s), size) for s, size in zip(shapes, sizes, strict=True)]
    scales = [d / float(r) for d, r in zip(got, raw, strict=True)]
    sparse = [s for s, d in zip(scales, got, strict=True) if d < 1]
    if sparse:  # one common scale, at which every dense layer would exceed 1
        assert max(sparse) == pytest.approx(min(sparse), rel=1e-9)
        assert all(min(sparse) * float(r) >= 1 - 1e-9 for r, d in zip(raw, got, strict=True) if d == 1)


def test_erk_by_hand():
    # raw 20/100 and 30/200: 0.2 * 100 + 0.15 * 200 = 50, for a budget of 60 a scale of 1.2
    assert srigl.erk_densities([(10, 10), (10, 20)], 0.2) == pytest.approx([0.24, 0.18])
    # (2, 2) would get 4/4 * 90 / 204 > 1 at density .9: dense, and the rest is solved again
    assert srigl.erk_densities([(2, 2), (100, 100)], 0.9) == pytest.approx([1.0, (0.9 * 10004 - 4) / 10000])
    assert srigl.erk_densities([(3, 3), (4, 4)], 1.0) == [1.0, 1.0]


def test_itop_rate():
    masks = [np.array([[True, False], [False, False]]), np.array([[False, True], [False, False]])]
    assert srigl.itop_rate(masks[:1]) == 0.25 and srigl.itop_rate(iter(masks)) == 0.5
    assert masks[0].sum() == 1


@given(st.integers(1, 6), st.integers(1, 8), st.data())
def test_condense_and_multiply_are_the_dense_layer(n, d, data):
    k = data.draw(st.integers(1, d))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    mask = rng.random((n, d)).argsort(axis=1).argsort(axis=1) < k
    mask[rng.random(n) < 0.3] = False
    dtype = data.draw(st.sampled_from([np.int8, np.float64]))
    weight = rng.integers(-128, 128, (n, d)).astype(dtype)
    values, indices = srigl.condense(weight, mask)
    active = [i for i in range(n) if mask[i].any()]
    assert [row.tolist() for row in indices] == [[j for j in range(d) if mask[i, j]] for i in active]
    assert [row.tolist() for row in values] == [[weight[i, j] for j in range(d) if mask[i, j]] for i in active]
    for lead in ((), (3,), (2, 0), (2, 1)):
        v = rng.integers(-128, 128, (*lead, d)).astype(dtype)
        got = srigl.condensed_matmul(values, indices, v)
        want = v.astype(int) @ (weight.astype(int) * mask)[active].T
        assert got.shape == (*lead, len(active)) and np.array_equal(got, want)
        assert got.dtype == (np.int64 if dtype == np.int8 else np.float64)


def test_condensed_matmul_over_many_chunks():
    rng = np.random.default_rng(1)
    indices = rng.integers(0, 300, (5000, 7))
    values, v = rng.integers(-9, 9, (5000, 7)), rng.integers(-9, 9, (40, 300))
    dense = np.zeros((5000, 300), int)
    np.add.at(dense, (np.arange(5000)[:, None], indices), values)
    assert np.array_equal(srigl.condensed_matmul(values, indices, v), v @ dense.T)
    floats = srigl.condensed_matmul(values.astype(np.float32), indices, v)  # columns may repeat, in any order
    assert floats.dtype == np.float64 and np.array_equal(floats, v @ dense.T)


def test_condensed_matmul_of_many_inputs():
    """Sorted columns, several inputs: whole numbers, so that any order of adding gives the same floats."""
    rng = np.random.default_rng(2)
    mask = rng.random((700, 500)).argsort(axis=1).argsort(axis=1) < 11
    weight = rng.integers(-9, 10, mask.shape) * mask
    values, indices = srigl.condense(weight.astype(np.float32), mask)
    v = rng.integers(-9, 10, (2, 6, 500))
    got = srigl.condensed_matmul(values, indices, v.astype(np.float32))
    assert got.dtype == np.float32 and np.array_equal(got, v @ weight.T)
    assert np.array_equal(srigl.condensed_matmul(values, indices, v), v @ weight.T)


def test_flops_by_hand():
    layers = [((8, 3, 3, 3), 100), ((10, 8), 1)]
    got = srigl.flops(layers, [0.5, 1.0], delta_t=4)
    conv, linear = 8 * 3 * 3 * 3 * 100 * 2, 10 * 8 * 2
    sparse, dense = conv / 2 + linear, conv + linear
    assert got.inference == sparse and got.dense_inference == dense and got.dense_training == 3 * dense
    steps = [3 * sparse] * 4 + [2 * sparse + dense]  # four ordinary steps and one with a dense weight gradient
    assert got.training == pytest.approx(sum(steps) / 5, rel=1e-15)
    assert srigl.flops(layers, [1.0, 1.0]).training == pytest.approx(3 * dense, rel=1e-15)


W, M = np.ones((2, 3)), np.array([[True, False, True]] * 2)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: srigl.cosine_fraction(1.5, 0, 1), ValueError, "alpha must be from 0 to 1, not 1.5"),
        (lambda: srigl.cosine_fraction(0.3, -1, 1), ValueError, "step must be at least 0, not -1"),
        (lambda: srigl.cosine_fraction(0.3, 0, 0), ValueError, "t_end must be positive, not 0"),
        (lambda: srigl.erk_densities([(3, 3)], 0), ValueError, "density must be above 0 and at most 1, not 0"),
        (lambda: srigl.erk_densities([(3, 3)], -0.5), ValueError, "density must be above 0 and at most 1, not -0.5"),
        (lambda: srigl.erk_densities([], 0.5), ValueError, "shapes must be one or more non-empty shapes"),
        (lambda: srigl.erk_densities([(3, 0)], 0.5), ValueError, "shapes must be at least 1, not 0"),
        (lambda: srigl.constant_fan_in_step(W[0], W, M, 0.5, 0, 0), ValueError, "weight must have at least 2"),
        (lambda: srigl.constant_fan_in_step(W, W.T, M, 0.5, 0, 0), ValueError, "grad must have the shape of weight"),
        (lambda: srigl.constant_fan_in_step(W, W, M[:1], 0.5, 0, 0), ValueError, r"mask must have shape \(2, 3\)"),
        (lambda: srigl.constant_fan_in_step(W, W, W, 0.5, 0, 0), TypeError, "mask must hold bools, not float64"),
        (lambda: srigl.constant_fan_in_step(W * np.nan, W, M, 0.5, 0, 0), ValueError, "weight must be finite"),
        (lambda: srigl.constant_fan_in_step(W, W, M, 0.0, 0, 0), ValueError, "density must be above 0"),
        (lambda: srigl.constant_fan_in_step(W, W, M, 0.2, 0, 0), ValueError, "density must give each of 2 active"),
        (lambda: srigl.constant_fan_in_step(W, W, M, 0.5, 2, 0), ValueError, "fraction must be from 0 to 1, not 2"),
        (lambda: srigl.constant_fan_in_step(W, W, M, 0.5, 0, -1), ValueError, "gamma must be at least 0, not -1"),
        (lambda: srigl.itop_rate([]), ValueError, "masks must hold at least one mask"),
        (lambda: srigl.itop_rate([M, M[0]]), ValueError, r"masks must have shape \(2, 3\), not \(3,\)"),
        (lambda: srigl.itop_rate([M[:0]]), ValueError, "masks must hold at least one parameter"),
        (lambda: srigl.condense(W, np.array([[True] * 3, [True, False, False]])), ValueError,
         "mask must have 3 True in every row that has any, not 1 in row 1"),
        (lambda: srigl.condense(W[0], M[0]), ValueError, "weight must have 2 dimensions"),
        (lambda: srigl.condensed_matmul(W, [[0, 1, 3]] * 2, [1, 2, 3]), ValueError, "indices must be from 0 to 2 .*3$"),
        (lambda: srigl.condensed_matmul(W, [[0, 1]] * 2, [1.0]), ValueError, "indices must have the shape of values"),
        (lambda: srigl.condensed_matmul(W, W, [1.0]), TypeError, "indices must hold integers, not float64"),
        (lambda: srigl.condensed_matmul(W, M.astype(int), [np.nan] * 2), ValueError, "v must be finite"),
        (lambda: srigl.flops([((1, 1), 1)], []), ValueError, "densities must hold one number for each of 1 layers"),
        (lambda: srigl.flops([((1, 1), 1)], [1.2]), ValueError, "densities must be above 0 and at most 1, not 1.2"),
        (lambda: srigl.flops([((1, 1), 0)], [1.0]), ValueError, "layers must be at least 1, not 0"),
        (lambda: srigl.flops([], [], 0), ValueError, "delta_t must be at least 1, not 0"),
    ],
)  # fmt: skip
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

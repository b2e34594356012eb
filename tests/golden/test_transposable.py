"""golden.prune.transposable_mask against all masks, a linear program, and a certificate of optimality in integers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.golden.pattern import Pattern
from tamis.golden.prune import transposable_mask


def all_masks(m, n):
    rows = list(combinations(range(m), n))

    def extend(chosen, counts):
        if len(chosen) == m:
            yield chosen
            return
        for row in rows:
            if all(counts[j] < n for j in row):
                yield from extend([*chosen, row], [c + (j in row) for j, c in enumerate(counts)])

    return list(extend([], [0] * m))


def kept(tile, mask):
    """Exact sum of what a mask keeps."""
    return sum(abs(int(v)) for v, m in zip(tile.ravel(), mask.ravel(), strict=True) if m)


def improvable(tile, mask):
    """Whether some cycle of exchanges raises the sum: a negative cycle of the residual graph, by Bellman-Ford."""
    m = len(tile)
    arcs = []
    for i in range(m):
        for j in range(m):
            value = abs(int(tile[i, j]))
            arcs.append((m + j, i, value) if mask[i, j] else (i, m + j, -value))
    distance = [0] * (2 * m)
    for _ in range(2 * m):
        changed = False
        for a, b, cost in arcs:
            if distance[a] + cost < distance[b]:
                distance[b] = distance[a] + cost
                changed = True
        if not changed:
            return False
    return True


@pytest.mark.parametrize(("n", "m", "count"), [(2, 4, 90), (1, 4, 24), (2, 5, 2040), (1, 2, 2)])
def test_enumeration_counts(n, m, count):
    assert len(all_masks(m, n)) == count


@pytest.mark.parametrize(("n", "m"), [(n, m) for m in range(1, 6) for n in range(1, m + 1)])
def test_optimal_is_the_best_of_all_masks(n, m):
    rng = np.random.default_rng(100 * m + n)
    picks = [tuple(zip(*[(i, j) for i, row in enumerate(mask) for j in row], strict=True)) for mask in all_masks(m, n)]
    for spread in (1, 3, 1000):
        x = rng.integers(-spread, spread + 1, (6, m, m))
        mask = transposable_mask(x, Pattern(n, m))
        assert (mask.sum(-1) == n).all() and (mask.sum(-2) == n).all()
        for tile, chosen in zip(x, mask, strict=True):
            assert kept(tile, chosen) == max(int(np.abs(tile[pick]).sum()) for pick in picks)


EXCHANGED = [(2, 6), (3, 7), (1, 8), (4, 8), (7, 8), (5, 11), (1, 16), (8, 16), (13, 16), (16, 16)]


@pytest.mark.parametrize(("n", "m"), EXCHANGED)
def test_optimal_cannot_be_improved(n, m):
    rng = np.random.default_rng(100 * m + n)
    for spread in (1, 4, 10**6):
        x = rng.integers(-spread, spread + 1, (3, 2 * m, 2 * m))
        mask = transposable_mask(x, Pattern(n, m))
        tiles, masks = (a.reshape(3, 2, m, 2, m).swapaxes(2, 3).reshape(-1, m, m) for a in (x, mask))
        assert (masks.sum(-1) == n).all() and (masks.sum(-2) == n).all()
        assert not any(improvable(tile, chosen) for tile, chosen in zip(tiles, masks, strict=True))


def test_the_certificate_can_fail():
    tile = np.array([[1, 5], [5, 1]])
    assert improvable(tile, np.eye(2, dtype=bool)) and not improvable(tile, ~np.eye(2, dtype=bool))


@pytest.mark.parametrize(("n", "m"), [(2, 4), (4, 8), (3, 8), (8, 16)])
def test_optimal_is_the_linear_program(n, m):
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(7)
    rows = np.zeros((2 * m, m, m))
    for i in range(m):
        rows[i, i] = rows[m + i, :, i] = 1
    for tile in rng.standard_normal((6, m, m)):
        mask = transposable_mask(tile, Pattern(n, m))
        sums = {"A_eq": rows.reshape(2 * m, -1), "b_eq": np.full(2 * m, n)}
        found = optimize.linprog(-np.abs(tile).ravel(), **sums, bounds=(0, 1))
        assert np.abs(tile)[mask].sum() == pytest.approx(-found.fun, rel=1e-9)


def slow_greedy(tile, n):
    m = len(tile)
    mask = np.zeros((m, m), bool)
    for place in sorted(range(m * m), key=lambda p: (-abs(tile.ravel()[p].item()), p)):
        i, j = divmod(place, m)
        if mask[i].sum() < n and mask[:, j].sum() < n:
            mask[i, j] = True
    return mask


@settings(max_examples=60)
@given(st.integers(1, 9).flatmap(lambda m: st.tuples(st.integers(1, m), st.just(m))), st.integers(0, 2**32 - 1))
def test_greedy_is_the_loop_and_at_least_half_the_optimum(case, seed):
    n, m = case
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, (2, m, 2 * m)).astype([np.int8, np.float32][seed % 2])
    mask = transposable_mask(x, Pattern(n, m), "greedy")
    best = transposable_mask(x, Pattern(n, m))
    for lead in range(2):
        for part in (slice(0, m), slice(m, 2 * m)):
            assert np.array_equal(mask[lead, :, part], slow_greedy(x[lead, :, part], n))
            tile = x[lead, :, part]
            assert 2 * kept(tile, mask[lead, :, part]) >= kept(tile, best[lead, :, part])


def test_greedy_worst_case_and_under_filling():
    tile = np.array([[1.001, 1], [1, 0]])
    assert transposable_mask(tile, "1:2", "greedy").tolist() == [[True, False], [False, True]]
    assert transposable_mask(tile, "1:2").tolist() == [[False, True], [True, False]]
    x = np.random.default_rng(8).standard_normal((400, 400))
    for pattern, low, high in (("2:4", 0.14, 0.18), ("4:8", 0.51, 0.59)):
        m = Pattern.parse(pattern).m
        mask = transposable_mask(x, pattern, "greedy").reshape(400 // m, m, 400 // m, m)
        full = (mask.sum(1) == m // 2).all(-1) & (mask.sum(3) == m // 2).all(1)
        assert low < 1 - full.mean() < high


def test_a_transpose_is_the_transpose():
    """Up to ties: continuous magnitudes have one optimum."""
    x = np.random.default_rng(9).standard_normal((24, 48))
    for pattern in ("2:4", "4:8", "3:6"):
        for method in ("optimal", "greedy"):
            assert np.array_equal(transposable_mask(x.T, pattern, method), transposable_mask(x, pattern, method).T)


def test_dtypes_chunks_scale_and_inputs():
    rng = np.random.default_rng(10)
    x = rng.standard_normal((2, 512, 256)).astype(np.float32)
    before = x.copy()
    for pattern in ("2:4", "4:8"):
        mask = transposable_mask(x, pattern)
        assert mask.shape == x.shape and np.array_equal(x, before)
        assert np.array_equal(mask[1, 256:], transposable_mask(x[1, 256:], pattern))
        assert np.array_equal(mask, transposable_mask(-x.astype(np.float64) * 2.0**-900, pattern))
    lowest = np.array([[-128, 127], [127, -128]], np.int8)
    assert transposable_mask(lowest, "1:2").tolist() == np.eye(2, dtype=bool).tolist()
    assert transposable_mask(lowest, "1:2", "greedy").tolist() == np.eye(2, dtype=bool).tolist()
    tiny = np.array([[5e-324, 0], [0, 0]])
    assert transposable_mask(tiny, "1:2").tolist() == np.eye(2, dtype=bool).tolist()
    assert transposable_mask(np.zeros((0, 4)), "2:4").shape == (0, 4)


X = np.ones((4, 8))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: transposable_mask(X[0], "2:4"), ValueError, r"x must have at least 2 dimension.*\(8,\)"),
        (lambda: transposable_mask(X, "2:8"), ValueError, r"x must have last two axes that .* of 8.*\(4, 8\)"),
        (lambda: transposable_mask(X[:, :6], "2:4"), ValueError, "x must have last two axes that are multiples of 4"),
        (lambda: transposable_mask(X * np.inf, "2:4"), ValueError, "x must be finite, not inf"),
        (lambda: transposable_mask(X > 0, "2:4"), TypeError, "x must hold integers or floats"),
        (lambda: transposable_mask(X, "2:4", "best"), ValueError, "method must be one of 'optimal', 'greedy', not"),
        (lambda: transposable_mask(X, "2:17"), ValueError, "pattern must have an M of at most 16 .*, not 2:17"),
        (lambda: transposable_mask(X, "2:128", "greedy"), ValueError, "pattern must have an M of at most 127"),
        (lambda: transposable_mask(X, "5:4"), ValueError, "1 <= N <= M, not '5:4'"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

"""The arithmetic of golden.mvue on plain (blocks, M) float64 magnitudes, scaled so that nothing over- or underflows."""

from itertools import permutations

import numpy as np

CHUNK = 1 << 15  # elements worked on at a time: some ten float64 temporaries of this size
PAIRS = np.array([(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
PAIR_OF = np.full((4, 4), -1)
PAIR_OF[PAIRS[:, 0], PAIRS[:, 1]] = PAIR_OF[PAIRS[:, 1], PAIRS[:, 0]] = range(6)


def scaled(blocks):
    """|blocks| as float64 times a power of two, and its exponent: the largest lies in [2^-900, 2^1000], sums fit."""
    magnitudes = np.abs(blocks.astype(np.float64))
    _, exponent = np.frexp(magnitudes.max(axis=-1, keepdims=True))
    exponent -= np.clip(exponent, -900, 1000)
    return np.ldexp(magnitudes, -exponent), exponent


def per_block(core, x, m, width, dtype, *draws):
    """core(blocks (B, m), draws (B, ...)...) -> (B, width) over all blocks of x, a chunk at a time: (count, width)."""
    blocks = x.reshape(-1, m)
    draws = [u.reshape(len(blocks), *u.shape[x.ndim :]) for u in draws]
    out = np.empty((len(blocks), width), dtype)
    step = max(1, CHUNK // m)
    for start in range(0, len(blocks), step):
        window = slice(start, start + step)
        out[window] = core(blocks[window], *(u[window] for u in draws))
    return out


def water_fill(a, n):
    """(p, gap): inclusion probabilities min(1, a / c), and c - a where that is positive, for magnitudes a (B, M).

    In descending order d, the t largest are certain and the rest share n - t in proportion: c = sum of d[t:] / (n - t).
    Both the choice of t, the first with d[t] < c, and c itself compare two sums of non-negative terms,

        tail = sum of d[n:],    slope[t] = sum over t < j < n of d[t] - d[j],    c = d[t] + (tail - slope[t]) / (n - t)

    so that nothing is lost where a sum over the block would round, as in (1, 1e-20) at 1:2 or (1, 1, 1e-20) at 2:3.
    """
    m = a.shape[-1]
    down = np.zeros((len(a), m + 1))
    down[:, :m] = np.sort(a, axis=-1)[:, ::-1]
    tail = down[:, : n - 1 : -1].sum(axis=-1, keepdims=True)
    slope = np.zeros((len(a), n + 1))
    steps = np.arange(n - 1, 0, -1) * (down[:, : n - 1] - down[:, 1:n])
    slope[:, : n - 1] = np.cumsum(steps[:, ::-1], axis=-1)[:, ::-1]
    certain = (down[:, :n] > 0) & (slope[:, :n] >= tail)
    t = certain.sum(axis=-1, keepdims=True)  # slope falls along d: what is certain comes first
    top = np.take_along_axis(down, t, -1)  # the largest that is not certain, or 0
    excess = (tail - np.take_along_axis(slope, t, -1)) / np.maximum(n - t, 1)
    level = top + excess
    p = np.where(a > top, 1.0, np.minimum(a, top) / _or_one(level))
    return p, np.where(a > top, 0.0, excess + (top - a))


def pairs_2_4(a):
    """Probabilities (B, 6) of the pairs of Appendix A.2 for magnitudes a (B, 4), in the blocks' own order."""
    order = np.argsort(a, axis=-1, kind="stable")
    a1, a2, a3, a4 = np.take_along_axis(a, order, -1).T
    total = a1 + a2 + a3 + a4
    rest = (a1 + a2) + a3
    zero = np.zeros_like(a1)
    # Differences are grouped so that each is a sum of terms that cannot be negative where its case applies.
    first = [zero, (2 * a1 + a3 - a4) / 2, (2 * a1 + (a4 - a3)) / 2, (2 * a2 + a3 - a4) / 2,
             (2 * a2 + (a4 - a3)) / 2, (a3 + a4) - (a1 + a2)]  # fmt: skip
    second = [zero, zero, 2 * a1, rest - a4, (a2 - a1) + (a4 - a3), (a3 + a4) - (a1 + a2)]
    third = [zero, zero, a1, zero, a2, a3]
    in_third, in_first = a4 >= rest, a4 <= 2 * a1 + a3
    chosen = np.where(in_third, np.array(third), np.where(in_first, np.array(first), np.array(second)))
    scale = np.where(in_third, rest, total)
    lone = rest == 0  # at most one non-zero: pair it with the lowest zero
    chosen[2, lone] = 1
    ranked = (chosen / np.where(lone, 1, scale)).T
    out = np.empty_like(ranked)
    np.put_along_axis(out, PAIR_OF[order[:, PAIRS[:, 0]], order[:, PAIRS[:, 1]]], ranked, -1)
    return out


def two_draws(a):
    """Probability (B, 4) that two draws without replacement keep each of the magnitudes a (B, 4): Eq. 17."""
    planes, total, odds = _draws(a)
    others = np.stack([sum(odds[k] for k in range(4) if k != i) for i in range(4)])
    p = np.minimum(planes / total * (1 + others), 1).T
    few = np.count_nonzero(planes, axis=0) <= 2
    p[few] = a[few] > 0
    return p


def two_draws_variance(a):
    """a^2 (1 - p) / p (B, 4) for that p, as a sum over first draws k and second draws j that both pass over i."""
    planes, total, odds = _draws(a)
    missed = np.zeros_like(planes)
    for k, i, j, _ in permutations(range(4)):
        missed[i] += odds[k] * planes[j]
    v = a / _or_one(two_draws(a)) * (planes / total * missed).T
    return np.where(np.count_nonzero(planes, axis=0)[:, None] <= 2, 0, v)


def _draws(a):
    """Planes (4, B) of a, their sum, and a[k] over the sum of the other three."""
    planes = np.ascontiguousarray(a.T)
    rest = np.stack([sum(planes[i] for i in range(4) if i != k) for k in range(4)])
    return planes, _or_one(planes.sum(axis=0)), planes / _or_one(rest)


def _or_one(x):
    return np.where(x > 0, x, 1)


def draw(weights, u):
    """Index (B,) of the first cumulative weight above u: never one of weight 0, unless all of them are."""
    edges = np.cumsum(weights, axis=-1)
    total = edges[:, -1:]
    return np.argmax(edges / _or_one(total) > u[:, None], axis=-1)

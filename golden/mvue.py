"""Minimum-variance unbiased N:M pruning of neural gradients (optimal-nm-mvue, sections 4.1 to 4.4).

theta_i = a_i / p_i with probability p_i and 0 otherwise is unbiased for any p (Eqs. 6-8); the p of least variance is
min(1, |a_i| / c), with c such that they add up to N (Eqs. 13 and 15 are the 2:4 cases). A block with at most N
non-zeros comes out as it went in. N is what is kept, throughout.

Errata: Eq. 5 prints sign(a_1) in its second row (Eq. 27 is right); the last term of Eq. 11 is mu * (sum of p_j - 2);
Eqs. 13-15 need |a|; the p of Appendix A.3 is 2|a_i| / sum, its D is at most 0 (0 at (1, 3, 2, 2)), and its proof skips
blocks with a certain element, for which the claim still holds; Fig. 2's caption should read a_4 >> the others. The
variance 2 a_1 a_2 of section 4.1 is 2 |a_1 a_2|.

Everything is computed in float64, to a few units in the last place while the non-zeros of a block lie within 1e150 of
each other; beyond, what underflows counts as zero.
"""

import numpy as np

from tamis.golden import _check, _mvue
from tamis.golden._check import finite, real, tail
from tamis.golden.prune import topn_mask


def _operand(x, m):
    return finite(tail(real(x, "x", min_ndim=1), m, "x"), "x")


def _result(x):
    """The float type of what sampling x gives."""
    return np.dtype(np.float64) if x.dtype.kind != "f" else np.result_type(x.dtype, np.float32)


def inclusion(x, pattern):
    """Probability that each element is kept by the best unbiased N:M pruning (Eqs. 13, 15; any N and M).

    From the closed form: adding up pair probabilities would cancel, for (1e-30, 1, 1, 1) down to zero.

    Parameters
    ----------
    x : (..., K) integers or finite floats, K a multiple of M
    pattern : Pattern, or text such as "2:4"

    Returns
    -------
    (..., K) float64 in [0, 1]; 0 only for zeros

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    pattern = _check.pattern(pattern)
    x = _operand(x, pattern.m)

    def core(blocks):
        return _mvue.water_fill(_mvue.scaled(blocks)[0], pattern.n)[0]

    return _mvue.per_block(core, x, pattern.m, pattern.m, np.float64).reshape(x.shape)


def variance(x, pattern):
    """Least variance of an unbiased N:M pruning, per block: sum of a_i^2 / p_i - a_i^2 (Eq. 9); 2 |a_1 a_2| at 1:2.

    Returns (..., K/M) float64; arguments and errors as ``inclusion``. As |a_i| (c - |a_i|), which does not cancel.
    """
    pattern = _check.pattern(pattern)
    x = _operand(x, pattern.m)

    def core(blocks):
        a, exponent = _mvue.scaled(blocks)
        _, gap = _mvue.water_fill(a, pattern.n)
        return np.ldexp((a * gap).sum(axis=-1, keepdims=True), 2 * exponent)

    return _mvue.per_block(core, x, pattern.m, 1, np.float64).reshape(_blocks(x, pattern.m))


def pair_probabilities(x):
    """Probabilities of the six pairs that exact 2:4 sampling keeps (Appendix A.2, Eqs. 29, 31, 32).

    The inclusion probabilities are the only best ones; these pair probabilities are the paper's choice among many that
    give them. Its three cases, on magnitudes in ascending order (equal ones by index), agree where they meet.

    Parameters
    ----------
    x : (..., 4) integers or finite floats

    Returns
    -------
    (..., 6) float64: pairs 01 02 03 12 13 23 of the block's own order. With one non-zero, it and the lowest zero.

    Raises
    ------
    TypeError, ValueError
        For an x outside these.
    """
    x = real(x, "x", min_ndim=1)
    if x.shape[-1] != 4:
        raise ValueError(f"x must have a last axis of 4, not shape {x.shape}")
    finite(x, "x")

    def core(blocks):
        return _mvue.pairs_2_4(_mvue.scaled(blocks)[0])

    return _mvue.per_block(core, x, 4, 6, np.float64).reshape(*x.shape[:-1], 6)


def approx_inclusion(x):
    """Probability that two draws without replacement keep each element (Eq. 17): approx-MVUE 2:4.

    x (..., K) integers or finite floats, K a multiple of 4, to (..., K) float64. TypeError, ValueError otherwise.
    """
    x = _operand(x, 4)

    def core(blocks):
        return _mvue.two_draws(_mvue.scaled(blocks)[0])

    return _mvue.per_block(core, x, 4, 4, np.float64).reshape(x.shape)


def approx_variance(x):
    """Variance of approx-MVUE 2:4, per block (Eq. 9 with Eq. 17): x as ``approx_inclusion`` to (..., K/4) float64.

    Below twice ``variance(x, "2:4")``; two is approached, never reached, as a_4 outgrows the others (Fig. 2).
    """
    x = _operand(x, 4)

    def core(blocks):
        a, exponent = _mvue.scaled(blocks)
        return np.ldexp(_mvue.two_draws_variance(a).sum(axis=-1, keepdims=True), 2 * exponent)

    return _mvue.per_block(core, x, 4, 1, np.float64).reshape(_blocks(x, 4))


def variance_ratio_scan(step=0.005):
    """The largest approx_variance / variance over blocks (a_1 <= a_2 <= a_3 <= 1, 1) on a grid (Fig. 2): a float.

    Entries are the positive multiples of ``step`` up to 1 (zeros would make both variances that of two elements or
    none). 1.9754 at the paper's 0.005. TypeError, ValueError unless step is a number in (0, 1].
    """
    step = _check.number(step, "step", 0, 1)
    if step == 0:
        raise ValueError("step must be positive, not 0.0")
    grid = np.arange(1, int(1 / step + 1e-9) + 1) * step
    worst = 0.0
    for i, a3 in enumerate(grid):
        a2, a1 = np.tril_indices(i + 1)
        blocks = np.stack([grid[a1], grid[a2], np.full(len(a1), a3), np.ones(len(a1))], axis=-1)
        exact = variance(blocks, "2:4")
        worst = max(worst, float((approx_variance(blocks) / exact)[exact > 0].max(initial=0.0)))
    return worst


def sample_1_2(x, u):
    """Unbiased 1:2 pruning of least variance (Eq. 27).

    Keeps a_1 where u < |a_1| / (|a_1| + |a_2|), else a_2, as sign * (|a_1| + |a_2|). A zero block stays zero.

    Parameters
    ----------
    x : (..., K) integers or finite floats, K even
    u : (..., K/2) uniforms in [0, 1), one per block; (...) will do for K = 2

    Returns
    -------
    (..., K) of x's dtype if that is float32 or float64; float32 for float16, float64 for integers

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    x = _operand(x, 2)

    def core(blocks, u):
        a, exponent = _mvue.scaled(blocks)
        total = a.sum(axis=-1)
        first = u < a[:, 0] / np.where(total > 0, total, 1)
        value = np.copysign(np.ldexp(total[:, None], exponent), blocks)
        return np.where(np.stack([first, ~first], axis=-1) & (a > 0), value, 0)

    return _sample(core, x, 2, _uniforms(u, _blocks(x, 2)))


def sample_2_4(x, u):
    """Unbiased 2:4 pruning of least variance: one pair by ``pair_probabilities``, each element as a_i / p_i.

    The pair is the first of 01 02 03 12 13 23 whose cumulative probability exceeds u.

    Parameters
    ----------
    x : (..., K) integers or finite floats, K a multiple of 4
    u : (..., K/4) uniforms in [0, 1), one per block; (...) will do for K = 4

    Returns, Raises
    ---------------
    As ``sample_1_2``.
    """
    x = _operand(x, 4)

    def core(blocks, u):
        a, _ = _mvue.scaled(blocks)
        kept, _ = _mvue.water_fill(a, 2)
        pair = _mvue.PAIRS[_mvue.draw(_mvue.pairs_2_4(a), u)]
        chosen = np.zeros(a.shape, bool)
        np.put_along_axis(chosen, pair, True, -1)
        return _reweighted(blocks, kept, chosen)

    return _sample(core, x, 4, _uniforms(u, _blocks(x, 4)))


def sample_approx_2_4(x, u):
    """approx-MVUE 2:4 (section 4.4): draw an element by magnitude, then another from the rest, each as a_i / p_i.

    Each draw takes the first element whose cumulative share exceeds its uniform.

    Parameters
    ----------
    x : (..., K) integers or finite floats, K a multiple of 4
    u : (..., K/4, 2) uniforms in [0, 1), two per block; (..., 2) will do for K = 4

    Returns, Raises
    ---------------
    As ``sample_1_2``.
    """
    x = _operand(x, 4)

    def core(blocks, u):
        a, _ = _mvue.scaled(blocks)
        kept = _mvue.two_draws(a)
        chosen = np.zeros(a.shape, bool)
        for i in range(2):
            np.put_along_axis(chosen, _mvue.draw(np.where(chosen, 0, a), u[:, i])[:, None], True, -1)
        return _reweighted(blocks, kept, chosen)

    return _sample(core, x, 4, _uniforms(u, _blocks(x, 4), 2))


def greedy_1_2(x):
    """Table 2's "Greedy": the larger of each two as it is, the first of equals. Biased; x as ``sample_1_2``."""
    x = _operand(x, 2)
    return _masked(x, topn_mask(x, "1:2"))


def biased_1_2(x, u):
    """Table 2's "Biased": kept with ``sample_1_2``'s probabilities, but as a_i. Arguments as ``sample_1_2``."""
    x = _operand(x, 2)
    return _masked(x, sample_1_2(x, u) != 0)


def uniform_1_2(x, u):
    """Table 2's "Uniform": either of each two with probability 1/2 (the first where u < 1/2), as a_i. Biased."""
    x = _operand(x, 2)
    first = _uniforms(u, _blocks(x, 2)) < 0.5
    return _masked(x, np.stack([first, ~first], axis=-1).reshape(x.shape))


def unbiased_1_2(x, u):
    """Table 2's "Unbiased": as ``uniform_1_2``, but 2 a_i: no bias, more variance (a_1^2 + a_2^2) than MVUE."""
    return 2 * uniform_1_2(x, u)


def _blocks(x, m):
    return (*x.shape[:-1], x.shape[-1] // m)


def _uniforms(u, blocks, *draws):
    """u (*blocks, *draws); where a row is one block, its axis of length 1 may be missing."""
    u = real(u, "u")
    if blocks[-1:] == (1,) and u.shape == (*blocks[:-1], *draws):
        u = u.reshape(*blocks, *draws)
    return _check.uniforms(u, "u", (*blocks, *draws))


def _sample(core, x, m, u):
    return _mvue.per_block(core, x, m, m, _result(x), u).reshape(x.shape)


def _masked(x, mask):
    out = np.zeros(x.shape, _result(x))
    np.copyto(out, x, where=mask)
    return out


def _reweighted(blocks, kept, chosen):
    return np.where(chosen & (kept > 0), blocks / np.where(kept > 0, kept, 1), 0)

"""What the MVUE unit outputs for 2:4, to the bit: unbiased pruning of least variance without a division.

The paper's approximate method (optimal-nm-mvue, 4.4) draws two elements one after the other and keeps a_i / p_i with
the p of Eq. 17, a quotient of polynomials. With the p of Eqs. 13 and 15, the best ones, the quotient cancels: let
C = min(S, 2 (S - largest)), S the sum of magnitudes; then p_i = min(1, 2 |a_i| / C), and what is kept is

    sign(a_i) C / 2,    but a largest |a_i| >= C / 2 as it is: it is certain.

So one draw with the best p replaces two with nearly the best, and its variance is the least (`golden.mvue.variance`),
below the approximate method's wherever three elements are not zero. A pair with those p needs no division either. Of
the halves (a_0, a_1), (a_2, a_3) let X = (x_0, x_1) be the one with the larger sum, the first of equals, Y = (y_0, y_1)
the other, q its sum, and r uniform in [0, C):

    r < 2 y_0: y_0 and one of X;   r < 2 q: y_1 and one of X;   else: both of X.
    One of X is its smaller where r < q - | |x_0| - |x_1| |, else its larger (the first of equals).

The larger x is in [q - d, C), the smaller in [0, q - d) and [2 q, C), d the difference: 2 x each, if q >= d. If q < d
the larger is certain, C is 2 (q + smaller) and the smaller has [2 q, C): again twice itself.

r = U C / 2^k, U from 1 to 2^k - 1, each once in a cycle. Of these, U C < t 2^k for ceil(t 2^k / C) - 1, which is t / C
of them to less than one. An element's p has at most two such ends, so its mean is off by less than 2 (C / 2) / (2^k -
1). A block with at most two non-zeros comes out as it went in.
"""

import numpy as np

from tamis.golden import _check
from tamis.golden.units.mvue import WIDEST

__all__ = ["bias_bound", "prune_2_4"]


def prune_2_4(blocks, u, u_bits):
    """Values and indices of 2:4 pruning.

    Parameters
    ----------
    blocks : (..., 4) integers of at most 17 bits
    u : (...) integers from 1 to 2^u_bits - 1
    u_bits : int, at most 24

    Returns
    -------
    values : (..., 2) int64, in halves: twice what is kept, from -2^(w+1) to 2^(w+1) - 1 for w-bit elements
    indices : (..., 2) int64, increasing

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    blocks, u = _check.int64(blocks, "blocks", min_ndim=1), _check.integers(u, "u")
    _check.integer(u_bits, "u_bits", 1, 24)
    if blocks.shape[-1] != 4 or u.shape != blocks.shape[:-1]:
        raise ValueError(f"u must have shape (...) for blocks of shape (..., 4), not {u.shape} for {blocks.shape}")
    if u.size and not (u.min() >= 1 and u.max() < 1 << u_bits):
        raise ValueError(f"u must be from 1 to {(1 << u_bits) - 1}, not {u.min()} to {u.max()}")
    sizes = np.abs(_check.between(blocks, "blocks", -WIDEST, WIDEST))
    budget = _budget(sizes)
    r = u.astype(np.int64) * budget >> u_bits  # r < t and U C < t 2^k say the same for an integer t

    halves = sizes.reshape(*u.shape, 2, 2)
    sums = halves.sum(-1)
    heavy = (sums[..., 1] > sums[..., 0]).astype(np.int64)
    x = np.take_along_axis(halves, heavy[..., None, None], -2)[..., 0, :]
    y = np.take_along_axis(halves, 1 - heavy[..., None, None], -2)[..., 0, :]
    q = sums.min(-1)

    both = r >= 2 * q
    from_y = (r >= 2 * y[..., 0]).astype(np.int64)
    larger = (x[..., 1] > x[..., 0]).astype(np.int64)
    from_x = np.where(r < q - np.abs(x[..., 0] - x[..., 1]), 1 - larger, larger)
    first = np.where(both, 2 * heavy, np.where(heavy == 1, from_y, from_x))
    second = np.where(both, 2 * heavy + 1, 2 + np.where(heavy == 1, from_x, from_y))
    indices = np.stack([first, second], -1)

    kept = np.take_along_axis(blocks, indices, -1)
    size = np.maximum(2 * np.abs(kept), budget[..., None])
    return np.where(kept < 0, -size, np.where(kept > 0, size, 0)), indices


def bias_bound(blocks, u_bits):
    """(...) float: what the mean of any element of each block (..., 4) is off by, at most, over a whole cycle."""
    blocks, u_bits = _check.int64(blocks, "blocks", min_ndim=1), _check.integer(u_bits, "u_bits", 1, 24)
    if blocks.shape[-1] != 4:
        raise ValueError(f"blocks must have shape (..., 4), not {blocks.shape}")
    return _budget(np.abs(blocks)) / ((1 << u_bits) - 1)


def _budget(sizes):
    """C: a largest element counts for no more than all the others."""
    total = sizes.sum(-1)
    return np.minimum(total, 2 * (total - sizes.max(-1)))

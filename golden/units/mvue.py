"""What the MVUE unit outputs, to the bit: unbiased 1:2 pruning of least variance (optimal-nm-mvue, 4.1, Eq. 27).

Of a pair (a, b) with S = |a| + |b|, a is kept where u S < |a|, else b, as its sign times S: no division. u = U / 2^k
with U from 1 to 2^k - 1, each once in a cycle of 2^k - 1 (`golden.units.lfsr`). So a is kept in ceil(|a| 2^k / S) - 1
of 2^k - 1 cases, and a pair with a zero always as it is; the mean of what is kept is off by less than S / (2^k - 1).
"""

import numpy as np

from tamis.golden import _check
from tamis.golden.units import lfsr

__all__ = ["bias_bound", "prune_1_2", "sequence"]

WIDEST = (1 << 17) - 1  # magnitude of an element of 17 bits, unsigned


def prune_1_2(pairs, u, u_bits):
    """Values and indices of 1:2 pruning.

    Parameters
    ----------
    pairs : (..., 2) integers of at most 17 bits
    u : (...) integers from 1 to 2^u_bits - 1
    u_bits : int, at most 24

    Returns
    -------
    values : (...) int64, from -2^w to 2^w - 1 for w-bit elements
    indices : (...) int64, 0 or 1; 1 for a pair of zeros

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    pairs, u = _check.int64(pairs, "pairs", min_ndim=1), _check.integers(u, "u")
    _check.integer(u_bits, "u_bits", 1, 24)
    if pairs.shape[-1] != 2 or u.shape != pairs.shape[:-1]:
        raise ValueError(f"u must have shape (...) for pairs of shape (..., 2), not {u.shape} for {pairs.shape}")
    if u.size and not (u.min() >= 1 and u.max() < 1 << u_bits):
        raise ValueError(f"u must be from 1 to {(1 << u_bits) - 1}, not {u.min()} to {u.max()}")
    sizes = np.abs(_check.between(pairs, "pairs", -WIDEST, WIDEST))
    total = sizes.sum(-1)
    index = (u.astype(np.int64) * total >= sizes[..., 0] << u_bits).astype(np.int64)
    kept = np.take_along_axis(pairs, index[..., None], -1)[..., 0]
    return np.where(kept < 0, -total, total), index


def bias_bound(pairs, u_bits):
    """(...) float: what the mean of either element of each pair (..., 2) is off by, at most, over a whole cycle."""
    pairs, u_bits = _check.int64(pairs, "pairs", min_ndim=1), _check.integer(u_bits, "u_bits", 1, 24)
    if pairs.shape[-1] != 2:
        raise ValueError(f"pairs must have shape (..., 2), not {pairs.shape}")
    return np.abs(pairs).sum(-1) / ((1 << u_bits) - 1)


def sequence(u_bits, seed, lanes, beats):
    """(beats, lanes) int64: the u of every block, as the unit with that seed draws them after reset."""
    beats, u_bits = _check.integer(beats, "beats", 0), _check.integer(u_bits, "u_bits", 1, 24)
    return np.stack([lfsr.numbers(u_bits, start, beats) for start in lfsr.lane_seeds(u_bits, seed, lanes)], -1)

"""N:M pruning: which elements stay, and the compressed form that hardware reads.

"Largest" means largest magnitude; ties go to the lower index; -128 has magnitude 128. Keeping the N largest of each
block minimises the squared error (optimal-nm-mvue, section 3 (1), where the number kept is printed as M - N; here, as
everywhere in Tamis, N is what stays).
"""

import numpy as np

from tamis.golden import _check, _topn, _transposable
from tamis.golden._check import real, restored, tail


def topn_mask(x, pattern):
    """Mask of the N largest magnitudes in every block of M along the last axis.

    Parameters
    ----------
    x : (..., K) integers or finite floats of 8 to 64 bits, K a multiple of M
    pattern : Pattern, or text such as "2:4"

    Returns
    -------
    (..., K) bool, exactly N True per block, also where fewer than N elements are non-zero.

    Raises
    ------
    TypeError
        If x is neither integers nor floats.
    ValueError
        If K is not a multiple of M, or x holds NaN or infinity.
    """
    pattern = _check.pattern(pattern)
    x = tail(real(x, "x", min_ndim=1), pattern.m, "x")
    return _topn.mask(x, pattern.n, pattern.m)


def transposable_mask(x, pattern, method="optimal"):
    """Mask that is N:M along rows and along columns of every M x M tile (optimal-nm-mvue, section 6, on Hubara et al.).

    Parameters
    ----------
    x : (..., R, C) integers or finite floats, R and C multiples of M
    pattern : Pattern, or text such as "2:4"; M at most 16 for "optimal", at most 127 for "greedy"
    method : "optimal"
        exactly N per row and column, of maximal kept magnitude; sums are exact where a tile's magnitudes are integers
        below 2^46, and otherwise to 2^-46 of its largest. Which of several optima, is fixed but unspecified.
    method : "greedy"
        largest first (ties to the lower flat index of the tile), wherever row and column have room: at least half of
        the optimum, as ((1 + e, 1), (1, 0)) at 1:2 nearly attains, and often fewer than N in a row or column (16 % of
        random 2:4 tiles, 55 % at 4:8).

    Returns
    -------
    (..., R, C) bool

    Raises
    ------
    TypeError
        If x is neither integers nor floats.
    ValueError
        If R or C is not a multiple of M, M is too large, x holds NaN or infinity, or method is neither.
    """
    pattern = _check.pattern(pattern)
    x = _check.finite(real(x, "x", min_ndim=2), "x")
    _check.choice(method, "method", ("optimal", "greedy"))
    n, m = pattern.n, pattern.m
    if m > (limit := 16 if method == "optimal" else 127):
        raise ValueError(f"pattern must have an M of at most {limit} for method {method!r}, not {pattern}")
    rows, columns = x.shape[-2:]
    if rows % m or columns % m:
        raise ValueError(f"x must have last two axes that are multiples of {m}, not shape {x.shape}: pad it")
    tiles = x.reshape(*x.shape[:-2], rows // m, m, columns // m, m).swapaxes(-2, -3)
    shape = tiles.shape
    tiles = _check.magnitude_keys(tiles.reshape(x.size // (m * m), m, m))
    if method == "greedy":
        mask = _transposable.greedy(tiles, n)
    else:
        mask = _transposable.optimal(tiles.view(x.dtype) if x.dtype.kind == "f" else tiles, n)
    return mask.reshape(shape).swapaxes(-2, -3).reshape(x.shape)


def compress(x, pattern):
    """The N:M view of x as entries {value, index}.

    The N largest of each block are kept (``topn_mask``), so a tensor that already is N:M is compressed without loss.
    A block with fewer non-zeros fills its entries with the zeros of lowest index: indices are always distinct,
    ascending and below M, so hardware needs no "valid" bit.

    Parameters
    ----------
    x : (..., K) integers or finite floats, K a multiple of M
    pattern : Pattern, or text such as "2:4"

    Returns
    -------
    values : (..., K/M, N), dtype of x
    indices : (..., K/M, N) intp, position within the block, ascending

    Raises
    ------
    TypeError, ValueError
        As ``topn_mask``.
    """
    pattern, given = _check.pattern(pattern), x
    x = tail(real(x, "x", min_ndim=1), pattern.m, "x")
    shape = (*x.shape[:-1], x.shape[-1] // pattern.m, pattern.n)
    flat = np.flatnonzero(_topn.mask(x, pattern.n, pattern.m))
    values = x.reshape(-1)[flat].reshape(shape)
    flat %= pattern.m
    return restored(values, given), flat.reshape(shape)


def decompress(values, indices, pattern):
    """The dense tensor of compressed entries; the inverse of ``compress`` on N:M tensors.

    Parameters
    ----------
    values : (..., K/M, N) numbers
    indices : (..., K/M, N) integers from 0 to M - 1, distinct within a block, in any order
    pattern : Pattern, or text such as "2:4"

    Returns
    -------
    (..., K), dtype of values.

    Raises
    ------
    TypeError
        If values are not numbers, or indices not integers.
    ValueError
        If the shapes differ or do not end in (K/M, N), or an index is out of range or repeated within its block.
    """
    pattern, given = _check.pattern(pattern), values
    values = real(values, "values", min_ndim=2)
    indices = _check.integers(indices, "indices", min_ndim=2)
    if values.shape[-1] != pattern.n:
        raise ValueError(f"values must have a last axis of {pattern.n} for {pattern}, not shape {values.shape}")
    if indices.shape != values.shape:
        raise ValueError(f"indices must have the shape of values, {values.shape}, not {indices.shape}")
    if indices.size:
        low, high = int(indices.min()), int(indices.max())
        if low < 0 or high >= pattern.m:
            raise ValueError(f"indices must be from 0 to {pattern.m - 1}, not {low if low < 0 else high}")
        ordered = indices
        if not (ordered[..., 1:] > ordered[..., :-1]).all():
            ordered = np.sort(indices, axis=-1)
        same = ordered[..., 1:] == ordered[..., :-1]
        if same.any():
            raise ValueError(f"indices must be distinct within a block, not twice {ordered[..., 1:][same][0]}")
    out = np.zeros((*values.shape[:-1], pattern.m), values.dtype)
    np.put_along_axis(out, indices.astype(np.intp, copy=False), values, axis=-1)
    return restored(out.reshape(*values.shape[:-2], values.shape[-2] * pattern.m), given)


def sr_ste_grad(grad, weight, mask, decay):
    """The gradient that a dense copy of the weights follows under SR-STE: grad + decay * (1 - mask) * weight.

    Straight through for what is kept; a pull to zero on what is pruned (optimal-nm-mvue, section 2, on Zhou et al.).

    Parameters
    ----------
    grad, weight : (...) finite numbers of one shape
    mask : (...) bool of that shape, True where kept
    decay : number, at least 0

    Returns
    -------
    (...) the common float type (float64 for integers)

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    grad, weight = _check.floating(grad, "grad"), _check.floating(weight, "weight")
    if weight.shape != grad.shape:
        raise ValueError(f"weight must have the shape of grad, {grad.shape}, not {weight.shape}")
    mask = _check.boolean(mask, "mask", grad.shape)
    pull = weight * weight.dtype.type(_check.number(decay, "decay", 0))
    return np.where(mask, grad, grad + pull)


def expected_macs(pattern):
    """Expected multiplies per block that find two non-zeros, both operands N:M with uniform masks: N^2 / M (a float).

    optimal-nm-mvue, Eq. 18, is the 2:4 case (1). A systolic array cannot use it: it must assume the worst block.
    """
    pattern = _check.pattern(pattern)
    return pattern.n * pattern.n / pattern.m

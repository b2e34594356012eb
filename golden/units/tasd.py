"""What a TASD unit outputs, to the bit (tasd, sections 3.1 and 4.4).

A unit is told a series by its *marks*, M bits: bit p is set where the entry in place p is the last of its term, so
4:8+1:8 has bits 3 and 4. Any mask but zero is a legal series of whole M-blocks: every term has at least one entry and
all together at most M. The hardware needs no sums and no comparisons for it.
"""

import numpy as np

from tamis.golden import _check, _topn

__all__ = ["marks", "pool_units", "ranked", "streamed"]


def marks(series, m):
    """The mark mask of a series for a unit of block size m.

    Parameters
    ----------
    series : Series, Pattern, or text such as "4:8+1:8"
    m : int

    Returns
    -------
    int from 1 to 2^m - 1

    Raises
    ------
    ValueError
        If a term has another M, or the terms keep more than m in all.
    """
    series, m = _check.series(series), _check.integer(m, "m", 1)
    mask, end = 0, 0
    for term in series.terms:
        end += term.n
        if term.m != m or end > m:
            raise ValueError(f"series must have terms of M = {m} that keep at most {m} in all, not '{series}'")
        mask |= 1 << (end - 1)
    return mask


def _operands(blocks, marks):
    blocks = _check.integers(blocks, "blocks", ndim=2)
    marks = _check.int64(marks, "marks")
    if marks.shape not in ((), (1,), blocks.shape[:1]):
        raise ValueError(f"marks must be one integer or have shape {blocks.shape[:1]}, not {marks.shape}")
    marks = np.broadcast_to(marks, blocks.shape[:1])
    m = blocks.shape[1]
    if marks.size and not (marks.min() >= 0 and marks.max() < 1 << m):
        raise ValueError(f"marks must be from 0 to {(1 << m) - 1} for blocks of {m}, "
                         f"not {marks.min()} to {marks.max()}")
    return blocks, marks


def _sorted(blocks, marks):
    places = np.concatenate([ranked.T for _, ranked in _places(blocks)]) if len(blocks) else blocks.astype(np.uint8)
    indices = np.empty(blocks.shape, np.intp)
    np.put_along_axis(indices, places.astype(np.intp), np.broadcast_to(np.arange(blocks.shape[1]), blocks.shape), -1)
    values = np.take_along_axis(blocks, indices, -1)
    kept = (marks[:, None] >> np.arange(blocks.shape[1])) != 0
    return values, indices, kept


def _places(blocks):
    for window, ranked in _topn.places(blocks):
        yield window, ranked.copy()


def ranked(blocks, marks):
    """Style "rank": every block's elements in magnitude order, one beat per block.

    Parameters
    ----------
    blocks : (B, M) integers
    marks : (B,) integers or one for all, see `marks`

    Returns
    -------
    values : (B, M), dtype of blocks: all elements, largest magnitude first, ties to the lower index
    indices : (B, M) intp, where each was
    residual : (B,) bool, whether an element that no term kept is not zero

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    blocks, marks = _operands(blocks, marks)
    values, indices, kept = _sorted(blocks, marks)
    return values, indices, ((values != 0) & ~kept).any(-1)


def streamed(blocks, marks):
    """Style "tree": one beat per entry, sum N beats per block (one for a block without marks, an error).

    Parameters
    ----------
    blocks, marks : as for `ranked`

    Returns
    -------
    values, indices : (beats,)
    term_end, last : (beats,) bool, the last entry of its term, of its block
    residual : (beats,) bool, whether an element of the block that has not come yet is not zero

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    blocks, marks = _operands(blocks, marks)
    values, indices, kept = _sorted(blocks, marks)
    kept[:, :1] = True
    m = blocks.shape[1]
    later = np.flip(np.logical_or.accumulate(np.flip(values != 0, -1), -1), -1)
    later = np.concatenate([later[:, 1:], np.zeros((len(blocks), 1), bool)], -1)
    term_end = (marks[:, None] >> np.arange(m) & 1).astype(bool)
    last = kept & ~np.concatenate([kept[:, 1:], np.zeros((len(blocks), 1), bool)], -1)
    return tuple(part[kept] for part in (values, indices, term_end, last, later))


def pool_units(beats, blocks_per_cycle, units):
    """Which unit of a pool takes each block: lane l of beat t goes to unit l + B (t mod n), n that lane's units.

    Parameters
    ----------
    beats, blocks_per_cycle, units : int

    Returns
    -------
    (beats, blocks_per_cycle) intp
    """
    beats, units = _check.integer(beats, "beats", 0), _check.integer(units, "units", 1)
    blocks_per_cycle = _check.integer(blocks_per_cycle, "blocks_per_cycle", 1, units)
    lanes = np.arange(blocks_per_cycle)
    own = (units - lanes + blocks_per_cycle - 1) // blocks_per_cycle
    return lanes + blocks_per_cycle * (np.arange(beats)[:, None] % own)

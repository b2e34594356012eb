"""The place of every element in its block's ranking by magnitude, ties to the lower index, without sorting.

The trick: the place is the number of elements that beat it, and for small M counting all M(M-1)/2 pairs is cheaper
than a sort: each pair is one vector compare over many blocks at once, held as M planes (element 0 of every block,
element 1, ...) that stay in the cache.
"""

import numpy as np

from tamis.golden._check import UNSIGNED, finite, magnitude_keys

PAIRWISE_LIMIT = 32  # beyond it, M(M-1)/2 compares cost more than a stable sort
CHUNK = 1 << 16  # elements worked on at a time: keys, places and compares stay in the cache


def _by_pairs(keys, out):
    """Places in descending order, 0 for the largest, of ``keys`` (m, blocks) into ``out`` (m, blocks) uint8."""
    m = keys.shape[0]
    out[0] = 0
    for j in range(1, m):
        beaten = (keys[:j] >= keys[j]).view(np.uint8)  # equal keys: the lower index wins
        np.add.reduce(beaten, axis=0, out=out[j], dtype=np.uint8)
        out[:j] += 1 - beaten
    return out


def _by_sort(keys):
    """The same by a stable sort, as an (m, blocks) view of integers."""
    order = np.argsort(~keys.T, axis=-1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(order.shape[-1])[None, :], axis=-1)
    return places.T


def places(blocks):
    """For ``blocks`` (count, m), yield (slice of blocks, places (m, slice)), a cacheful at a time.

    The yielded array is reused: read it before asking for the next.
    """
    count, m = blocks.shape
    step = max(1, CHUNK // m)
    out = np.empty((m, step), np.uint8)
    for start in range(0, count, step):
        chunk = blocks[start : start + step]
        keys = magnitude_keys(np.ascontiguousarray(chunk.T))
        window = slice(start, start + len(chunk))
        yield window, _by_pairs(keys, out[:, : len(chunk)]) if m <= PAIRWISE_LIMIT else _by_sort(keys)


def mask(x, n, m):
    """Bool mask, shape of ``x``, of exactly n per block of m along the last axis. ValueError on NaN or infinity."""
    finite(x, "x")
    if n == m:
        return np.ones(x.shape, np.bool_)
    blocks = x.reshape(-1, m)
    out = np.empty(blocks.shape, np.bool_)
    for window, ranked in places(blocks):
        out[window] = (ranked < n).T
    return out.reshape(x.shape)


def split(x, counts, m):
    """The counts[0] largest of every block of m, the next counts[1], ..., and the rest, each in an array like ``x``.

    Elements are moved as bit patterns: a product with 0 or 1 and a subtraction of what was taken, which vectorise
    where a masked copy does not.
    """
    bits = x.reshape(-1, m).view(UNSIGNED[x.dtype.itemsize])
    parts = [np.empty(bits.shape, bits.dtype) for _ in range(len(counts) + 1)]
    for window, ranked in places(x.reshape(-1, m)):
        ranked = np.ascontiguousarray(ranked.T)
        rest = parts[-1][window]
        rest[...] = bits[window]
        for part, edge in zip(parts, np.cumsum(counts).tolist(), strict=False):
            np.multiply(rest, (ranked < edge).astype(bits.dtype), out=part[window])
            rest -= part[window]
    return [part.view(x.dtype).reshape(x.shape) for part in parts]

"""The N largest magnitudes of every block, ties to the lower index, without sorting.

The trick: the place of an element in its block's ranking is the number of elements that beat it, and for small M
counting all M(M-1)/2 pairs is cheaper than a sort: each pair is one vector compare over many blocks at once, held as M
planes (element 0 of every block, element 1, ...) that stay in the cache.
"""

import numpy as np

from golden._check import finite, magnitude_keys

PAIRWISE_LIMIT = 32  # beyond it, M(M-1)/2 compares cost more than a stable sort
CHUNK = 1 << 15  # elements worked on at a time: keys, ranks and compares together stay in a 1 MB cache


def ranks(keys, out):
    """Places in descending order, 0 for the largest, of ``keys`` (m, blocks) into ``out`` (m, blocks) uint8."""
    m = keys.shape[0]
    out[0] = 0
    for j in range(1, m):
        beaten = (keys[:j] >= keys[j]).view(np.uint8)  # equal keys: the lower index wins
        np.add.reduce(beaten, axis=0, out=out[j], dtype=np.uint8)
        out[:j] += 1 - beaten
    return out


def _pairwise(blocks, n, out):
    count, m = blocks.shape
    step = max(1, CHUNK // m)
    places = np.empty((m, step), np.uint8)
    for start in range(0, count, step):
        chunk = blocks[start : start + step]
        keys = magnitude_keys(np.ascontiguousarray(chunk.T))
        kept = ranks(keys, places[:, : len(chunk)]) < n
        out[start : start + step] = kept.T


def _by_sort(blocks, n, out):
    count, m = blocks.shape
    step = max(1, CHUNK // m)
    for start in range(0, count, step):
        keys = magnitude_keys(np.ascontiguousarray(blocks[start : start + step]))
        order = np.argsort(~keys, axis=-1, kind="stable")[:, :n]
        np.put_along_axis(out[start : start + step], order, True, axis=-1)


def mask(x, n, m, name="x"):
    """Bool mask, shape of ``x``, of exactly n per block of m along the last axis. ValueError on NaN or infinity."""
    finite(x, name)
    blocks = x.reshape(-1, m)
    out = np.zeros(blocks.shape, np.bool_)
    if n == m:
        out[:] = True
    elif m <= PAIRWISE_LIMIT:
        _pairwise(blocks, n, out)
    else:
        _by_sort(blocks, n, out)
    return out.reshape(x.shape)

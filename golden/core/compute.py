"""The tile of C that a job leaves in the accumulators, to the bit (docs/core.md).

Chunks of K, in each chunk the terms of A, in each term its passes; a pass adds its exact sums to the accumulators,
which wrap or saturate then and at no other time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tamis.golden.array import Accumulator
from tamis.golden.core.config import Core
from tamis.golden.core.descriptor import Job
from tamis.golden.core.format import Entries, a_entries, matrix_b

__all__ = ["tile", "tile_of"]


def tile(entries: Entries, b: ArrayLike, core: Core) -> tuple[NDArray[np.int64], int]:
    """C (T, cols) int64, and how often an accumulator overflowed.

    entries : [(values, indices)] of each term, (cols, K/M, N) integers
    b : (K, T) integers
    """
    accumulator = Accumulator(core.acc_width, True, core.array.overflow)
    b = matrix_b(b, core)
    blocks = b.T.reshape(b.shape[1], b.shape[0] // core.m, core.m)
    total, overflows = np.zeros((b.shape[1], core.array.cols), np.int64), 0
    for chunk in range(0, blocks.shape[1], core.chunk_blocks):
        for values, indices in entries:
            step = core.array.rows // values.shape[2]
            for k in range(chunk, min(chunk + core.chunk_blocks, blocks.shape[1]), step):
                part = slice(k, min(k + step, chunk + core.chunk_blocks))
                picked = np.take_along_axis(blocks[:, None, part], indices[None, :, part], axis=3)
                exact = total + (picked * values[None, :, part].astype(np.int64)).sum((2, 3))
                total = accumulator.fit(exact)
                overflows += int(np.count_nonzero(total != exact))
    return total, overflows


def tile_of(job: Job, a_bytes: list[bytes], b: ArrayLike, core: Core) -> tuple[NDArray[np.int64], int]:
    """The same, A from the bytes of its chunks; b: (K, T) integers."""
    return tile(a_entries(a_bytes, job.terms, core), b, core)

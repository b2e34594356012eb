"""Exact integer products at the speed of a BLAS."""

import numpy as np

SHORTEST = 64  # below this many terms to a chunk, adding the chunks up costs more than a wider float
MANTISSAS = ((np.float32, 1 << 24), (np.float64, 1 << 53))


def matmul(a, b):
    """``a @ b``: int64 for integers, exact modulo 2^64; the common float type otherwise.

    numpy has no fast integer product. While no partial sum reaches 2^24 (2^53), float32 (float64) computes the same
    integers exactly; K is cut into chunks short enough for that. int8 operands take float32 and chunks of 1023.
    """
    if a.dtype.kind == "f" or b.dtype.kind == "f":
        return a @ b
    k, largest = a.shape[-1], max(1, _peak(a) * _peak(b))
    for dtype, limit in MANTISSAS:
        step = (limit - 1) // largest
        if step >= min(k, SHORTEST):
            total = 0
            for start in range(0, max(k, 1), max(step, 1)):
                part = a[..., start : start + step].astype(dtype) @ b[..., start : start + step, :].astype(dtype)
                total = total + part.astype(np.int64)
            return total
    return a.astype(np.int64) @ b.astype(np.int64)


def _peak(x):
    return max(abs(int(x.max(initial=0))), abs(int(x.min(initial=0))))

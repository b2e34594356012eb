"""Two ways to multiply a condensed layer, values and columns (n, k), with inputs (B, d): (B, n)."""

import numpy as np

CHUNK = 1 << 16  # elements gathered at a time


def gather(values, indices, inputs, dtype):
    """Eq. 31 as it stands, some neurons at a time so that what is gathered stays small."""
    n, k = values.shape
    columns = np.ascontiguousarray(inputs.T)
    out = np.empty((n, len(inputs)), dtype)
    step = max(1, CHUNK // max(1, k * len(inputs)))
    for start in range(0, n, step):
        window = slice(start, start + step)
        gathered = np.take(columns, indices[window], axis=0, mode="clip")  # range checked by the caller
        np.einsum("nk,nkb->nb", values[window], gathered, out=out[window], dtype=dtype, casting="same_kind")
    return out.T


def spread(values, indices, inputs, dtype):
    """For several inputs: a BLAS over some dense rows at a time is faster than gathering, zeros and all."""
    n, d = len(values), inputs.shape[1]
    inputs = inputs.astype(dtype, copy=False)
    out = np.empty((len(inputs), n), dtype)
    rows = np.zeros((max(1, 3 * CHUNK // max(1, d)), d), dtype)
    for start in range(0, n, len(rows)):
        part = indices[start : start + len(rows)]
        places = part + np.arange(len(part))[:, None] * d
        rows.reshape(-1)[places] = values[start : start + len(rows)]
        np.matmul(inputs, rows[: len(part)].T, out=out[:, start : start + len(part)])
        rows.reshape(-1)[places] = 0
    return out

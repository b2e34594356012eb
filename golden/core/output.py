"""What the core's output stage does with a finished tile of C, to the bit (docs/core.md).

sums (T, cols) int32 -> bias, multiplier / 2^shift and zero point per channel j -> int codes -> raw sums, a series of
N:M terms along j (M:M: dense), or SAS 1:M entries; as the bytes of the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tamis.golden import quant, sas
from tamis.golden._check import between, flag, int64, integer
from tamis.golden.core.record import pack_records, record_bits
from tamis.golden.units import tasd

__all__ = ["Table", "codes", "raw_bytes", "sas_bytes", "series_bytes"]

INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class Table:
    """Output parameters of T channels.

    bias : (T,) int32, added to the sum, saturating at int32
    multiplier : (T,) int16
    shift : (T,) 0 to 62
    """

    bias: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray


def codes(sums: ArrayLike, table: Table, *, width: int, zero_point: int = 0, relu: bool = False) -> NDArray[np.int64]:
    """(T, cols) int64 codes of ``width`` bits: round((sum + bias) multiplier / 2^shift) + zero_point, saturated.

    Halves round to even (`tamis.golden.quant.rounding_shift`). relu: codes below zero_point become zero_point.
    """
    sums, relu = between(int64(sums, "sums", ndim=2), "sums", INT32.min, INT32.max), flag(relu, "relu")
    bias, multiplier, shift = (_channels(getattr(table, name), name, len(sums), bits) for name, bits in
                               (("bias", 32), ("multiplier", 16), ("shift", 32)))
    half = 1 << (integer(width, "width", 2, 16) - 1)
    zero_point = integer(zero_point, "zero_point", -half, half - 1)
    x = np.clip(sums + bias, INT32.min, INT32.max)
    scaled = quant.rounding_shift(x * multiplier, shift)
    q = np.clip(scaled + zero_point, -half, half - 1)
    return np.maximum(q, zero_point) if relu else q


def _channels(x: ArrayLike, name: str, count: int, bits: int) -> NDArray[np.int64]:
    """Parameters of ``count`` channels, of so many bits, as a column (T, 1)."""
    x = between(int64(x, name, ndim=1), name, -1 << bits - 1, (1 << bits - 1) - 1)
    if len(x) != count:
        raise ValueError(f"{name} must have shape ({count},) for sums of {count} rows, not {x.shape}")
    return x[:, None]


def raw_bytes(sums: ArrayLike) -> bytes:
    """The raw tile: for each j, for each i, an int32."""
    return between(int64(sums, "sums", ndim=2), "sums", INT32.min, INT32.max).astype("<i4").tobytes()


def series_bytes(q: ArrayLike, terms: Sequence[int], m: int, width: int) -> bytes:
    """Codes (T, cols) as records of M columns j: the blocks' first sum(terms) entries in magnitude order, or all M."""
    q, m = int64(q, "q", ndim=2), integer(m, "m", 1)
    if len(q) % m:
        raise ValueError(f"q must have rows that are a multiple of {m}, not shape {q.shape}")
    blocks = q.reshape(len(q) // m, m, q.shape[1]).transpose(0, 2, 1).reshape(-1, m)
    if tuple(terms) == (m,):
        return pack_records([(blocks, width)], record_bits(terms, m, width))
    values, indices, _ = tasd.ranked(blocks, (1 << m) - 1)
    kept = sum(terms)
    return pack_records([(values[:, :kept], width), (indices[:, :kept], (m - 1).bit_length())],
                        record_bits(terms, m, width))


def sas_bytes(q: ArrayLike, m: int, width: int) -> bytes:
    """Codes (T channels, cols) as records of one {value, index} entry: for each channel, for each i."""
    q, m = int64(q, "q", ndim=2), integer(m, "m", 2)
    indices = sas.sign_index(q, m.bit_length() - 1, axis=0)
    return pack_records([(q.reshape(-1, 1), width), (indices.reshape(-1, 1), m.bit_length() - 1)],
                        record_bits((1,), m, width))

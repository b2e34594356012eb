"""What the core's output stage does with a finished tile of C, to the bit (docs/core.md).

sums (T, cols) int32 -> bias, multiplier / 2^shift and zero point per channel j -> int codes -> raw sums, a series of
N:M terms along j (M:M: dense), or SAS 1:M entries; as the bytes of the stream.
"""

from dataclasses import dataclass

import numpy as np

from tamis.golden import quant, sas
from tamis.golden.core.record import pack_records, record_bits
from tamis.golden.units import tasd

__all__ = ["Table", "codes", "raw_bytes", "sas_bytes", "series_bytes"]

INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class Table:
    """Output parameters of T channels.

    bias : (T,) int32, added to the sum, saturating at int32
    multiplier : (T,) int32
    shift : (T,) 0 to 62
    """

    bias: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray


def codes(sums, table, *, width, zero_point=0, relu=False):
    """(T, cols) int64 codes of ``width`` bits: round((sum + bias) multiplier / 2^shift) + zero_point, saturated.

    Halves round to even (`tamis.golden.quant.rounding_shift`). relu: codes below zero_point become zero_point.
    """
    x = np.clip(np.asarray(sums, np.int64) + np.asarray(table.bias, np.int64)[:, None], INT32.min, INT32.max)
    scaled = quant.rounding_shift(x * np.asarray(table.multiplier, np.int64)[:, None],
                                  np.asarray(table.shift, np.int64)[:, None])
    half = 1 << (width - 1)
    q = np.clip(scaled + zero_point, -half, half - 1)
    return np.maximum(q, zero_point) if relu else q


def raw_bytes(sums):
    """The raw tile: for each j, for each i, an int32."""
    return np.asarray(sums).astype("<i4").tobytes()


def series_bytes(q, terms, m, width):
    """Codes (T, cols) as records of M columns j: the blocks' first sum(terms) entries in magnitude order, or all M."""
    blocks = q.reshape(len(q) // m, m, -1).transpose(0, 2, 1).reshape(-1, m)
    if tuple(terms) == (m,):
        return pack_records([(blocks, width)], record_bits(terms, m, width))
    values, indices, _ = tasd.ranked(blocks, (1 << m) - 1)
    kept = sum(terms)
    return pack_records([(values[:, :kept], width), (indices[:, :kept], (m - 1).bit_length())],
                        record_bits(terms, m, width))


def sas_bytes(q, m, width):
    """Codes (T channels, cols) as records of one {value, index} entry: for each channel, for each i."""
    indices = sas.sign_index(q, m.bit_length() - 1, axis=0)
    return pack_records([(q.reshape(-1, 1), width), (indices.reshape(-1, 1), m.bit_length() - 1)],
                        record_bits((1,), m, width))

"""Records: one block of compressed operand on a stream, padded to a power of two of at least 8 bits (docs/core.md)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tamis.golden._check import int64, integer, integers

__all__ = ["pack_records", "record_bits", "signed_of"]


def record_bits(terms: Sequence[int], m: int, width: int) -> int:
    """Bits of the record of a block of M whose terms keep ``terms`` entries; a term that keeps M has no indices."""
    m, width = integer(m, "m", 1), integer(width, "width", 1)
    terms = [integer(n, "terms", 0, m) for n in terms]
    index = (m - 1).bit_length()
    used = sum(n * (width + (0 if n == m else index)) for n in terms)
    return max(8, 1 << (used - 1).bit_length())


def pack_records(fields: Sequence[tuple[ArrayLike, int]], bits: int) -> bytes:
    """Bytes of records, little-endian, entry after entry.

    Parameters
    ----------
    fields : list of ((R, E) integers, width)
        What each of the E entries of R records is made of, the first lowest; two's complement if negative.
    bits : int
        Of a record, a multiple of 8.
    """
    bits = integer(bits, "bits", 1)
    shifts = [((int64(x, "fields", min_ndim=2)[..., None] >> np.arange(width)) & 1).astype(np.uint8)
              for x, width in fields]
    bands = np.concatenate(shifts, -1)
    rows = bands.reshape(len(bands), bands.shape[1] * bands.shape[2])
    return np.packbits(np.pad(rows, ((0, 0), (0, bits - rows.shape[1]))), axis=1, bitorder="little").tobytes()


def signed_of(bits: ArrayLike) -> NDArray[np.int64]:
    """int64 of the bits (..., width) along the last axis, the lowest first, two's complement."""
    bits = integers(bits, "bits", min_ndim=1)
    width = bits.shape[-1]
    return bits.astype(np.int64) @ np.append(1 << np.arange(width - 1), -1 << (width - 1))

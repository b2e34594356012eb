"""What goes into a GEMM of the core and how its result leaves: compressed A, compressed B, the output."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tamis.golden.core import format
from tamis.hdl.core.config import RAW, CoreConfig
from tamis.host import check

__all__ = ["CompressedB", "Operand", "Output"]


@dataclass(frozen=True)
class Operand:
    """A, compressed.

    Attributes
    ----------
    rows, k : int
        I, and K in elements of whole blocks.
    terms : tuple of int
        N of each term.
    tiles : list of list of bytes
        For each `cols` rows the chunks of K.
    unpadded : int or None
        K before it was padded to whole blocks, which is what B must have as rows; None: k, nothing was padded.
    """

    rows: int
    k: int
    terms: tuple[int, ...]
    tiles: list[list[bytes]]
    unpadded: int | None = None

    @property
    def depth(self) -> int:
        """Rows that B must have."""
        return self.k if self.unpadded is None else self.unpadded

    @classmethod
    def compress(cls, a: Any, terms: Iterable[int], core: CoreConfig) -> "Operand":
        """A (I, K) integers of the core's `a_width`, greedily as that series of at most three terms.

        K is padded to whole blocks, I to whole tiles. Raises TypeError or ValueError if `a` is empty, no matrix of such
        integers, or the core does not have the terms.
        """
        terms = check.series(terms, core)
        a = check.matrix(a, "a", core.array.a_width)
        cols, m = core.array.cols, core.m
        padded = np.pad(a, ((0, -len(a) % cols), (0, -a.shape[1] % m)))
        tiles = [format.a_chunks(format.a_terms(padded[i:i + cols], terms, m), core)
                 for i in range(0, len(padded), cols)]
        return cls(len(a), padded.shape[1], terms, tiles, a.shape[1])

    def dense(self, core: CoreConfig) -> np.ndarray:
        """(I, K) int64, K of whole blocks: the matrix that the records stand for."""
        parts = []
        for chunks in self.tiles:
            total = np.zeros((core.array.cols, self.k), np.int64)
            for values, indices in format.a_entries(chunks, self.terms, core):
                part = np.zeros((*values.shape[:2], core.m), np.int64)
                np.put_along_axis(part, indices, values, -1)
                total += part.reshape(total.shape)
            parts.append(total)
        return np.concatenate(parts)[:self.rows]


@dataclass(frozen=True)
class CompressedB:
    """B to be sent compressed, N:M along K as the core's `b_pattern`.

    b : (K, J) integers
    """

    b: np.ndarray


@dataclass(frozen=True)
class Output:
    """How C leaves: mode RAW, SERIES (with the next layer's `terms`) or SAS, and the scaling of each channel j.

    bias : (J,) int32, or None for RAW
    multiplier : (J,) int16, or None for RAW
    shift : (J,) integers from 0 to 62, or None for RAW
    zero_point : int, -128 to 127
    """

    mode: int = RAW
    terms: tuple[int, ...] = ()
    bias: np.ndarray | None = None
    multiplier: np.ndarray | None = None
    shift: np.ndarray | None = None
    relu: bool = False
    zero_point: int = 0

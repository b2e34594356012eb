"""What the N:M systolic array outputs, to the bit.

C[I,J] = A[I,K] . B[K,J]. A, the N:M operand, is cut into *tiles* of rows x cols compressed {value, index} entries that
stay in the array while T columns of B stream past: one *pass*. N consecutive array rows read the same M-element block,
so a tile covers rows*M/N of K and cols of I. Passes run K-tiles innermost; each starts from the sums of the one before.
"""

from dataclasses import dataclass

import numpy as np

from tamis.golden._check import int64, integer, integers, shown
from tamis.golden._check import pattern as as_pattern
from tamis.golden.array.accumulator import Accumulator
from tamis.golden.prune import compress

__all__ = ["Pass", "Tiling", "gemm", "tile"]


@dataclass(frozen=True)
class Pass:
    """One tile of A and the columns of B that stream past it.

    values, indices : (rows, cols) integers, the stationary entries, 0 <= index < M
    blocks : (T, blocks, M) integers, the M-element blocks of B that enter with each column; array row r reads
        block r * blocks // rows
    c : (T, cols) integers, the partial sums that enter from the north
    """

    values: np.ndarray
    indices: np.ndarray
    blocks: np.ndarray
    c: np.ndarray

    def output(self, beta, accumulator):
        """(T, cols) int64: the sums that leave south; `accumulator.fit` acts once for every beta rows."""
        rows = len(self.values)
        source = np.arange(rows) * self.blocks.shape[1] // rows
        total = self.c.astype(np.int64)
        for top in range(0, rows, beta):
            group = slice(top, top + beta)
            operand = self.blocks[:, source[group, None], self.indices[group]].astype(np.int64)
            total = accumulator.fit(total + (operand * self.values[group].astype(np.int64)).sum(axis=1))
        return total


@dataclass(frozen=True)
class Tiling:
    """How A (I, K) under a pattern becomes tiles for a rows x cols array.

    values, indices : (I tiles, K tiles, rows, cols)
    """

    values: np.ndarray
    indices: np.ndarray
    pattern: object
    i: int
    k: int

    @property
    def passes(self):
        return self.values.shape[0] * self.values.shape[1]

    def blocks(self, b, k_tile, rows_per_block):
        """(T, rows / rows_per_block, M): what streams past the tiles of that K tile, b of shape (K, T)."""
        rows, n, m = self.values.shape[2], self.pattern.n, self.pattern.m
        span = rows // n * m
        part = np.zeros((span, b.shape[1]), b.dtype)
        rest = b[k_tile * span:(k_tile + 1) * span]
        part[:len(rest)] = rest
        return np.repeat(part.T.reshape(-1, rows // n, m), n // rows_per_block, axis=1)


def _padded(x, multiple, axis):
    short = -x.shape[axis] % multiple
    return np.pad(x, [(0, short if a == axis else 0) for a in range(x.ndim)])


def tile(a, pattern, rows, cols):
    """Cut A (I, K) integers, already N:M (or to be made so, greedily), into tiles; ragged edges are filled with zeros.

    pattern : Pattern or text such as "2:4"
    Raises TypeError unless A holds integers, ValueError unless A has two dimensions and N divides rows.
    """
    a, pattern = integers(a, "a"), as_pattern(pattern)
    if a.ndim != 2:
        raise ValueError(f"a must be (I, K), not of shape {a.shape}")
    if integer(rows, "rows", 1) % pattern.n:
        raise ValueError(f"rows must be a multiple of N = {pattern.n}, not {rows}")
    integer(cols, "cols", 1)
    i, k = a.shape
    values, indices = compress(_padded(a, pattern.m, 1), pattern)

    def cut(x):
        x = _padded(_padded(x.reshape(i, x.shape[1] * x.shape[2]), rows, 1), cols, 0)
        return x.reshape(x.shape[0] // cols, cols, x.shape[1] // rows, rows).transpose(0, 2, 3, 1)

    return Tiling(cut(values), cut(indices), pattern, i, k)


def gemm(a, b, pattern, *, rows, cols, beta=1, rows_per_block=1, accumulator=None, c=None):
    """The passes of C = c + A . B and what each outputs.

    a (I, K), b (K, J) integers; c (I, J) integers or None for zeros; rows_per_block: consecutive rows fed by one block
    port, a divisor of N. Returns (passes, outputs, C): lists of `Pass` and of (J, cols) int64, and C (I, J) int64. With
    I = 0, J = 0 or K = 0 there are no passes, and C is c.
    Raises TypeError on operands that are no integers, ValueError on shapes that do not fit and on beta or
    rows_per_block that do not divide.
    """
    accumulator = Accumulator() if accumulator is None else accumulator
    if not isinstance(accumulator, Accumulator):
        raise TypeError(f"accumulator must be an Accumulator, not {shown(accumulator)}")
    tiles, b = tile(a, pattern, rows, cols), integers(b, "b")
    if rows % integer(beta, "beta", 1):
        raise ValueError(f"beta must divide rows = {rows}, not {beta}")
    if tiles.pattern.n % integer(rows_per_block, "rows_per_block", 1):
        raise ValueError(f"rows_per_block must divide N = {tiles.pattern.n}, not {rows_per_block}")
    if b.ndim != 2 or b.shape[0] != tiles.k:
        raise ValueError(f"b must be (K, J) with K = {tiles.k}, not of shape {b.shape}")
    start = np.zeros((tiles.i, b.shape[1]), np.int64) if c is None else int64(c, "c")
    if start.shape != (tiles.i, b.shape[1]):
        raise ValueError(f"c must be (I, J) = {(tiles.i, b.shape[1])}, not of shape {start.shape}")
    if 0 in (tiles.i, tiles.k, b.shape[1]):
        return [], [], accumulator.fit(start)
    start = _padded(start, cols, 0).reshape(-1, cols, b.shape[1])
    streams = [tiles.blocks(b, k, rows_per_block) for k in range(tiles.values.shape[1])]
    passes, outputs, result = [], [], []
    for i_tile, sums in enumerate(start.transpose(0, 2, 1)):
        for k_tile, blocks in enumerate(streams):
            passes.append(Pass(tiles.values[i_tile, k_tile], tiles.indices[i_tile, k_tile], blocks, sums))
            sums = passes[-1].output(beta, accumulator)
            outputs.append(sums)
        result.append(sums)
    return passes, outputs, np.concatenate(result, axis=1).T[:tiles.i]

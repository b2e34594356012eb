"""In which cycle the N:M systolic array outputs each sum.

Column j of pass f is on the array's port in cycle start[f] + j, its sums leave `latency` cycles later. A new tile's
entries ride down the array with its first column, one PE row (beta rows) a cycle, so the passes' starts are
max(T, rows / beta) apart and no cycle is spent on loading alone.
"""

import numpy as np

from tamis.golden._check import int64, integer
from tamis.golden._check import pattern as as_pattern

__all__ = ["cycles", "ideal_cycles", "starts"]


def starts(lengths, pe_rows):
    """The cycle in which each pass's first column enters, back to back: (F,) int64 from the F stream lengths T."""
    steps = np.maximum(int64(lengths, "lengths", ndim=1), integer(pe_rows, "pe_rows", 1))
    return np.cumsum(steps) - steps


def cycles(i, k, j, pattern, *, rows, cols, alpha, beta, stages=0):
    """Cycles of an (I, K) . (K, J) GEMM, from the first column on the port to the last sums on the port, both counted.

    (F - 1) * max(T, rows / beta) + T + rows / beta + cols / alpha + stages, with F = ceil(ceil(K/M) N / rows)
    ceil(I / cols) passes of T = J columns; stages: registers inside a PE before its sum, 0 to 2. An empty GEMM takes 0.
    pattern : Pattern or text such as "2:4"
    """
    i, k, j = (integer(value, name, 0) for value, name in ((i, "i"), (k, "k"), (j, "j")))
    pattern, stages = as_pattern(pattern), integer(stages, "stages", 0, 2)
    rows, cols, alpha, beta = (integer(value, name, 1) for value, name in (
        (rows, "rows"), (cols, "cols"), (alpha, "alpha"), (beta, "beta")))
    if rows % beta:
        raise ValueError(f"beta must divide rows = {rows}, not {beta}")
    if cols % alpha:
        raise ValueError(f"alpha must divide cols = {cols}, not {alpha}")
    if 0 in (i, k, j):
        return 0
    passes = -(-(-(-k // pattern.m) * pattern.n) // rows) * -(-i // cols)
    pe_rows, pe_cols = rows // beta, cols // alpha
    return (passes - 1) * max(j, pe_rows) + j + pe_rows + pe_cols + stages


def ideal_cycles(i, k, j, pattern, *, rows, cols):
    """Cycles if every MAC did useful work in every cycle: I K J N / (M rows cols), a float."""
    pattern = as_pattern(pattern)
    i, k, j = (integer(value, name, 0) for value, name in ((i, "i"), (k, "k"), (j, "j")))
    rows, cols = integer(rows, "rows", 1), integer(cols, "cols", 1)
    return i * k * j * pattern.density / (rows * cols)

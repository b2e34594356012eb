"""Random and directed work for a core: operands, outputs, and descriptors that it must refuse."""

from dataclasses import fields, replace

import numpy as np

from tamis.golden import prune
from tamis.golden.core.descriptor import WIDTHS, Job, refusal
from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.host.driver import CompressedB, Operand, Output

__all__ = ["a_series", "an_output", "draw", "integers", "of_shape", "pruned", "refused", "table_output"]


def integers(rng, width, shape):
    """Of all values of that width, its ends more often than the others."""
    half = 1 << width - 1
    return np.where(rng.random(shape) < 0.1, rng.choice([-half, half - 1, 0], shape), rng.integers(-half, half, shape))


def a_series(rng, core):
    """Terms of A that the core may have."""
    ns = sorted(p.n for p in core.array.patterns)
    terms = [int(rng.choice(ns))]
    while len(terms) < 3 and rng.random() < 0.5:
        more = [n for n in ns if sum(terms) + n <= core.m]
        if not more:
            break
        terms.append(int(rng.choice(more)))
    return tuple(terms)


def table_output(rng, mode, terms, j):
    """An output of that mode with random scaling of J channels."""
    return Output(mode, terms, rng.integers(-5000, 5000, j), rng.integers(1 << 14, 1 << 15, j),
                  rng.integers(18, 28, j), bool(rng.integers(2)), int(rng.integers(-3, 4)))


def an_output(rng, core, j):
    """An output of any mode that the core has."""
    sas = core.encodes_sas and core.m.bit_length() - 1 <= j <= core.columns
    mode = int(rng.choice([RAW] + [SERIES] * (core.m <= core.columns) + [SAS] * sas))
    if mode == RAW:
        return Output()
    terms = (core.m,)
    if mode == SERIES and core.encodes and rng.random() < 0.7:
        left, cuts = int(rng.integers(1, core.m + 1)), []
        while left and len(cuts) < 3:
            cuts.append(int(rng.integers(1, left + 1)))
            left -= cuts[-1]
        terms = tuple(cuts)
    return table_output(rng, mode, terms if mode == SERIES else (), j)


def of_shape(rng, core, i, k, j, *, terms=None, output=None, compressed=None):
    """Random GEMM of that shape: (Operand, B, Output). compressed : whether B is, where it can be; None: either."""
    a, b = integers(rng, core.array.a_width, (i, k)), integers(rng, core.array.b_width, (k, j))
    compressed = rng.random() < 0.5 if compressed is None else compressed
    if core.b_n and compressed:
        b = CompressedB(pruned(b, core.b_pattern))
    return Operand.compress(a, terms or a_series(rng, core), core), b, output or an_output(rng, core, j)


def pruned(b, pattern):
    """B (K, J), the N largest of every M along K."""
    whole = np.pad(b, ((0, -len(b) % pattern.m), (0, 0)))
    return np.where(prune.topn_mask(whole.T, pattern).T, whole, 0)[:len(b)]


def draw(rng, core, largest=3):
    """Random GEMM of up to `largest` tiles of I and chunks of K."""
    return of_shape(rng, core, int(rng.integers(1, largest * core.array.cols + 1)),
                    int(rng.integers(1, largest * core.chunk_blocks * core.m + 1)),
                    int(rng.integers(1, min(core.columns, 40) + 1)))


def refused(rng, core, count):
    """Descriptors that are refused if B was not kept: every cause, then random ones. [(Job, code)]."""
    n = core.array.patterns[0].n
    good = Job(columns=core.m if core.m <= core.columns else 1, blocks=1, n0=n)
    ns = {p.n for p in core.array.patterns}
    jobs = [replace(good, columns=0), replace(good, columns=core.columns + 1), replace(good, kind=1, columns=0),
            replace(good, kind=1, columns=core.columns + 1), replace(good, blocks=0), replace(good, n0=0),
            replace(good, n2=n), replace(good, n0=core.m, n1=n), replace(good, n0=0, n1=n),
            *(replace(good, n0=k) for k in range(1, 64) if k not in ns),
            replace(good, b_reuse=1), replace(good, b_keep=1, blocks=core.b_slots * core.chunk_blocks + 1),
            replace(good, mode=3), replace(good, mode=SERIES), replace(good, mode=SERIES, o0=core.m, o1=1),
            replace(good, mode=SERIES, o0=core.m, columns=good.columns - 1),
            replace(good, mode=SERIES, o0=1 if core.m not in (1, 4, 8, 16) else core.m + 1),
            replace(good, mode=SAS, columns=max(1, core.m.bit_length() - 2) if core.encodes_sas else 1),
            replace(good, mode=SERIES, o0=core.m, zero_point=100), replace(good, b_compressed=1)]
    while len(jobs) < 60 + count:
        job = good
        for field in rng.choice(fields(Job), int(rng.integers(1, 5)), replace=False):
            job = replace(job, **{field.name: int(rng.integers(1 << WIDTHS[field.name]))})
        jobs.append(job)
    return [(job, code) for job in jobs if (code := refusal(job, core))]

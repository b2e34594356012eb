"""A GEMM of any shape as steps of the core, and the tiles of these steps as one result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tamis.golden.core import format
from tamis.golden.core.descriptor import Job
from tamis.golden.core.record import pack_records
from tamis.hdl.core.config import RAW, SAS, SERIES, CoreConfig
from tamis.host import check
from tamis.host.operand import CompressedB, Operand, Output
from tamis.host.sizes import PARAMETER_BITS

__all__ = ["Step", "assemble", "plan"]


@dataclass(frozen=True)
class Step:
    """A descriptor and what its streams carry."""

    job: Job
    a: list[bytes]
    b: list[bytes]


def plan(a: Operand, b: Any, core: CoreConfig, output: Output | None = None) -> list[Step]:
    """The steps of C = A . B, tiles of J outside, of I inside.

    Parameters
    ----------
    a : Operand
    b : (K, J) integers of the core's `b_width`, or CompressedB; K as A had it before padding
    core : CoreConfig
    output : Output

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type, does not fit in its width, or is empty; if the shapes do not fit, or J does
        not fit in a tile where SAS needs all its channels at once; if B is to be compressed but is not N:M, or the core
        takes dense B only; if the core refuses a descriptor, or `a` was compressed for another core.
    """
    output = output or Output()
    if not isinstance(a, Operand):
        raise TypeError(f"a must be an Operand (Operand.compress makes it), not {type(a).__name__}")
    compressed = isinstance(b, CompressedB)
    if compressed and not core.b_n:
        raise ValueError("b must be dense for a core with b_pattern 'none', not CompressedB")
    b = check.matrix(b.b if compressed else b, "b", core.array.b_width)
    if b.shape[0] != a.depth:
        raise ValueError(f"b must have K = {a.depth} rows, not shape {b.shape}")
    check.output(output, b.shape[1], core)
    whole = core.m if output.mode == SERIES else 1
    b = np.pad(b, ((0, a.k - b.shape[0]), (0, -b.shape[1] % whole)))
    if output.mode == SAS and b.shape[1] > core.columns:
        raise ValueError(f"b must have at most {core.columns} columns for SAS, whose channels are one circle, "
                         f"not {b.shape[1]}")
    blocks = a.k // core.m
    keep = -(-blocks // core.chunk_blocks) <= core.b_slots
    n, o = ((*terms, 0, 0, 0)[:check.TERMS] for terms in (a.terms, output.terms))
    steps = []
    for j in range(0, b.shape[1], core.columns):
        part = b[:, j:j + core.columns]
        columns = part.shape[1]
        if output.mode != RAW:
            steps.append(Step(Job(kind=1, columns=columns), [], [_table(output, j, columns, core)]))
        job = Job(columns=columns, blocks=blocks, n0=n[0], n1=n[1], n2=n[2], mode=int(output.mode), o0=o[0], o1=o[1],
                  o2=o[2], relu=int(output.relu), zero_point=output.zero_point, b_compressed=int(compressed))
        chunks = format.b_chunks(part, core, compressed)
        for i, tile in enumerate(a.tiles):
            reuse, stay = keep and i > 0, keep and i < len(a.tiles) - 1
            steps.append(Step(replace(job, b_reuse=int(reuse), b_keep=int(stay)), tile, [] if reuse else chunks))
    check.steps(steps, core)
    return steps


def _table(output: Output, first: int, columns: int, core: CoreConfig) -> bytes:
    fields = []
    for name, width in (("bias", 32), ("multiplier", 16), ("shift", 6)):
        values = np.asarray(getattr(output, name))[first:first + columns]
        fields.append((np.pad(values, (0, columns - len(values)))[:, None], width))
    table = pack_records(fields, PARAMETER_BITS)
    return table + bytes(-len(table) % (core.b_bits // 8))


def assemble(tiles: Sequence[bytes], a: Operand, j: int, core: CoreConfig, output: Output) -> "np.ndarray | Operand":
    """The tiles of `plan`'s steps as one result: (I, J) int64 if raw, else the next layer's `Operand`."""
    cols, rows = core.array.cols, len(a.tiles)
    by_row = [tiles[i::rows] for i in range(rows)]  # the tiles of J of each tile of I
    if output.mode == RAW:
        parts = [np.concatenate([np.frombuffer(tile, "<i4").reshape(-1, cols) for tile in row]).T for row in by_row]
        return np.concatenate(parts)[:a.rows].astype(np.int64)
    terms = (1,) if output.mode == SAS else tuple(output.terms)
    k = j * core.m if output.mode == SAS else -(-j // core.m) * core.m
    chunk = core.record_bits(terms) // 8 * cols * core.chunk_blocks
    joined = [b"".join(row) for row in by_row]
    return Operand(a.rows, k, terms, [[row[at:at + chunk] for at in range(0, len(row), chunk)] for row in joined],
                   j if output.mode == SERIES else k)

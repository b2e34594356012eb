"""Bytes that a descriptor lets through each stream of the core (docs/core.md)."""

from tamis.golden.core.compressed_b import chunk_beats
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import RAW, SAS, CoreConfig

__all__ = ["PARAMETER_BITS", "a_bytes", "b_bytes", "c_bytes"]

PARAMETER_BITS = 128  # of a channel


def a_bytes(job: Job, core: CoreConfig) -> list[int]:
    """Bytes of each chunk of A; none for a table."""
    if job.kind:
        return []
    return [blocks * core.array.cols * core.record_bits(job.terms) // 8 for blocks in job.chunks(core)]


def b_bytes(job: Job, core: CoreConfig) -> list[int]:
    """Bytes of each chunk on the port of B: a table, nothing if B is reused, else compressed or dense blocks."""
    beat = core.b_bits // 8
    if job.kind:
        return [-(-job.columns * PARAMETER_BITS // core.b_bits) * beat]
    if job.b_reuse:
        return []
    if job.b_compressed:
        return [chunk_beats(job.columns, blocks, core) * beat for blocks in job.chunks(core)]
    block = core.m * core.array.b_width
    return [job.columns * -(-blocks * block // core.b_bits) * beat for blocks in job.chunks(core)]


def c_bytes(job: Job, core: CoreConfig) -> int:
    """Bytes of the tile of C; 0 for a table."""
    if job.kind:
        return 0
    sums = job.columns * core.array.cols
    if job.mode == RAW:
        return 4 * sums
    if job.mode == SAS:
        return sums * core.record_bits((1,)) // 8
    terms = tuple(n for n in (job.o0, job.o1, job.o2) if n)
    return sums // core.m * core.record_bits(terms) // 8

"""A job of the tensor core: one tile of C, or a table of output parameters (docs/core.md).

`core` is a `tamis.golden.core.config.Core` everywhere in this folder.
"""

from dataclasses import dataclass, fields
from itertools import pairwise

from tamis.golden.core.config import Core

__all__ = ["WIDTHS", "Job", "kept_after", "refusal"]

WIDTHS = {"kind": 1, "columns": 13, "blocks": 16, "n0": 6, "n1": 6, "n2": 6, "b_reuse": 1, "b_keep": 1, "mode": 2,
          "o0": 6, "o1": 6, "o2": 6, "relu": 1, "zero_point": 8, "b_compressed": 1}


@dataclass(frozen=True)
class Job:
    """The fields of docs/core.md, in that order."""

    kind: int = 0
    columns: int = 1
    blocks: int = 1
    n0: int = 0
    n1: int = 0
    n2: int = 0
    b_reuse: int = 0
    b_keep: int = 0
    mode: int = 0
    o0: int = 0
    o1: int = 0
    o2: int = 0
    relu: int = 0
    zero_point: int = 0
    b_compressed: int = 0

    @property
    def terms(self) -> tuple[int, ...]:
        """The N of A's terms."""
        return tuple(n for n in (self.n0, self.n1, self.n2) if n)

    def pack(self) -> int:
        """One integer, the first field in the lowest bits, zero_point in two's complement."""
        word = place = 0
        for field in fields(self):
            width = WIDTHS[field.name]
            word |= (int(getattr(self, field.name)) & ((1 << width) - 1)) << place
            place += width
        return word

    def chunks(self, core: Core) -> list[int]:
        """Blocks of each chunk of K."""
        whole, rest = divmod(self.blocks, core.chunk_blocks)
        return [core.chunk_blocks] * whole + [rest] * (rest > 0)


def refusal(job: Job, core: Core, kept: int = 0) -> int:
    """Why a job is refused, the lowest code that applies; 0 if it is not. kept: chunks that the last job kept."""
    if not 1 <= job.columns <= core.columns:
        return 1
    if job.kind == 1:
        return 0
    if job.blocks < 1:
        return 2
    ns = {p.n for p in core.array.patterns}
    terms = (job.n0, job.n1, job.n2)
    gap = any(before == 0 and after for before, after in pairwise(terms))
    if job.n0 == 0 or gap or sum(terms) > core.m or any(n and n not in ns for n in terms):
        return 3
    chunks = len(job.chunks(core))
    if (job.b_reuse and kept != chunks) or (job.b_keep and chunks > core.b_slots):
        return 4
    outs = (job.o0, job.o1, job.o2)
    least = 1 if core.encodes else core.m
    if job.mode == 3 or (job.mode == 1 and (job.o0 < least or sum(outs) > core.m or job.columns % core.m)):
        return 5
    if job.mode == 2 and (not core.encodes_sas or job.columns < core.m.bit_length() - 1):
        return 5
    half, zero = 1 << (core.array.a_width - 1), (job.zero_point + 128) % 256 - 128  # as the field holds it
    if job.mode and not -half <= zero < half:
        return 6
    if job.b_compressed and not job.b_reuse and not core.b_n:
        return 7
    return 0


def kept_after(job: Job, core: Core, kept: int = 0) -> int:
    """Chunks that are kept once that job, not refused, is in the queue. A table changes nothing."""
    if job.kind == 1:
        return kept
    return len(job.chunks(core)) if job.b_keep else 0

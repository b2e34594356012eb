"""When everything happens in the core's front half, to the cycle (docs/core.md, Dataflow).

Streams at full rate: A's and B's next beat is there whenever it is taken. A cycle's number is that of the clock edge
that ends it, from 0 after reset. A *go* is the cycle that starts a pass: its columns are read in the cycles after it,
stand at the array's port one later, and leave `latency` after that.

The trick: a chunk is the unit. Inside one nothing ever waits, so each costs one line of a recurrence: go = the latest
of the end of the pass before, A loaded, B loaded, a bank free.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tamis.golden.core.compressed_b import chunk_beats
from tamis.golden.core.config import Core
from tamis.golden.core.descriptor import Job
from tamis.golden.core.record import record_bits

__all__ = ["A_QUEUE", "QUEUE", "Times", "compute_cycles", "passes", "schedule"]

QUEUE, A_QUEUE = 4, 2  # jobs between B's loader and the sequencer, and the accumulators' tiles; and A's loader
A_SLOTS = BANKS = 2
Drain = Callable[[int, int], tuple[int, int]]


@dataclass
class Times:
    """Cycles of one job.

    taken : it entered; a_done, b_done : for each chunk, its last word written (b_done of a reused chunk: -1)
    go : for each chunk, its first pass's; tile : the tile is offered; drained : its bank is given back
    """

    taken: int
    a_done: list[int] = field(default_factory=list)
    b_done: list[int] = field(default_factory=list)
    go: list[int] = field(default_factory=list)
    tile: int = -1
    drained: int = -1


def passes(n: int, blocks: int, core: Core) -> int:
    """Passes of a term N over a chunk."""
    return -(-blocks * n // core.array.rows)


def compute_cycles(job: Job, core: Core) -> int:
    """Cycles in which the job's passes run, if nothing waits: sum of passes times max(T, rows / beta)."""
    total = sum(passes(n, blocks, core) for blocks in job.chunks(core) for n in job.terms)
    return total * max(job.columns, core.array.pe_rows)


def _a_cycles(job: Job, blocks: int, core: Core) -> int:
    """From the first beat of a chunk of A that is taken to the last write."""
    size = record_bits(job.terms, core.m, core.array.a_width)
    steps = sum(-(-n // core.array.beta) for n in job.terms)
    together = max(1, min(core.a_bits // size, core.array.cols))
    beats = max(1, size // core.a_bits)
    return blocks * core.array.cols // together * (beats - 1 + steps)


def _b_cycles(job: Job, blocks: int, core: Core) -> int:
    """Beats of a chunk of B."""
    if job.b_compressed:
        return chunk_beats(job.columns, blocks, core)
    return job.columns * -(-blocks * core.m * core.array.b_width // core.b_bits)


def schedule(jobs: list[Job], core: Core, drain: Drain, offered: list[int] | None = None) -> list[Times]:
    """The cycles of a sequence of legal jobs.

    Parameters
    ----------
    jobs : list of Job
    drain : callable (k, cycle) to (cycle, cycle)
        When the k-th job's tile, a tile offered from that cycle on, is taken, and when its bank is given back.
    offered : list of int or None
        From when on each job is offered; None: from 0 on.

    Returns
    -------
    list of Times
    """
    out = []
    a_go: list[int] = []  # when what left the queues left them
    b_go: list[int] = []
    tile_go: list[int] = []
    drained: list[int] = []  # when banks came back
    a_freed: list[int] = []  # of each chunk of A, when its slot is given back
    b_freed: list[Any] = []  # of each chunk of B; None until known
    kept: list[int] = []  # the chunks of B, by number, that the last job kept
    a_free = b_free = 0  # from when the loaders take a job
    pass_end, planner, last_column = 0, 0, -1
    for k, job in enumerate(jobs):
        taken = max(b_free, offered[k] if offered else 0)
        if job.kind == 1:
            taken = max([taken, *(cycle + 1 for cycle in drained)])
            out.append(Times(taken))
            b_free = taken + job.columns * max(1, 128 // core.b_bits)
            continue
        taken = max(taken, *(left[-depth] if len(left) >= depth else 0
                             for left, depth in ((a_go, A_QUEUE), (b_go, QUEUE), (tile_go, QUEUE))))
        times = Times(taken)
        b_free = taken + 1
        a_go.append(max(taken + A_QUEUE, a_free, a_go[-1] + 1 if a_go else 0))
        b_go.append(max(taken + QUEUE, planner, b_go[-1] + 1 if b_go else 0))
        if not job.b_reuse:
            for chunk in kept:
                b_freed[chunk] = max(b_go[-1] + 1, last_column)
        mine = kept if job.b_reuse else []
        start_a, start_b, ready = a_go[-1] + 1, taken + 1, b_go[-1] + 1
        chunks = job.chunks(core)
        for c, blocks in enumerate(chunks):
            done = max(start_a, a_freed[-A_SLOTS] + 1 if len(a_freed) >= A_SLOTS else 0) + _a_cycles(job, blocks, core)
            start_a = done + 1
            times.a_done.append(done)
            there = done + 1
            if job.b_reuse:
                number = mine[c]
                times.b_done.append(-1)
            else:
                number = len(b_freed)
                begin = max(start_b, b_freed[-core.b_slots] + 1 if number >= core.b_slots else 0)
                b_done = begin + _b_cycles(job, blocks, core) - 1
                start_b = b_done + 1
                b_free = b_done
                times.b_done.append(b_done)
                there = max(there, b_done + 1)
                b_freed.append(None)
                mine.append(number)
            bank = drained[-BANKS] + 1 if c == 0 and len(drained) >= BANKS else 0
            go = max(pass_end, ready, there, bank)
            period = max(job.columns, core.array.pe_rows)
            pass_end = go + period * sum(passes(n, blocks, core) for n in job.terms)
            last = pass_end - period  # the last pass's go
            a_freed.append(last + core.array.pe_rows)
            last_column = last + job.columns
            if not job.b_keep:
                b_freed[number] = last_column
            times.go.append(go)
        a_free, planner = done, last
        kept = mine if job.b_keep else []
        times.tile = last_column + core.array.latency + 2
        left, times.drained = drain(k, times.tile)
        tile_go.append(left)
        drained.append(times.drained)
        out.append(times)
    return out

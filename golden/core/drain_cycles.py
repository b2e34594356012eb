"""When a finished tile leaves the core, to the cycle, and with `tamis.golden.core.cycles` the whole core's closed form.

C's receiver takes a beat whenever there is one. Cycles are counted as in `golden.core.cycles`. A *read* is one step of
the drain: `out_lanes` sums of one column. Everything behind it is described by when what it gives is taken:

    raw:    read -> beats of C
    SAS:    read -> 5 stages of requantisation -> beats of C
    series: read -> 5 stages -> blocks, after M reads of the same columns of the array -> rank, 1 stage -> beats of C

The trick: between a tile's first read and its last no stage is ever empty, so requantisation takes a read exactly when
the one of five before it goes on, and only what goes on needs a recurrence.
"""

from dataclasses import dataclass

import numpy as np

from tamis.golden.core.config import Core
from tamis.golden.core.cycles import Times, compute_cycles, schedule
from tamis.golden.core.descriptor import Job
from tamis.golden.core.record import record_bits

__all__ = ["Prediction", "leaving", "pace", "predict"]

RAW, SERIES, SAS = range(3)
STAGES = 5  # of requantisation
FIRST_READ = 2  # from a tile that is taken to its first sums
WORDS = 3  # of a descriptor
OFFERED = 2  # from a descriptor's last word to its check, and through the queue


def leaving(job: Job, core: Core) -> tuple[int, int]:
    """(cycle in which the bank is given back, cycle of the last beat of C), from the tile's own cycle on."""
    lanes = core.out_lanes
    reads = job.columns * (core.array.cols // lanes)
    width = core.array.a_width
    if job.mode == RAW:
        end = FIRST_READ + reads * _beats(32 * lanes, core) - 1
        return end, end + 1
    if job.mode == SAS:
        word = _beats(lanes * record_bits((1,), core.m, width), core)
        primes = max(0, core.m.bit_length() - 2) * (core.array.cols // lanes)
        steps = np.r_[np.ones(primes, int), np.full(reads, word)]
        gone = FIRST_READ + STAGES - 1 + np.cumsum(steps)
        return _given_back(gone), int(gone[-1]) + 1
    return _series(job, core, reads)


def _beats(bits: int, core: Core) -> int:
    """Beats that a word takes; a narrower one takes a cycle all the same."""
    return max(1, bits // core.c_bits)


def _given_back(gone):
    """When requantisation takes the last read: when the fifth one before it goes on, or, of fewer, at once."""
    count = len(gone)
    return int(gone[-1 - STAGES]) if count > STAGES else FIRST_READ + count - 1


def _series(job: Job, core: Core, reads: int) -> tuple[int, int]:
    m, width = core.m, core.array.a_width
    terms = tuple(n for n in (job.o0, job.o1, job.o2) if n)
    together = max(1, core.out_lanes // m)  # blocks of a word
    dense = terms == (m,)
    beats = _beats(together * record_bits(terms, m, width), core)
    gone: list[int] = []  # when each read is taken
    blocks_gone = left = -1  # when a group's last block is, and the last word's last beat
    cycle = FIRST_READ + STAGES - 1
    for _ in range(reads // m):
        gone += range(cycle + 1, cycle + m)
        cycle = max(cycle + m, blocks_gone)
        gone.append(cycle)
        word = cycle
        for _ in range(core.out_lanes // together):
            word = max(word + 1, left + dense)
            left = word + beats - dense
            if dense:
                word = left
        blocks_gone = word
    return _given_back(gone), left + 1


@dataclass(frozen=True)
class Prediction:
    """What the core does with a sequence of descriptors.

    times : [Times] of each; last : cycle of each one's last beat, of a table its last channel's
    cycles : cycles in which the core is not idle; busy : in which the array takes columns
    """

    times: list[Times]
    last: list[int]
    cycles: int
    busy: int

    @property
    def utilisation(self):
        return self.busy / self.cycles


def predict(jobs: list[Job], core: Core, entered: list[int]) -> Prediction:
    """The whole core's cycles, streams at full rate.

    Parameters
    ----------
    jobs : list of Job
        Legal ones.
    core : CoreConfig
    entered : list of int
        The cycle in which each one's last word is written.

    Returns
    -------
    Prediction
    """
    free, last = 0, {}

    def drain(k, cycle):
        nonlocal free
        taken = max(cycle, free)
        back, end = leaving(jobs[k], core)
        last[k] = taken + end
        free = last[k] + 1
        return taken, taken + back

    times = schedule(jobs, core, drain, [cycle + OFFERED for cycle in entered])
    ends = [last.get(k, t.taken + _table(jobs[k], core)) for k, t in enumerate(times)]
    cycles = reached = 0
    for begin, end in zip(entered, ends, strict=True):
        cycles += max(0, end - max(begin, reached))
        reached = max(reached, end)
    busy = sum(job.columns * compute_cycles(job, core) // max(job.columns, core.array.pe_rows)
               for job in jobs if job.kind == 0)
    return Prediction(times, ends, cycles, busy)


def pace(jobs: list[Job], core: Core) -> list[int]:
    """The cycles in which a host enters them that writes a word per cycle while the queue has room."""
    first = [WORDS * (k + 1) - 1 for k in range(len(jobs))]
    if len(jobs) <= core.queue:
        return first
    entered, before = first, None
    while entered != before:
        taken = [t.taken for t in predict(jobs, core, entered).times]
        before, entered = entered, list(first)
        for k in range(1, len(jobs)):
            room = taken[k - core.queue] + WORDS if k >= core.queue else 0
            entered[k] = max(entered[k - 1] + WORDS, room)
    return entered


def _table(job: Job, core: Core) -> int:
    return job.columns * max(1, 128 // core.b_bits)

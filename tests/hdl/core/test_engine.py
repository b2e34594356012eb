"""hdl/core/engine.py: random jobs, poisoned memories, stalls on every stream, reset, cycles, tables, bad framing."""

import random

import numpy as np
import pytest

from tamis.golden.core import compute, format
from tamis.golden.core.cycles import schedule
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.records import Records
from tests.support.engine_rig import CONFIGS, Rig, Work, expected, make, streams
from tests.support.simulate import play


def jobs_of(config, seed, count=5):
    """Random jobs, some with kept chunks of B, some with the largest operands."""
    rng, draw = np.random.default_rng(seed), random.Random(seed)
    works, kept = [], None
    for _ in range(count):
        columns = draw.choice([1, 2, config.columns, draw.randint(1, config.columns)])
        whole = config.chunk_blocks
        blocks = draw.choice([1, whole, whole + 1, draw.randint(1, 2 * whole)])
        fields = {"b_compressed": int(config.b_n > 0 and draw.random() < 0.5)}
        if kept is not None and draw.random() < 0.7:
            b, blocks, columns = kept
            fields |= {"b": b, "b_reuse": 1}
        if draw.random() < 0.5 and -(-blocks // config.chunk_blocks) <= config.b_slots:
            fields["b_keep"] = 1
        work, b = make(config, rng, columns=columns, blocks=blocks, terms=draw.choice(Records(config).series),
                       largest=draw.random() < 0.2, **fields)
        kept = (b, blocks, columns) if "b_keep" in fields else None
        works.append(work)
    return works


def run(config, works, seed, **how):
    rig = Rig(config)
    wanted = expected(works)
    received, taken, watched = play(
        rig, streams(rig, works), {rig.o: len(wanted)}, set_before=rig.poison(seed), seed=seed, limit=20000,
        watch=[rig.overflows, rig.engine.a_error, rig.engine.b_error, rig.channels], **how)
    assert [word for _, word in received[0]] == wanted
    assert watched[:3] == [sum(work.overflows for work in works), 0, 0]
    return received[0], taken, watched


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(("stall", "reset_at"), [((0.3, 0.3), None), ((0.1, 0.9), 130)], ids=["stalls", "reset"])
def test_random_jobs(name, stall, reset_at):
    seed = len(name) + (reset_at or 0)
    run(CONFIGS[name], jobs_of(CONFIGS[name], seed), seed, stall=stall, reset_at=reset_at)


def scheduled(works, config):
    """The closed form's times beside a drain that reads a column a cycle."""
    free = 0

    def drain(k, cycle):
        nonlocal free
        taken = max(cycle, free)
        free = taken + works[k].job.columns + 2
        return taken, free - 1

    return schedule([work.job for work in works], config, drain)


@pytest.mark.parametrize("name", CONFIGS)
def test_cycles(name):
    config = CONFIGS[name]
    works = jobs_of(config, 7)
    received, taken, _ = run(config, works, 1)
    times = scheduled(works, config)
    assert [t.taken for t in times] == taken[0]
    ends = np.cumsum([work.job.columns for work in works]) - 1
    assert [t.drained for t in times] == [received[end][0] for end in ends]


@pytest.mark.parametrize("name", ["tiny", "wide"])
def test_tables_wait_for_earlier_tiles(name):
    """A table between jobs, one of which reuses the B of before it."""
    config = CONFIGS[name]
    rng = np.random.default_rng(3)
    first, b = make(config, rng, columns=5, blocks=2, terms=(1,), b_keep=1)
    last, _ = make(config, rng, columns=5, blocks=2, terms=(2,), b=b, b_reuse=1)
    table = b"".join(rng.bytes(9) + bytes(7) for _ in range(5))
    works = [first, Work(Job(kind=1, columns=5), [], [table], np.zeros((0, 1)), 0), last]
    received, taken, watched = run(config, works, 1)
    assert watched[3] == 5
    count = -(-len(table) * 8 // config.b_bits)
    table_beats = taken[2][-count:]
    assert table_beats[0] > received[4][0], "earlier tiles have been drained when the table is taken"
    assert received[5][0] > table_beats[-1]


@pytest.mark.parametrize("stream", ["a", "b"])
@pytest.mark.parametrize("fault", ["no last", "early last", "hole"])
def test_framing(stream, fault):
    """TLAST or TKEEP in the wrong place sets the flag, and the result is that of the descriptor."""
    config = CONFIGS["tiny"]
    work, _ = make(config, np.random.default_rng(5), columns=4, blocks=3, terms=(2,))
    rig = Rig(config)
    sent = streams(rig, [work])
    beats = sent[getattr(rig, stream)]
    last = 1 << (config.a_bits + config.a_bits // 8)
    which, flip = {"no last": (-1, last), "early last": (1, last), "hole": (1, 1 << config.a_bits)}[fault]
    beats[which] ^= flip
    wanted = expected([work])
    received, _, errors = play(rig, sent, {rig.o: len(wanted)}, set_before=rig.poison(1), limit=2000,
                               watch=[rig.engine.a_error, rig.engine.b_error])
    assert [word for _, word in received[0]] == wanted
    assert errors == [stream == "a", stream == "b"]


@pytest.mark.parametrize(("beat", "flip"), [(0, "last"), (0, "hole"), (3, "last"), (1, "hole"), (-1, "last")])
def test_framing_of_compressed_b(beat, flip):
    """Beat 0 has masks, as has beat 3; the others values."""
    config = CONFIGS["tiny"]
    work, _ = make(config, np.random.default_rng(5), columns=4, blocks=3, terms=(2,), b_compressed=1)
    rig = Rig(config)
    sent = streams(rig, [work])
    sent[rig.b][beat] ^= 1 << config.b_bits + (config.b_bits // 8 if flip == "last" else 1)
    wanted = expected([work])
    received, _, errors = play(rig, sent, {rig.o: len(wanted)}, set_before=rig.poison(1), limit=2000,
                               watch=[rig.engine.a_error, rig.engine.b_error])
    assert [word for _, word in received[0]] == wanted
    assert errors == [0, 1]


def test_illegal_masks():
    """Every nibble as the first block's mask of 1:2: the legal two place a value, the others none, and are counted."""
    config = CONFIGS["tiny"]
    for nibble in range(16):
        work, _ = make(config, np.random.default_rng(5), columns=4, blocks=3, terms=(2,), b_compressed=1)
        chunk = bytearray(work.b[0])
        chunk[0] = chunk[0] & 0xF0 | nibble
        b = format.b_blocks([bytes(chunk)], work.job, config)
        sums, _ = compute.tile_of(work.job, work.a, b, config)
        work = Work(work.job, work.a, [bytes(chunk)], sums, 0)
        rig = Rig(config)
        wanted = expected([work])
        received, _, seen = play(rig, streams(rig, [work]), {rig.o: len(wanted)}, set_before=rig.poison(1),
                                 limit=2000, watch=[rig.illegal, rig.engine.b_error])
        assert [word for _, word in received[0]] == wanted
        assert seen == [nibble not in (0x3, 0xC), 0]
        assert (b[:2, 0] == 0).all() == (nibble not in (0x3, 0xC))

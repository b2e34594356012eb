"""condensed.py: sums to the bit and beats to the cycle, vectors back to back, stalls, reset, illegal input."""

import random

import numpy as np
import pytest

from tamis.golden.units.condensed import arranged, cycles, schedule, streamed
from tamis.hdl.units.condensed import CondensedConfig, CondensedUnit
from tamis.hdl.units.unit import ConfigError
from tests.support.simulate import pack, play, unpack

SMALL = {"lanes": 2, "max_d": 20, "max_k": 6, "max_n": 12}


def bounds(width, signed):
    return (-1 << width - 1, (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)


def jobs_of(config, shapes, seed=0):
    """[(values, columns, x)] for shapes (d, n, k), extreme numbers among them; columns as they come, repeats too."""
    rng = np.random.default_rng(seed)

    def numbers(size, width, signed):
        low, high = bounds(width, signed)
        return np.where(rng.random(size) < 0.3, rng.choice([low, high, 0, low // 2], size),
                        rng.integers(low, high + 1, size))
    return [(numbers((n, k), config.w_width, config.w_signed), rng.integers(0, d, (n, k)),
             numbers(d, config.x_width, config.x_signed)) for d, n, k in shapes]


def x_beats(config, x, d, rng):
    beats = []
    for start in range(0, max(1, d), config.x_lanes):
        part = [*x[start:start + config.x_lanes], *(rng.getrandbits(config.x_width) for _ in range(config.x_lanes))]
        said = rng.randrange(config.max_d + 1) if start else d  # d counts in the first beat only
        beats.append(pack(*((v, config.x_width) for v in part[:config.x_lanes]), (said, config.max_d.bit_length())))
    return beats


def i_beats(config, values, columns, rng, k=None, n=None):
    lanes, bits = config.lanes, (config.max_d - 1).bit_length()
    count, each = values.shape
    beats = []
    for place, (some, where) in enumerate(zip(arranged(values, lanes).tolist(), arranged(columns, lanes).tolist(),
                                              strict=True)):
        used = count - place // each * lanes  # the lanes from here on are nobody's
        entries = [(v, c) if lane < used else (rng.getrandbits(config.w_width), (1 << bits) - 1)
                   for lane, (v, c) in enumerate(zip(some, where, strict=True))]
        said = (rng.getrandbits(config.max_k.bit_length()), rng.getrandbits(config.max_n.bit_length())) if place else (
            each if k is None else k, count if n is None else n)
        beats.append(pack(*(field for v, c in entries for field in ((v, config.w_width), (c, bits))),
                          (said[0], config.max_k.bit_length()), (said[1], config.max_n.bit_length())))
    return beats


def compare(config, received, want):
    signed = config.w_signed or config.x_signed
    for beat, (sums, keep, last) in zip(received, want, strict=True):
        *got, kept, end = unpack(beat, *[-config.acc_width if signed else config.acc_width] * config.lanes,
                                 config.lanes, 1)
        assert [bool(kept >> lane & 1) for lane in range(config.lanes)] == keep and end == last
        assert [value for lane, value in enumerate(got) if keep[lane]] == [
            value for lane, value in enumerate(sums) if keep[lane]]


def want_of(config, values, columns, x):
    *parts, illegal = streamed(values, columns, x, config.lanes, config.acc_width, config.w_signed or config.x_signed)
    return list(zip(*(part.tolist() for part in parts), strict=True)), illegal


def check(config, jobs, **options):
    """Plays vectors back to back; returns the cycles of the beats of x, i and o."""
    rng = random.Random(options.get("seed", 0))
    vectors, sent, want, error = [], [], [], False
    for values, columns, x in jobs:
        vectors += x_beats(config, x.tolist(), len(x), rng)
        sent += i_beats(config, values, columns, rng)
        beats, illegal = want_of(config, values, columns, x)
        want += beats
        error |= illegal
    unit = CondensedUnit(config)
    (received,), taken, (flag,) = play(unit, {unit.x: vectors, unit.i: sent}, {unit.o: len(want)}, watch=[unit.error],
                                       **options)
    compare(config, [beat for _, beat in received], want)
    assert flag == error
    return *taken, [cycle for cycle, _ in received]


@pytest.mark.parametrize("fields", [
    {}, {"lanes": 1, "max_n": 5}, {"lanes": 4, "ports": 1, "x_lanes": 4}, {"lanes": 6, "ports": 3, "x_lanes": 2},
    {"w_width": 2, "x_width": 16, "w_signed": False}, {"w_width": 16, "x_width": 3, "x_signed": False, "acc_width": 48},
    {"w_signed": False, "x_signed": False, "acc_width": 10}, {"acc_width": 4, "max_d": 32, "max_n": 16}])
def test_to_the_bit_under_stalls(fields):
    config = CondensedConfig.parse(SMALL | fields)
    rng = np.random.default_rng(len(fields))
    top = (config.max_d, config.max_n, config.max_k)
    shapes = [top, (1, 1, 1), (5, config.lanes, 1), *(tuple(map(int, rng.integers(1, top))) for _ in range(5)), top]
    for seed, stall in enumerate([(0.0, 0.0), (0.3, 0.3), (0.0, 0.7), (0.6, 0.0)]):
        check(config, jobs_of(config, shapes, seed), stall=stall, seed=seed)


@pytest.mark.parametrize(("d", "n", "k"), [(1, 1, 1), (12, 12, 6), (20, 5, 3), (7, 2, 1), (4, 11, 2)])
@pytest.mark.parametrize("ports", [1, 2])
def test_cycles_of_one_vector(d, n, k, ports):
    config = CondensedConfig.parse(SMALL | {"ports": ports})
    _, i, o = check(config, jobs_of(config, [(d, n, k)]))
    assert o[-1] - i[0] + 1 == cycles(n, k, config.lanes) == -(-n // config.lanes) * k + config.latency
    assert i == list(range(i[0], i[0] + len(i)))
    assert o == [i[0] + (group + 1) * k - 1 + config.latency for group in range(-(-n // config.lanes))]


@pytest.mark.parametrize("x_lanes", [1, 2])
def test_every_beat_of_many_vectors_in_its_cycle(x_lanes):
    config = CondensedConfig.parse(SMALL | {"x_lanes": x_lanes})
    rng = np.random.default_rng(7)
    shapes = [tuple(map(int, rng.integers(1, (20, 12, 6)))) for _ in range(25)]
    x, i, o = check(config, jobs_of(config, shapes))
    assert (x, i, o) == schedule(shapes, config.lanes, config.x_lanes)


def test_no_bubble_between_vectors_that_load_in_time():
    config = CondensedConfig.parse(SMALL)
    _, i, o = check(config, jobs_of(config, [(12, 12, 2)] * 6))
    assert i == list(range(12, 12 + 6 * 12)) and o == [cycle + config.latency for cycle in i[1::2]]


def test_reset_in_the_middle():
    config = CondensedConfig.parse(SMALL | {"max_d": 6})
    for moment in range(1, 60, 7):
        check(config, jobs_of(config, [(3, 5, 2), (6, 2, 1), (4, 6, 3)], moment), stall=(0.2, 0.2), seed=moment,
              reset_at=moment)


def one_job(config, d, n, k, said):
    """Beats of a job that says something illegal, then of a legal one; sums of the second."""
    rng = random.Random(0)
    (values, columns, x), second = jobs_of(config, [(d, n, k), (3, 3, 2)])
    vectors = x_beats(config, x.tolist(), said.get("d", d), rng) + x_beats(config, second[2].tolist(), 3, rng)
    sent = i_beats(config, values, columns, rng, said.get("k"), said.get("n")) + i_beats(config, *second[:2], rng)
    return vectors, sent, second


@pytest.mark.parametrize(("said", "shape", "error"), [
    ({}, (20, 12, 6), 0), ({"k": 0}, (4, 4, 1), 1), ({"k": 7}, (4, 4, 7), 1), ({"n": 0}, (4, 1, 2), 1),
    ({"n": 13}, (4, 13, 2), 1), ({"n": 15}, (4, 15, 1), 1), ({"d": 0}, (1, 4, 2), 1), ({"d": 21}, (1, 4, 2), 1),
    ({"d": 31}, (1, 4, 2), 1)])
def test_illegal_sizes_set_a_sticky_flag_and_do_not_hang(said, shape, error):
    config = CondensedConfig.parse(SMALL)
    vectors, sent, second = one_job(config, *shape, said)
    unit = CondensedUnit(config)
    groups = -(-shape[1] // config.lanes)
    (received,), _, (flag,) = play(unit, {unit.x: vectors, unit.i: sent}, {unit.o: groups + 2}, watch=[unit.error])
    assert flag == error
    compare(config, [beat for _, beat in received[groups:]], want_of(config, *second)[0])
    if "d" in said:  # every column is beyond such a vector
        assert [unpack(beat, 32, 32)[:2] for _, beat in received[:groups]] == [[0, 0]] * groups


@pytest.mark.parametrize(("d", "max_d"), [(3, 20), (16, 20), (20, 20), (15, 16), (16, 16)])
def test_a_column_beyond_the_vector_counts_as_zero_and_is_flagged(d, max_d):
    config = CondensedConfig.parse(SMALL | {"max_d": max_d})
    top = 1 << (max_d - 1).bit_length()

    def job(column):
        (values, columns, x), = jobs_of(config, [(d, 5, 3)], column)
        values[4, 2] = 3
        columns[4, 2] = column
        return values, columns, np.maximum(x, 1)
    check(config, [job(column) for column in range(top)])
    for column in {0, d - 1, min(d, top - 1), top - 1}:  # `check` holds the flag against the golden model
        check(config, [job(column)])


def test_entries_wait_for_their_vector():
    config = CondensedConfig.parse(SMALL)
    x, i, _ = check(config, jobs_of(config, [(20, 2, 1), (20, 2, 1)]))
    assert i == [x[19] + 1, x[39] + 1]


def test_validation():
    assert CondensedConfig(lanes=6).ports == 6 and CondensedConfig(lanes=6, ports=2).memories == 3
    assert CondensedConfig(lanes=6, ports=2, x_lanes=4, max_d=10).memory_bits == 3 * 2 * 12 * 8
    with pytest.raises(ConfigError, match=r"^ports must divide lanes = 8, not 3$"):
        CondensedConfig.parse({"ports": 3})
    with pytest.raises(ConfigError, match=r"^max_d must be at least 2 x x_lanes = 8, not 7$"):
        CondensedConfig.parse({"max_d": 7, "x_lanes": 4})
    with pytest.raises(ConfigError, match=r"^max_n must be at least lanes = 8, not 7$"):
        CondensedConfig.parse({"max_n": 7})
    with pytest.raises(ConfigError, match=r"^lanes must be greater than or equal to 1, not 0$"):
        CondensedConfig.parse({"lanes": 0})
    with pytest.raises(TypeError, match=r"^config must be of type CondensedConfig, not 3$"):
        CondensedUnit(3)

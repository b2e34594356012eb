"""golden/units/condensed.py against the dense product and against a simulation cycle by cycle."""

import numpy as np
import pytest

from tamis.golden import srigl
from tamis.golden.units.condensed import LATENCY, arranged, cycles, schedule, streamed


@pytest.mark.parametrize(("n", "d", "k", "lanes"), [(1, 1, 1, 1), (7, 9, 3, 4), (8, 5, 5, 4), (3, 40, 2, 8)])
def test_the_dense_product(n, d, k, lanes):
    rng = np.random.default_rng(n)
    mask = np.zeros((n, d), bool)
    for row in mask:
        row[rng.permutation(d)[:k]] = True
    weight, x = rng.integers(-128, 128, (n, d)), rng.integers(-128, 128, d)
    values, columns = srigl.condense(weight, mask)
    sums, keep, last, illegal = streamed(values, columns, x, lanes)
    assert sums[keep].tolist() == ((weight * mask) @ x).tolist() and not sums[~keep].any()
    assert keep.sum() == n and last.tolist() == [False] * (len(last) - 1) + [True] and not illegal


def test_beats_hold_one_entry_of_each_neuron_of_a_group():
    entries = np.array([[neuron * 10 + i for i in range(3)] for neuron in range(1, 6)])
    assert arranged(entries, 2).tolist() == [
        [10, 20], [11, 21], [12, 22], [30, 40], [31, 41], [32, 42], [50, 0], [51, 0], [52, 0]]


def test_a_column_beyond_the_vector_counts_as_zero():
    sums, _, _, illegal = streamed([[2, 3]], [[0, 4]], [5, 0, 0, 0], 1)
    assert sums.tolist() == [[10]] and illegal
    sums, _, _, illegal = streamed([[2, 3]], [[0, 3]], np.zeros(0, int), 1)
    assert sums.tolist() == [[0]] and illegal


def test_sums_wrap():
    for width, signed, want in ((8, True, [[-127 * 127 % 256 - 256]]), (8, False, [[-127 * 127 % 256]])):
        assert streamed([[-127]], [[0]], [127], 1, width, signed)[0].tolist() == want


def simulated(jobs, lanes, load):
    """One cycle at a time: who may go, goes."""
    todo_x, todo_i = [-(-d // load) for d, _, _ in jobs], [-(-n // lanes) * k for _, n, k in jobs]
    full, x, entries, sums = set(), [], [], []
    cycle, filling, reading = 0, 0, 0
    while reading < len(jobs):
        may_fill = filling < len(jobs) and filling % 2 not in full
        if reading % 2 in full:
            entries.append(cycle)
            todo_i[reading] -= 1
            if todo_i[reading] % jobs[reading][2] == 0:
                sums.append(cycle + LATENCY)
            if todo_i[reading] == 0:
                full.remove(reading % 2)
                reading += 1
        if may_fill:
            x.append(cycle)
            todo_x[filling] -= 1
            if todo_x[filling] == 0:
                full.add(filling % 2)
                filling += 1
        cycle += 1
    return x, entries, sums


def test_schedule_is_that_of_two_buffers():
    rng = np.random.default_rng(0)
    for _ in range(60):
        lanes, load = int(rng.integers(1, 5)), int(rng.integers(1, 5))
        jobs = [tuple(int(v) for v in rng.integers(1, (30, 9, 6))) for _ in range(int(rng.integers(1, 7)))]
        assert schedule(jobs, lanes, load) == simulated(jobs, lanes, load)


def test_cycles():
    for n, k, lanes in ((1, 1, 1), (9, 4, 4), (8, 4, 4)):
        _, entries, sums = schedule([(5, n, k)], lanes, 1)
        assert cycles(n, k, lanes) == sums[-1] - entries[0] + 1
        assert cycles(n, k, lanes) == sum(k for _ in range(0, n, lanes)) + LATENCY


def test_validation():
    with pytest.raises(ValueError, match=r"^columns must be at least 0 and of shape \(1, 2\), as values, not"):
        streamed([[1, 2]], [[0]], [1], 1)
    with pytest.raises(ValueError, match=r"^k must be at least 1, not 0$"):
        cycles(3, 0, 1)
    with pytest.raises(ValueError, match=r"^n must be at least 1, not 0$"):
        cycles(0, 3, 1)

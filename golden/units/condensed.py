"""What the condensed unit outputs, to the bit and to the cycle (srigl-appendices, F, Eq. 31; `tamis.golden.srigl`).

Neurons are taken `lanes` at a time: a group. The unit is sent the entries of a group's lanes side by side, k beats for
a group, and gives a beat of sums for each: ceil(n / lanes) k cycles for a vector, and the latency once.
"""

import numpy as np

from tamis.golden import _check, srigl
from tamis.golden.array import Accumulator

__all__ = ["LATENCY", "arranged", "cycles", "schedule", "streamed"]

LATENCY = 2  # cycles from a group's last entries to its sums


def _groups(n, lanes):
    return -(-_check.integer(n, "n", 1) // _check.integer(lanes, "lanes", 1))


def arranged(entries, lanes):
    """Values or columns (n, k) in the order in which they are sent: (groups k, lanes), 0 in lanes beyond n."""
    entries = _check.integers(entries, "entries", ndim=2)
    n, k = entries.shape
    groups = _groups(n, lanes)
    whole = np.concatenate([entries, np.zeros((groups * lanes - n, k), entries.dtype)])
    return whole.reshape(groups, lanes, k).swapaxes(1, 2).reshape(groups * k, lanes)


def streamed(values, columns, x, lanes, acc_width=32, signed=True):
    """The beats of sums of one vector. An entry whose column is not below d counts as zero, and is flagged.

    Parameters
    ----------
    values, columns : (n, k) integers, columns at least 0; k at least 1
    x : (d,) integers; (0,) stands for a vector of an illegal d: no column is below it
    lanes : int
    acc_width : int, 4 to 48: sums wrap
    signed : bool, whether a sum is read as two's complement

    Returns
    -------
    sums : (groups, lanes) int64; 0 where ``keep`` is False, where the unit's are undefined
    keep : (groups, lanes) bool, whether there is such a neuron
    last : (groups,) bool, the vector's last beat
    illegal : bool, whether any column is not below d

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    values, columns = _check.integers(values, "values", ndim=2), _check.integers(columns, "columns", ndim=2)
    x = _check.integers(x, "x", ndim=1)
    n, k = values.shape
    groups = _groups(n, lanes)
    _check.integer(k, "k", 1)
    _check.integer(acc_width, "acc_width", 4, 48)
    if columns.shape != values.shape or (columns < 0).any():
        raise ValueError(f"columns must be at least 0 and of shape {values.shape}, as values, not {columns.shape}")
    beyond = columns >= len(x)
    exact = srigl.condensed_matmul(np.where(beyond, 0, values), np.where(beyond, 0, columns), x if len(x) else [0])
    sums = np.zeros(groups * lanes, np.int64)
    sums[:n] = Accumulator(acc_width, signed).fit(exact)
    keep = np.arange(groups * lanes) < n
    return (sums.reshape(groups, lanes), keep.reshape(groups, lanes), np.arange(groups) == groups - 1,
            bool(beyond.any()))


def cycles(n, k, lanes):
    """From a vector's first entries going in to its last sums coming out, both cycles counted, if nothing stalls."""
    return _groups(n, lanes) * _check.integer(k, "k", 1) + LATENCY


def schedule(jobs, lanes, load):
    """When everything happens, if all inputs are always there and the output is always taken.

    There are two vector buffers: while one is read the next vector fills the other. Entries wait for their vector, and
    a vector for the last entries of the one before the last; so vectors follow each other without a bubble where
    filling takes no longer than multiplying, ceil(d / load) <= ceil(n / lanes) k.

    Parameters
    ----------
    jobs : list of (d, n, k)
    lanes : int, neurons at a time
    load : int, elements of a vector that come in a beat

    Returns
    -------
    x, entries, sums : lists of int, for each stream the cycle in which each of its beats is transferred, cycle 0 first
    """
    x, entries, sums = [], [], []
    filled, read = [], []  # of each vector: the cycle after its last beat; after its last entries
    load, jobs = _check.integer(load, "load", 1), _check.items(jobs, "jobs")
    for job, sizes in enumerate(jobs):
        if len(sizes := _check.items(sizes, "jobs")) != 3:
            raise ValueError(f"jobs must hold (d, n, k) of each, not {_check.shown(sizes)}")
        d, n, k = (_check.integer(size, "jobs", 1) for size in sizes)
        start = max(filled[-1] if job else 0, read[job - 2] if job > 1 else 0)
        filled.append(start + -(-d // load))
        x += range(start, filled[-1])
        start = max(filled[-1], read[-1] if job else 0)
        read.append(start + _groups(n, lanes) * k)
        entries += range(start, read[-1])
        sums += range(start + k - 1 + LATENCY, read[-1] + LATENCY, k)
    return x, entries, sums

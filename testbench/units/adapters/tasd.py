"""TASD and prune units: blocks and marks in, entries out."""

import itertools

import numpy as np

from tamis.golden.units import tasd as golden
from tamis.testbench.units.adapters import Expected, corner_values

MOST_BINS = 255  # series that are bins of their own; above, one for each sum N and number of terms


def given_of(config, blocks, marks):
    return {"i": {"block": np.asarray(blocks, np.int64), "marks": np.broadcast_to(marks, len(blocks)).astype(np.int64)}}


def draw(config, rng, count):
    blocks = corner_values(rng, (count, config.m), config.width, config.signed)
    few = 1 << rng.integers(0, config.m, count)  # one term
    any_series = rng.integers(1, 1 << config.m, count)
    return given_of(config, blocks, np.where(rng.random(count) < 0.3, few, any_series))


def expected(config, given):
    blocks, marks = given["i"]["block"], given["i"]["marks"]
    n, m = blocks.shape
    flags = {"error": bool((marks == 0).any())}
    if config.style == "rank":
        values, indices, residual = golden.ranked(blocks, marks)
        out = {"entries": {"value": values, "index": indices}, "marks": marks, "residual": residual}
        taken = np.arange(n)
        return Expected({"o": out}, {"o": taken + config.latency}, {"i": taken}, flags)
    values, indices, term_end, last, residual = golden.streamed(blocks, marks)
    out = {"entry": {"value": values, "index": indices}, "term_end": term_end, "last": last, "residual": residual}
    kept = np.maximum(1, places(marks, m))
    ends = np.cumsum(kept)
    return Expected({"o": out}, {"o": np.arange(len(values)) + config.latency}, {"i": ends - kept}, flags)


def corners(config, rng):
    m, width, signed = config.m, config.width, config.signed
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    found = {
        "zeros": given_of(config, np.zeros((64, m)), rng.integers(1, 1 << m, 64)),
        "largest": given_of(config, np.full((64, m), high), rng.integers(1, 1 << m, 64)),
        "smallest": given_of(config, np.full((64, m), low), rng.integers(1, 1 << m, 64)),
        "one_of_all": given_of(config, np.eye(m, dtype=int) * low if signed else np.eye(m, dtype=int), 1 << m - 1),
        "without_marks": given_of(config, corner_values(rng, (50, m), width, signed), rng.integers(0, 2, 50)),
    }
    if signed:
        alternating = np.where(np.arange(m) % 2, -1, 1) * rng.integers(0, high + 1, (64, 1))
        found["alternating_signs"] = given_of(config, alternating, rng.integers(1, 1 << m, 64))
    if width * m <= 16:
        every = np.array(list(itertools.product(range(low, high + 1), repeat=m)))
        found["every_block"] = given_of(config, every, 1 + np.arange(len(every)) * 7 % ((1 << m) - 1))
    if m <= 8:
        series = np.arange(1, 1 << m)
    else:  # every sum N and every number of terms
        last = np.repeat(1 << np.arange(m), 20)
        series = np.concatenate([last | rng.integers(0, last), (1 << np.arange(1, m + 1)) - 1])
    counts = np.arange(m + 1)  # every series with every number of non-zeros
    marks, nonzero = (part.ravel() for part in np.meshgrid(series, counts))
    blocks = np.argsort(rng.random((len(marks), m)), -1) < nonzero[:, None]
    found["every_series"] = given_of(config, blocks * rng.integers(1, high + 1, blocks.shape), marks)
    return found


def places(marks, m):
    """sum N of each: the highest mark's place, counted from 1."""
    return ((np.asarray(marks)[:, None] >> np.arange(m)) != 0).sum(-1)


def bins(config):
    m = config.m
    points = {"sum N x non-zeros": [f"{n} of {z}" for n in range(1, m + 1) for z in range(m + 1)],
              "terms": list(range(1, m + 1)),
              "tie for a place": ["none", "same sign", *(["opposite signs"] if config.signed else []), "all equal"],
              "tie across the last place": ["yes", "no"],
              "residual": [0, 1],
              "illegal": ["no marks"]}
    if (1 << m) - 1 <= MOST_BINS:
        points["series"] = [text(mask, m) for mask in range(1, 1 << m)]
    if config.signed:
        points["most negative"] = [f"in place {k}" for k in range(m)]
    if config.style == "tree":
        points["stall of entry"] = list(range(m))
    return points


def hits(config, given, expected, seen):
    blocks, marks = given["i"]["block"], given["i"]["marks"]
    m = config.m
    legal = marks > 0
    kept, nonzero = places(marks, m), (blocks != 0).sum(-1)
    values, _, residual = golden.ranked(blocks, marks)
    sizes = np.abs(values)
    tie = (sizes[:, :-1] == sizes[:, 1:]) & (sizes[:, :-1] > 0)
    same = tie & (values[:, :-1] == values[:, 1:])
    edge = np.take_along_axis(np.pad(tie, ((0, 0), (1, 1))), kept[:, None], -1)[:, 0]
    terms = (marks[:, None] >> np.arange(m) & 1).sum(-1)
    found = {"sum N x non-zeros": [f"{n} of {z}" for n, z in np.unique(np.stack([kept, nonzero], -1)[legal], axis=0)],
             "terms": np.unique(terms[legal]).tolist(),
             "tie for a place": [name for name, hit in (
                 ("none", ~tie.any(-1)), ("same sign", same.any(-1)), ("opposite signs", (tie & ~same).any(-1)),
                 ("all equal", tie.all(-1))) if hit.any()],
             "tie across the last place": [name for name, hit in (("yes", edge), ("no", ~edge)) if hit.any()],
             "residual": np.unique(residual).astype(int).tolist(),
             "illegal": ["no marks"] if not legal.all() else [],
             "series": [text(mask, m) for mask in np.unique(marks[legal])] if (1 << m) - 1 <= MOST_BINS else [],
             "most negative": [f"in place {k}" for k in np.flatnonzero(
                 (values == -(1 << config.width - 1)).any(0))] if config.signed else []}
    if config.style == "tree":
        waited = np.asarray(seen["o"])
        ends = np.flatnonzero(expected.beats["o"]["last"])
        first = np.concatenate([[0], ends + 1])
        place = np.arange(len(waited)) - first[np.searchsorted(ends, np.arange(len(waited)))]
        found["stall of entry"] = np.unique(place[waited > 0]).tolist()
    return found


def text(mask, m):
    """The series of a mask, as 4:8+1:8."""
    ends = [p + 1 for p in range(m) if mask >> p & 1]
    return "+".join(f"{end - before}:{m}" for before, end in itertools.pairwise([0, *ends]))

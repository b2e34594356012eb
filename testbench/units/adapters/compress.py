"""Compressor: blocks in, entries or values and metadata out."""

import numpy as np

from tamis.golden.units import decompress as golden
from tamis.testbench.units.adapters import Expected, corner_values

MOST_MASKS = 10  # M up to which every pattern of zeros is tried, and a bin


def given_of(blocks):
    return {"i": {"block": np.asarray(blocks, np.int64)}}


def draw(config, rng, count):
    blocks = corner_values(rng, (count, config.m), config.width, config.signed)
    nonzero = rng.integers(0, config.n + 1, (count, 1))
    return given_of(blocks * (np.argsort(rng.random(blocks.shape), -1) < nonzero))


def expected(config, given):
    values, codes, illegal = golden.compressed(given["i"]["block"], config.pattern, config.form)
    out = {"entries": {"value": values, "index": codes}} if config.form == "index" else {
        "values": values, "metadata": codes}
    taken = np.arange(len(values))
    return Expected({"o": out | {"illegal": illegal}}, {"o": taken + config.latency}, {"i": taken},
                    {"error": bool(illegal.any())})


def corners(config, rng):
    m, width, signed = config.m, config.width, config.signed
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)

    def filled(flags):
        """One bit set, all bits but one, the extremes and anything: an element is zero only where flags are."""
        flags = np.asarray(flags)
        return flags * rng.choice([low or high, high, 1, -1 if signed else high - 1, 1 << width - 2], flags.shape)
    found = {"zeros": given_of(np.zeros((20, m))),
             "one of all": given_of(np.eye(m, dtype=int) * (low or high)),
             "every place": given_of(filled(_placed(config))),
             "too many": given_of(filled(np.argsort(rng.random((100, m)), -1) < rng.integers(0, m + 1, (100, 1)))),
             "full": given_of(filled(np.ones((20, m), int)))}
    if m <= MOST_MASKS:
        every = np.arange(1 << m)[:, None] >> np.arange(m) & 1
        found["every pattern of zeros"] = given_of(filled(every))
    counts = np.repeat(np.arange(m + 1), 20)[:, None]
    found["every number of non-zeros"] = given_of(filled(np.argsort(rng.random((len(counts), m)), -1) < counts))
    return found


def _placed(config):
    """Flags (..., M) of blocks in which entry j is the non-zero at k, for every j and k."""
    n, m = config.n, config.m
    rows = [np.isin(np.arange(m), [*range(j), k, *range(m - n + j + 1, m)])
            for j in range(n) for k in range(j, m - n + j + 1)]
    return np.array(rows, int)


def bins(config):
    n, m = config.n, config.m
    points = {"non-zeros": list(range(m + 1)),
              "legal": ["yes", *(["no"] if n < m else [])],
              "entry at place": [f"{j} at {k}" for j in range(n) for k in range(j, m - n + j + 1)]}
    if m <= MOST_MASKS:
        points["pattern of zeros"] = list(range(1 << m))
    if config.signed:
        points["most negative"] = [f"in place {k}" for k in range(m)]
    return points


def hits(config, given, expected, seen):
    blocks = given["i"]["block"]
    nonzero = blocks != 0
    count = nonzero.sum(-1)
    legal = count <= config.n
    full = nonzero[count == config.n]
    places = np.nonzero(full)[1].reshape(-1, config.n)
    return {"non-zeros": np.unique(count).tolist(),
            "legal": [name for name, hit in (("yes", legal), ("no", ~legal)) if hit.any()],
            "entry at place": [f"{j} at {k}" for j in range(config.n) for k in np.unique(places[:, j])],
            "pattern of zeros": np.unique(nonzero @ (1 << np.arange(config.m))).tolist()
            if config.m <= MOST_MASKS else [],
            "most negative": [f"in place {k}" for k in np.flatnonzero((blocks == -1 << config.width - 1).any(0))]
            if config.signed else []}

"""Decompressor: entries or values and metadata in, blocks out."""

import itertools

import numpy as np

from tamis.golden.units import decompress as golden
from tamis.testbench.units.adapters import Expected, corner_values

MOST_CODES = 1 << 12  # codes that are all tried, and bins of their own


def given_of(config, values, codes):
    values, codes = np.asarray(values, np.int64), np.asarray(codes, np.int64)
    if config.form == "index":
        return {"i": {"entries": {"value": values, "index": codes}}}
    return {"i": {"values": values, "metadata": codes}}


def parts(config, given):
    """(values, codes)"""
    beats = given["i"]["entries"] if config.form == "index" else given["i"]
    return tuple(beats.values())


def code_of(config, positions):
    """Metadata for positions (..., N), ascending but in form "index"."""
    positions = np.asarray(positions)
    if config.form == "index":
        return positions
    if config.nibble and config.m == 2:
        return np.array({"pairs": (0x4, 0xE), "mask": (0x3, 0xC)}[config.form])[positions[..., 0]]
    if config.form == "pairs":
        return positions[..., 0] | positions[..., 1] << 2
    return (1 << positions).sum(-1)


def code_bits(config):
    return 4 if config.nibble else config.m if config.form == "mask" else config.n * (config.m - 1).bit_length()


def every_code(config):
    """All there are, or None if they are too many."""
    if 1 << code_bits(config) > MOST_CODES:
        return None
    codes = range(1 << (code_bits(config) // config.n if config.form == "index" else code_bits(config)))
    return np.array(list(itertools.product(codes, repeat=config.n)) if config.form == "index" else codes)


def draw(config, rng, count):
    positions = np.argsort(rng.random((count, config.m)), -1)[:, :config.n]
    if config.form != "index":
        positions = np.sort(positions, -1)
    return given_of(config, corner_values(rng, (count, config.n), config.width, config.signed),
                    code_of(config, positions))


def expected(config, given):
    blocks, illegal = golden.decompressed(*parts(config, given), config.pattern, config.form)
    taken = np.arange(len(blocks))
    return Expected({"o": {"block": blocks, "illegal": illegal}}, {"o": taken + config.latency}, {"i": taken},
                    {"error": bool(illegal.any())})


def corners(config, rng):
    n, m, width = config.n, config.m, config.width

    def values(count):
        return corner_values(rng, (count, n), width, config.signed)

    first = np.arange(n)
    found = {"zeros": given_of(config, np.zeros((20, n)), np.repeat(code_of(config, first[None]), 20, 0)),
             "every entry at every place": given_of(config, values(len(_placed(config))),
                                                    code_of(config, _placed(config)))}
    if (codes := every_code(config)) is not None:
        found["every code"] = given_of(config, np.concatenate([values(len(codes))] * 2), np.concatenate([codes] * 2))
    elif config.form == "index":
        pairs = list(itertools.combinations(range(n), 2))
        codes = np.argsort(rng.random((len(pairs) * 4, m)), -1)[:, :n]
        for code, (one, other) in zip(codes, pairs * 4, strict=True):
            code[other] = code[one]
        found["repeated"] = given_of(config, values(len(codes)), codes)
        if m & (m - 1):
            codes = np.argsort(rng.random((n * 4, m)), -1)[:, :n]
            codes[np.arange(n * 4), np.arange(n * 4) % n] = rng.integers(m, 1 << (m - 1).bit_length(), n * 4)
            found["beyond M"] = given_of(config, values(len(codes)), codes)
    else:
        ones = np.repeat(np.arange(m + 1), 20)
        masks = (np.argsort(rng.random((len(ones), m)), -1) < ones[:, None]) @ (1 << np.arange(m))
        found["every number of ones"] = given_of(config, values(len(ones)), masks)
    return found


def _placed(config):
    """Positions (..., N): every entry at every place that it can have."""
    n, m = config.n, config.m
    if config.form == "index":
        return (np.arange(n) + np.arange(m)[:, None]) % m
    return np.array([[*range(j), k, *range(m - n + j + 1, m)] for j in range(n) for k in range(j, m - n + j + 1)])


def bins(config):
    n, m = config.n, config.m
    points = {"entry at place": sorted({f"{j} at {k}" for row in _placed(config).tolist() for j, k in enumerate(row)}),
              "zeros among the values": [0, n],
              "legal": ["yes", *([] if _always_legal(config) else ["no"])]}
    if config.form == "index":
        points["order"] = ["ascending", *(["any"] if n > 1 else [])]
        if n > 1:
            points["repeated"] = [f"{i} and {j}" for i, j in itertools.combinations(range(n), 2)]
        if m & (m - 1):
            points["beyond M"] = list(range(n))
    elif config.nibble:
        points["nibble"] = list(range(16))
    else:
        points["ones"] = list(range(m + 1))
    if config.signed:
        points["most negative"] = [f"in entry {j}" for j in range(n)]
    return points


def _always_legal(config):
    return config.form == "index" and config.n == 1 and not config.m & (config.m - 1)


def hits(config, given, expected, seen):
    values, codes = parts(config, given)
    n, m = config.n, config.m
    legal = ~expected.beats["o"]["illegal"]
    found = {"zeros among the values": [z for z in (0, n) if ((values == 0).sum(-1) == z).any()],
             "legal": [name for name, hit in (("yes", legal), ("no", ~legal)) if hit.any()],
             "most negative": [f"in entry {j}" for j in np.flatnonzero((values == -1 << config.width - 1).any(0))]
             if config.signed else []}
    if config.form == "index":
        rising = (codes[:, 1:] > codes[:, :-1]).all(-1)
        found["order"] = [name for name, hit in (("ascending", rising), ("any", ~rising)) if (hit & legal).any()]
        if n > 1:
            found["repeated"] = [f"{i} and {j}" for i, j in itertools.combinations(range(n), 2)
                                 if (codes[:, i] == codes[:, j]).any()]
        if m & (m - 1):
            found["beyond M"] = np.flatnonzero((codes >= m).any(0)).tolist()
    elif config.nibble:
        found["nibble"] = np.unique(codes).tolist()
    else:
        found["ones"] = np.unique((codes[:, None] >> np.arange(m) & 1).sum(-1)).tolist()
    places = _places(config, codes[legal])
    found["entry at place"] = [f"{j} at {k}" for j in range(n) for k in np.unique(places[:, j])]
    return found


def _places(config, codes):
    """Positions (B, N) of legal metadata: where golden puts the numbers 1 to N."""
    if config.form == "index":
        return codes
    blocks, _ = golden.decompressed(np.tile(np.arange(1, config.n + 1), (len(codes), 1)), codes, config.pattern,
                                    config.form)
    return np.nonzero(blocks)[1].reshape(-1, config.n)

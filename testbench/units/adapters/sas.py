"""SAS index unit: vectors of channels in, 1:M entries out, a vector's first beat last."""

import numpy as np

from tamis.golden.units import sas as golden
from tamis.testbench.units.adapters import Expected, corner_values


def draw(config, rng, count):
    """`count` beats, or a few less, of whole vectors; `channels` is noise in all but a vector's first beat."""
    lanes = config.lanes
    few = min(6 * lanes, config.max_channels)
    size = rng.choice([0, 1, 2], count, p=[0.7, 0.2, 0.1])
    channels = np.select([size == 0, size == 1], [
        rng.integers(config.bits, few + 1, count), lanes * rng.integers(1, 1 + few // lanes, count)],
        rng.integers(config.bits, config.max_channels + 1, count))
    channels = np.maximum(channels, config.bits)
    fit = np.cumsum(-(-channels // lanes)) <= count
    return given_of(config, rng, channels[fit] if fit.any() else [config.bits])


def given_of(config, rng, channels, x=None):
    """Beats of vectors of so many channels, of `x` (beats, lanes) or random ones."""
    channels = np.asarray(channels)
    beats = np.maximum(1, -(-channels // config.lanes))
    first = np.cumsum(beats) - beats
    n = int(beats.sum())
    told = rng.integers(0, config.max_channels + 1, n)
    told[first] = channels
    if x is None:
        x = corner_values(rng, (n, config.lanes), config.width, True)
    return {"i": {"x": x, "channels": told}}


def _vectors(config, given):
    """(first beat, channels) of each vector."""
    told, lanes = given["i"]["channels"], config.lanes
    first, k = [], 0
    ends = k + np.maximum(1, -(-told // lanes))
    while k < len(told):
        first.append(k)
        k += int(ends[k])
    return np.array(first, np.int64), told[first]


def expected(config, given):
    x, lanes = given["i"]["x"], config.lanes
    n = len(x)
    first, channels = _vectors(config, given)
    values, indices = np.zeros((n, lanes), np.int64), np.zeros((n, lanes), np.int64)
    keep, last = np.zeros((n, lanes), bool), np.zeros(n, bool)
    undefined = np.zeros((n, lanes), bool)
    bad = (channels < config.bits) | (channels > config.max_channels)
    for c in np.unique(channels):
        of = first[channels == c]
        beats = max(1, -(-c // lanes))
        rows = of[:, None] + np.arange(beats)
        vectors = x[rows].reshape(len(of), -1)
        if c >= config.bits:
            out = golden.streamed(vectors[:, :c], config.bits, lanes, config.magnitude)
            for all_of, some in zip((values, indices, keep, last), out, strict=True):
                all_of[rows] = some
        else:  # one beat; what it says of the channels is undefined
            last[of] = True
            keep[of, :c] = True
            values[of, :c] = np.abs(vectors[:, :c]) if config.magnitude else vectors[:, :c]
        undefined[rows] = c < config.bits or c > config.max_channels
    entries = {"value": np.ma.array(values, mask=~keep), "index": np.ma.array(indices, mask=~keep | undefined)}
    packed = (keep << np.arange(lanes)).sum(-1) if lanes < 63 else np.array(
        [sum(int(bit) << k for k, bit in enumerate(row)) for row in keep], np.uint64).view(np.int64)
    taken = np.arange(n)
    # The first beat of each vector is held: everything is one beat later than its register alone would have it.
    return Expected({"o": {"entries": entries, "keep": packed, "last": last}}, {"o": taken + 1 + config.latency},
                    {"i": taken}, {"error": bool(bad.any())})


def corners(config, rng):
    lanes, bits, top = config.lanes, config.bits, config.max_channels
    low, high = -(1 << config.width - 1), (1 << config.width - 1) - 1
    sizes = np.arange(bits, min(4 * lanes + 2, top) + 1)
    beats = int(np.maximum(1, -(-sizes // lanes)).sum())
    found = {name: given_of(config, rng, sizes, np.broadcast_to(x, (beats, lanes)).astype(np.int64)) for name, x in (
        ("zeros", 0), ("most_negative", low), ("largest", high),
        ("alternating_signs", np.where((np.arange(beats)[:, None] * lanes + np.arange(lanes)) % 2, low, high)))}
    one = list(range(bits, lanes + 1))
    if one:
        found["one_beat_vectors"] = given_of(config, rng, one * 20)
    found["longest"] = given_of(config, rng, [top, bits, top])
    found["too_few_channels"] = given_of(config, rng, [bits, *range(bits), bits])
    largest = (1 << top.bit_length()) - 1
    if largest > top:
        found["too_many_channels"] = given_of(config, rng, [bits, top + 1, largest, bits])
    # Every sign of every channel of a short vector: all that an index can be.
    count = min(bits + 3, top)
    beats = -(-count // lanes)
    signs = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
    x = np.zeros((1 << count, beats * lanes), np.int64)
    x[:, :count] = np.where(signs, rng.integers(low, 0, signs.shape), rng.integers(0, high + 1, signs.shape))
    found["every_sign"] = given_of(config, rng, np.full(1 << count, count), x.reshape(-1, lanes))
    return found


def bins(config):
    points = {"C": ["log2(M)", "a multiple of lanes", "one more than a multiple", "one beat", "two beats", "more beats",
                    "max_channels"],
              "index": list(range(config.m)),
              "index of channel 0": list(range(config.m)),
              "stall of": ["a vector's first beat, given last", "another"],
              "illegal": ["C below log2(M)"]}
    if config.lanes == 1:
        points["C"].remove("one more than a multiple")
    if config.lanes < config.bits:
        points["C"].remove("one beat")
    if (1 << config.max_channels.bit_length()) - 1 > config.max_channels:
        points["illegal"].append("C above max_channels")
    return points


def hits(config, given, expected, seen):
    lanes = config.lanes
    _, channels = _vectors(config, given)
    legal = channels[(channels >= config.bits) & (channels <= config.max_channels)]
    beats = -(-legal // lanes)
    out = expected.beats["o"]
    index, last = out["entries"]["index"], out["last"]
    waited = np.asarray(seen["o"]) > 0
    return {
        "C": [name for name, hit in (
            ("log2(M)", legal == config.bits), ("a multiple of lanes", legal % lanes == 0),
            ("one more than a multiple", (legal % lanes == 1) & (legal > lanes)),
            ("one beat", beats == 1), ("two beats", beats == 2), ("more beats", beats > 2),
            ("max_channels", legal == config.max_channels)) if hit.any()],
        "index": np.unique(index.compressed()).tolist(),
        "index of channel 0": np.unique(index[last, 0].compressed()).tolist(),
        "stall of": [name for name, hit in (("a vector's first beat, given last", waited & last),
                                            ("another", waited & ~last)) if hit.any()],
        "illegal": [name for name, hit in (("C below log2(M)", channels < config.bits),
                                           ("C above max_channels", channels > config.max_channels)) if hit.any()],
    }

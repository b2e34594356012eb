"""MVUE unit: blocks of gradients in, entries and the random numbers that chose them out; seeds on a port."""

import itertools

import numpy as np

from tamis.golden.units import lfsr
from tamis.golden.units.mvue import prune_1_2
from tamis.golden.units.mvue24 import prune_2_4
from tamis.testbench.units.adapters import Expected, corner_values


def draw(config, rng, count):
    beats = -(-count // config.lanes)
    blocks = corner_values(rng, (beats, config.lanes, 2 * config.kept), config.width, True)
    return given_of(config, blocks, int(rng.integers(1, 1 << config.u_bits)))


def given_of(config, blocks, first):
    """`first`: lane 0's number after reset."""
    return {"i": blocks, "seed": _packed(config, lfsr.lane_seeds(config.u_bits, first, config.lanes))}


def _packed(config, seeds):
    return sum(seed << k * config.u_bits for k, seed in enumerate(seeds))


def _numbers(config, given):
    """(beats, lanes): every U."""
    seeds = [given["seed"] >> k * config.u_bits & ((1 << config.u_bits) - 1) for k in range(config.lanes)]
    return np.stack([lfsr.numbers(config.u_bits, seed or 1, len(given["i"])) for seed in seeds], -1)


def expected(config, given):
    u = _numbers(config, given)
    prune = prune_1_2 if config.pattern == "1:2" else prune_2_4
    values, indices = (part.reshape(*u.shape, config.kept) for part in prune(given["i"], u, config.u_bits))
    taken = np.arange(len(u))
    return Expected({"o": {"entries": {"value": values, "index": indices}, "u": u}}, {"o": taken + config.latency},
                    {"i": taken})


def corners(config, rng):
    m, lanes, top = 2 * config.kept, config.lanes, 1 << config.width - 1
    low, high, last = -top, top - 1, (1 << config.u_bits) - 1

    def beats(blocks, first=1):
        """Blocks (n, m), as many times as beats need."""
        blocks = np.asarray(blocks, np.int64)
        return given_of(config, np.resize(blocks, (-(-len(blocks) // lanes) * lanes, m)).reshape(-1, lanes, m), first)

    found = {
        "zeros": beats(np.zeros((4, m))),
        "most_negative": beats(np.full((64, m), low), 7),
        "largest_number_first": beats(np.full((64, m), high), last),
        "alternating_signs": beats(np.where(np.arange(m) % 2, low, high) * np.ones((64, 1), int)),
        "equal_magnitudes": beats(rng.choice([-1, 1], (200, m)) * rng.integers(1, top, (200, 1))),
        "which_are_zero": beats([np.where(which, rng.integers(1, top), 0) * rng.choice([-1, 1], m)
                                 for which in itertools.product([0, 1], repeat=m) for _ in range(20)]),
    }
    found["seed_0_counts_as_1"] = found["equal_magnitudes"] | {"seed": 0}
    if config.width * m <= 12:
        found["every_block"] = beats(list(itertools.product(range(low, high + 1), repeat=m)), 5)
    return found


def bins(config):
    m = 2 * config.kept
    points = {"non-zeros": list(range(m + 1)),
              "kept": [",".join(map(str, kept)) for kept in itertools.combinations(range(m), config.kept)],
              "sign of the kept": ["negative", "zero", "positive"],
              "magnitudes": ["all equal", "all most negative", "two equal", "all different"],
              "U": ["least", "largest"],
              "seed": ["of its own", "0"]}
    if config.kept == 2:
        points["a certain element"] = ["none", "one"]
        points["C"] = ["even", "odd"]
    return points


def hits(config, given, expected, seen):
    m = 2 * config.kept
    blocks, out = given["i"].reshape(-1, m), expected.beats["o"]
    sizes = np.sort(np.abs(blocks), -1)
    same = sizes[:, 1:] == sizes[:, :-1]
    values, u = out["entries"]["value"], out["u"]
    kept = np.unique(out["entries"]["index"].reshape(-1, config.kept), axis=0)

    def named(**found):
        return [name.replace("_", " ") for name, hit in found.items() if np.any(hit)]

    hit = {"non-zeros": np.unique((blocks != 0).sum(-1)).tolist(),
           "kept": [",".join(map(str, one)) for one in kept.tolist()],
           "sign of the kept": named(negative=values < 0, zero=values == 0, positive=values > 0),
           "magnitudes": named(all_equal=same.all(-1) & (sizes[:, 0] > 0), two_equal=same.any(-1),
                               all_most_negative=(blocks == -(1 << config.width - 1)).all(-1),
                               all_different=~same.any(-1)),
           "U": named(least=u == 1, largest=u == (1 << config.u_bits) - 1),
           "seed": ["of its own" if given["seed"] else "0"]}
    if config.kept == 2:
        total, most = sizes.sum(-1), sizes[:, -1]
        c = np.minimum(total, 2 * (total - most))
        hit["a certain element"] = named(one=2 * most >= c, none=2 * most < c)
        hit["C"] = named(even=c % 2 == 0, odd=c % 2 == 1)
    return hit

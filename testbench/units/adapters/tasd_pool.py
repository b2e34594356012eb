"""Pool of TASD units: beats of blocks in, a stream of entries from every unit."""

import numpy as np

from tamis.golden.units.tasd import pool_units
from tamis.testbench.units.adapters import Expected, tasd


def draw(config, rng, count):
    return _beats(config, tasd.draw(config.unit, rng, count * config.blocks_per_cycle))


def _beats(config, given):
    """Blocks to beats, whose blocks share the first one's marks."""
    lanes = config.blocks_per_cycle
    blocks, marks = given["i"]["block"], given["i"]["marks"]
    n = len(blocks) // lanes
    return {"i": {"blocks": blocks[:n * lanes].reshape(n, lanes, -1), "marks": marks[:n * lanes:lanes]}}


def expected(config, given):
    unit, lanes = config.unit, config.blocks_per_cycle
    blocks, marks = given["i"]["blocks"], given["i"]["marks"]
    n = len(blocks)
    kept = np.maximum(1, tasd.places(marks, unit.m)) if unit.style == "tree" else np.ones(n, np.int64)
    whose = pool_units(n, lanes, config.units)
    taken = _taken(kept, {config.units // lanes, -(-config.units // lanes)})
    out, at = {}, {}
    for k in range(config.units):
        mine = np.flatnonzero(whose[:, k % lanes] == k)
        one = tasd.expected(unit, tasd.given_of(unit, blocks[mine, k % lanes], marks[mine]))
        out[f"o__{k}"] = one.beats["o"]
        within = np.arange(kept[mine].sum()) - np.repeat(np.cumsum(kept[mine]) - kept[mine], kept[mine])
        at[f"o__{k}"] = np.repeat(taken[mine], kept[mine]) + within + unit.latency
    return Expected(out, at, {"i": taken}, {"error": bool((marks == 0).any())})


def _taken(kept, rings):
    """A beat waits for the one before, and in a ring of u units for the u-th before to be through."""
    if max(kept, default=1) <= min(rings):
        return np.arange(len(kept))
    taken, kept = [], kept.tolist()
    for t in range(len(kept)):
        now = taken[-1] + 1 if t else 0
        for u in rings:
            if t >= u:
                now = max(now, taken[t - u] + kept[t - u])
        taken.append(now)
    return np.array(taken, np.int64)


def corners(config, rng):
    return {name: _beats(config, given) for name, given in tasd.corners(config.unit, rng).items()}


def bins(config):
    points = tasd.bins(config.unit)
    points.pop("stall of entry", None)
    points["unit gives"] = list(range(config.units))
    points["stall of unit"] = list(range(config.units))
    return points


def hits(config, given, expected, seen):
    lanes = config.blocks_per_cycle
    blocks = given["i"]["blocks"].reshape(-1, config.unit.m)
    flat = tasd.given_of(config.unit, blocks, np.repeat(given["i"]["marks"], lanes))
    found = tasd.hits(config.unit.replace(style="rank"), flat, None, None)
    found["unit gives"] = [k for k in range(config.units) if len(expected.at[f"o__{k}"])]
    found["stall of unit"] = [k for k in range(config.units) if np.any(seen[f"o__{k}"])]
    return found

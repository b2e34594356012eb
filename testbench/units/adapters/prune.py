"""Prune unit: a TASD unit that is told one term."""

import numpy as np

from tamis.testbench.units.adapters import tasd
from tamis.testbench.units.adapters.tasd import expected

__all__ = ["bins", "corners", "draw", "expected", "hits"]


def draw(config, rng, count):
    given = tasd.draw(config, rng, count)
    given["i"]["marks"] = 1 << rng.integers(0, config.m, count)
    return given


def corners(config, rng):
    found = tasd.corners(config, rng)
    for name in set(found) - {"without_marks"}:
        marks = found[name]["i"]["marks"]
        found[name]["i"]["marks"] = np.where(marks, 1 << tasd.places(marks, config.m) - 1, 0)
    return found


def bins(config):
    points = tasd.bins(config)
    points["series"] = [f"{n}:{config.m}" for n in range(1, config.m + 1)]
    points["terms"] = [1]
    return points


def hits(config, given, expected, seen):
    found = tasd.hits(config, given, expected, seen)
    marks = given["i"]["marks"]
    found["series"] = [f"{n}:{config.m}" for n in np.unique(tasd.places(marks[marks > 0], config.m))]
    return found

"""Functional coverage of a unit, kept by cocotb-coverage: the unit's own points, and one for each stream.

Sampling beat by beat in Python would take longer than the simulation. Which bins a run hit is found in numpy, and each
bin that it hit is sampled once: a bin's number is that of the runs (from reset to reset) that hit it.
"""

import json
from pathlib import Path

from tamis.testbench.run.results import RegressionError
from tamis.tools.inputs import Unreadable, content_of, json_of

FILE = "coverage.json"
TAKEN = ("at once", "after waiting")
RESET = "reset in the middle"


class Coverage:
    """The coverage of one kind of unit; its points live as long as the simulation."""

    def __init__(self, unit, config, ports):
        self._unit, self._config = unit, config
        self._streams = [stream.name for stream in ports.sources + ports.sinks]
        self._points = dict(unit.bins(config))
        self._points |= {f"beat of {name} taken": list(TAKEN) for name in self._streams}
        self._points[RESET] = ["yes"]
        self._sample = {name: point(name, labels) for name, labels in self._points.items()}

    def sample(self, given, expected, seen, cut):
        """Count a run. `cut`: a reset ended it, which counts for nothing but that and the streams."""
        hit = {f"beat of {name} taken": [TAKEN[int(late)] for late in {bool(x) for x in seen.waited[name]}]
               for name in self._streams}
        if cut:
            hit[RESET] = ["yes"] * any(len(seen.at[name]) for name in self._streams)
        else:
            hit |= self._unit.hits(self._config, given, expected, seen.waited)
        for name, labels in hit.items():
            for label in labels:
                self._sample[name](label)
        write(self._points)


def point(name, labels):
    """A function that counts a label of that point, of the bins `labels`."""
    from cocotb_coverage.coverage import CoverPoint  # not for who only reads the file: importing it takes 0.5 s

    full = f"unit.{name}"

    @CoverPoint(full, xf=lambda label: label, bins=labels)
    def sample(label):
        """Called once for each bin that was hit."""

    return sample


def write(points):
    """{point: {bin: runs that hit it}} to coverage.json in the simulation's folder."""
    from cocotb_coverage.coverage import coverage_db

    found = {name: {str(label): hits for label, hits in coverage_db[f"unit.{name}"].detailed_coverage.items()}
             for name in points}
    Path(FILE).write_text(json.dumps(found, indent=1), encoding="utf-8")


def read(folder):
    """What `write` wrote there. Raises RegressionError if there is nothing, or nothing whole."""
    path = Path(folder) / FILE
    try:
        found = json_of(content_of(path))
    except Unreadable as error:
        raise RegressionError(f"coverage {str(path)!r} cannot be read: {error}") from None
    if not found:
        raise RegressionError(f"coverage {str(path)!r} holds no bins")
    return found


def holes(found):
    """["point: bin"] that nothing hit, of what `write` wrote."""
    return [f"{name}: {label}" for name, bins in found.items() for label, hits in bins.items() if not hits]

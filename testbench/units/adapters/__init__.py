"""How each kind of unit is checked: one module per kind, named as the kind is with _ for -, found by `adapter`.

A module says what to send and what must come back; how it is sent, stalled, reset, logged and compared is
`testbench.units.bench`'s. Beats are numpy arrays nested as the manifest's layout of the stream
(`testbench.units.beats`); a *given* is a dict of beats for every input stream and
a value for every input that is no stream ("seed"). Write:

``draw(config, rng, count) -> given``
    `count` random items (blocks, vectors, ...), corner-weighted (`corner_values`). Legal input only.
``expected(config, given) -> Expected``
    By golden/, vectorised: 10^5 items must take well under a second.
``corners(config, rng) -> {name: given}``
    Directed stimulus: zeros, equal magnitudes, most negative, alternating signs; all inputs where there are few enough
    (every int4 block of 4); illegal inputs, which set flags. Each is played without stalls and with.
``bins(config) -> {point: [label]}``
    Coverage points named after the specification, and their bins; labels are strings or integers.
``hits(config, given, expected, seen) -> {point: labels}``
    Which bins a run hit. `seen`: {stream: cycles that each beat waited before it was taken}, under stalls not 0; so a
    bin can be a stall in a certain place. Count in numpy: one label per bin is enough.
``break_rtl(config) -> [(old, new)]``  (optional)
    Replacements in the Verilog, each a mistake that the regression must catch.

Every kind's ports are its streams, inputs that are constant between two resets, and flags that stay set until reset.
"""

import importlib
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Expected", "adapter", "corner_values"]


@dataclass(frozen=True)
class Expected:
    """What golden says of one run from reset on.

    Attributes
    ----------
    beats : {output stream: beats}
        An element masked in a numpy masked array is undefined and not compared.
    at : {output stream: (n,) cycles}
        When each beat moves on, if nothing stalls; the first input beat is on the port in cycle 0. So a latency of 1
        is at[0] = 1.
    taken : {input stream: (n,) cycles}
        When each input beat is taken, if nothing stalls.
    flags : {flag: bool}
        Whether it is set at the end; flags not named must stay clear.
    """

    beats: dict
    at: dict
    taken: dict
    flags: dict = field(default_factory=dict)


def adapter(kind):
    """The module for a kind."""
    return importlib.import_module(f"tamis.testbench.units.adapters.{kind.replace('-', '_')}")


def corner_values(rng, shape, width, signed):
    """Integers of `width` bits: rows (last axis) uniform, or thick with zeros and extremes, or of equal magnitude.

    Uniform rows, rows of few small numbers (ties), rows of one magnitude and any sign, rows of extremes.
    """
    low, end = (-(1 << width - 1), 1 << width - 1) if signed else (0, 1 << width)
    values = rng.integers(low, end, shape)
    rows = (*shape[:-1], 1)
    kind = rng.random(rows)
    least = -1 if signed else 0
    small = rng.integers(max(low, 2 * least), min(end, 3), shape)
    one = np.broadcast_to(rng.integers(0, end, rows), shape)
    sign = rng.choice([-1, 1], shape) if signed else 1
    extremes = rng.choice([low, end - 1, low + 1, 0, 0, 1, least], shape)
    mixed = np.where(rng.random(shape) < 0.3, extremes, values)
    return np.select([kind < 0.4, kind < 0.55, kind < 0.7, kind < 0.8], [values, small, one * sign, extremes], mixed)

"""The Pareto plot as data: where each design's mark is, what it says, and what a click copies."""

import math
from dataclasses import dataclass

from tamis.report.scale import Scale, short
from tamis.sweep.rank import pareto

__all__ = ["Mark", "Plot", "plot"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 440, 74, 16, 16, 56
SHAPES = ("circle", "square", "diamond", "triangle", "cross", "plus")


@dataclass(frozen=True)
class Mark:
    """A design: position, group (one per M), what it is called, the command that generates it; best: on the front."""

    x: float
    y: float
    group: int
    label: str
    command: str
    best: bool


@dataclass(frozen=True)
class Plot:
    """Marks in reading order (by area), groups [(M, shape)], axes and the front as a polyline."""

    width: int
    height: int
    frame: tuple
    marks: list
    groups: list
    x_ticks: list
    y_ticks: list
    x_title: str
    y_title: str
    front: str
    says: str


def plot(designs):
    """The Plot of [(row, label, command)], of rows with an area and a throughput; None if there is none."""
    shown = [design for design in designs
             if all(design[0][name] and 0 < design[0][name] < math.inf for name in ("area", "throughput", "m"))]
    if not shown:
        return None
    shown.sort(key=lambda design: (design[0]["area"], -design[0]["throughput"]))
    across = Scale.over([row["area"] for row, *_ in shown], LEFT, WIDTH - RIGHT)
    up = Scale.over([row["throughput"] for row, *_ in shown], HEIGHT - BOTTOM, TOP)
    kinds = sorted({row["m"] for row, *_ in shown})
    front = pareto([row for row, *_ in shown], ["area", "throughput"])
    best = {id(row) for row in front}
    marks = [Mark(across.at(row["area"]), up.at(row["throughput"]), kinds.index(row["m"]), label, command,
                  id(row) in best) for row, label, command in shown]
    unit = shown[0][0]["unit"]
    return Plot(
        WIDTH, HEIGHT, (LEFT, TOP, WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP), marks,
        [(m, SHAPES[number % len(SHAPES)], number) for number, m in enumerate(kinds)], across.ticks(), up.ticks(),
        f"area, {unit}{' (logarithmic)' if across.log else ''}",
        f"dense multiplications per cycle{' (logarithmic)' if up.log else ''}",
        " ".join(f"{across.at(row['area'])},{up.at(row['throughput'])}" for row in front),
        f"{len(shown)} designs: area from {short(shown[0][0]['area'])} to {short(shown[-1][0]['area'])} {unit}, "
        f"effective throughput from {short(min(row['throughput'] for row, *_ in shown))} to "
        f"{short(max(row['throughput'] for row, *_ in shown))} dense multiplications per cycle. "
        f"{len(front)} of them are not beaten in both by any other.",
    )

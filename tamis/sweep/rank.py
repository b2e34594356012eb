"""Which of a sweep's designs: the best by one figure, or those that no other beats in all of several."""

import numpy as np

from tamis.errors import BadInput
from tamis.sweep.rows import METRICS

__all__ = ["metrics", "pareto", "top"]


def metrics(text):
    """["area", "throughput"] of "area,throughput". Raises BadInput that lists the names."""
    names = text.split(",")
    for name in names:
        if name not in METRICS:
            raise BadInput(f"figure must be one of {', '.join(METRICS)}, not {name!r}")
    return names


def top(rows, number, metric):
    """The best `number` rows that have the figure, best first; equal ones in the file's order."""
    ranked = [row for row in rows if row[metric] is not None]
    return sorted(ranked, key=lambda row: _cost(row, [metric])[0])[:number]


def pareto(rows, names):
    """The rows that no other equals or beats in every figure and beats in one, by the first figure.

    Rows that lack a figure are left out; of rows equal in all, all stay.
    """
    ranked = [row for row in rows if all(row[name] is not None for name in names)]
    costs = np.array([_cost(row, names) for row in ranked]).reshape(len(ranked), len(names))
    front = [row for row, cost in zip(ranked, costs, strict=True)
             if not np.any(np.all(costs <= cost, axis=1) & np.any(costs < cost, axis=1))]
    return sorted(front, key=lambda row: _cost(row, names))


def _cost(row, names):
    return [row[name] if METRICS[name] == "min" else -row[name] for name in names]

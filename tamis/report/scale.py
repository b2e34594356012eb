"""An axis of a plot: from values to positions, with round ticks."""

import math
from dataclasses import dataclass

__all__ = ["Scale"]


@dataclass(frozen=True)
class Scale:
    """Linear, or logarithmic where the values spread over more than a factor of 20.

    low, high : of the axis, beyond the values; start, end : the positions of the two; log : bool
    """

    low: float
    high: float
    start: float
    end: float
    log: bool

    @classmethod
    def over(cls, values, start, end):
        """The scale of positive `values`, at least one."""
        least, most = min(values), max(values)
        if least > 0 and most / least > 20:
            return cls(least / 1.3, most * 1.3, start, end, True)
        margin = (most - least) * 0.08 or abs(most) * 0.1 or 1
        return cls(max(0, least - margin) if least >= 0 else least - margin, most + margin, start, end, False)

    def at(self, value):
        """The position of a value, to a tenth."""
        low, high, value = (math.log10(x) if self.log else x for x in (self.low, self.high, value))
        return round(self.start + (self.end - self.start) * (value - low) / (high - low), 1)

    def ticks(self):
        """[(position, text)], about six."""
        if self.log:
            values = [digit * 10.0 ** power for power in range(math.floor(math.log10(self.low)),
                                                               math.ceil(math.log10(self.high)) + 1)
                      for digit in (1, 2, 5)]
        else:
            rough = (self.high - self.low) / 6
            size = 10.0 ** math.floor(math.log10(rough))
            step = min((size * digit for digit in (1, 2, 5, 10)), key=lambda s: abs(s - rough))
            first = math.ceil(self.low / step)
            values = [number * step for number in range(first, math.floor(self.high / step) + 1)]
        return [(self.at(value), short(value)) for value in values if self.low <= value <= self.high]


def short(value):
    """A number in at most four digits: 250k, 1.25M, 0.0123."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"

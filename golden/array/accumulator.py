"""The number format of a partial sum, and what happens to a sum beyond its range."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Accumulator"]


@dataclass(frozen=True)
class Accumulator:
    """The number format of a partial sum, at most 48 bits, and what happens beyond it (mode "wrap" or "saturate")."""

    width: int = 32
    signed: bool = True
    mode: str = "wrap"

    @property
    def low(self):
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def high(self):
        return self.low + (1 << self.width) - 1

    def fit(self, exact):
        """The exact int64 sums, brought into range."""
        if self.mode == "saturate":
            return np.clip(exact, self.low, self.high)
        return ((exact - self.low) & ((1 << self.width) - 1)) + self.low

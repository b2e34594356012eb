"""The number format of a partial sum, and what happens to a sum beyond its range."""

from dataclasses import dataclass

import numpy as np

from tamis.golden._check import choice, flag, int64, integer

__all__ = ["Accumulator"]


@dataclass(frozen=True)
class Accumulator:
    """The number format of a partial sum, 2 to 62 bits, and what happens beyond it: mode "wrap" or "saturate".

    Raises TypeError or ValueError, in one line, for another width or mode.
    """

    width: int = 32
    signed: bool = True
    mode: str = "wrap"

    def __post_init__(self) -> None:
        integer(self.width, "width", 2, 62)
        flag(self.signed, "signed")
        choice(self.mode, "mode", ("wrap", "saturate"))

    @property
    def low(self):
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def high(self):
        return self.low + (1 << self.width) - 1

    def fit(self, exact):
        """The exact int64 sums, brought into range."""
        exact = int64(exact, "exact")
        if self.mode == "saturate":
            return np.clip(exact, self.low, self.high)
        return ((exact - self.low) & ((1 << self.width) - 1)) + self.low

"""N:M patterns and series of them: the one notion that runs through all of Tamis.

``N:M`` keeps at most N non-zeros of every M consecutive elements along the last (reduction) axis; N is always what is
*kept*. A series "4:8+1:8" is a sum of terms, each the N:M view of what the earlier terms left (tasd, section 3.1).
"""

import re
from dataclasses import dataclass

_TERM = re.compile(r"\s*([0-9]{1,4})\s*:\s*([0-9]{1,4})\s*")


@dataclass(frozen=True, order=True)
class Pattern:
    """At most ``n`` non-zeros in every block of ``m`` consecutive elements; ``Pattern(1, 1)`` is dense.

    Raises
    ------
    TypeError
        If n or m is not an int.
    ValueError
        Unless 1 <= n <= m.
    """

    n: int
    m: int

    def __post_init__(self):
        for name, value in (("n", self.n), ("m", self.m)):
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"pattern {name} must be an int, not {value!r}")
        if not 1 <= self.n <= self.m:
            raise ValueError(f"pattern must be N:M with 1 <= N <= M, not '{self}'")

    @classmethod
    def parse(cls, text):
        """``Pattern.parse("2:4")``; ValueError names the text and the legal form."""
        match = _TERM.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"pattern must be N:M with 1 <= N <= M, such as '2:4', not {text!r}")
        return cls(int(match[1]), int(match[2]))

    @property
    def density(self):
        """Kept fraction N/M, a float in (0, 1]."""
        return self.n / self.m

    def __str__(self):
        return f"{self.n}:{self.m}"


@dataclass(frozen=True)
class Series:
    """A sum of N:M terms, applied in order, each to the residual of the one before (tasd, Eq. 3).

    Raises
    ------
    ValueError
        If there is no term.
    """

    terms: tuple[Pattern, ...]

    def __post_init__(self):
        if not self.terms:
            raise ValueError("series must have at least one N:M term, such as '4:8+1:8'")

    @classmethod
    def parse(cls, text):
        """``Series.parse("4:8+1:8")``; ValueError names the text and the legal form."""
        if not isinstance(text, str):
            raise ValueError(f"series must be N:M terms joined by '+', such as '4:8+1:8', not {text!r}")
        return cls(tuple(Pattern.parse(term) for term in text.split("+")))

    def __str__(self):
        return "+".join(map(str, self.terms))

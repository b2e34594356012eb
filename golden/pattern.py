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
    TypeError
        If a term is not a Pattern.
    ValueError
        If there is no term.
    """

    terms: tuple[Pattern, ...]

    def __post_init__(self):
        if not self.terms:
            raise ValueError("series must have at least one N:M term, such as '4:8+1:8'")
        for term in self.terms:
            if not isinstance(term, Pattern):
                raise TypeError(f"series terms must be Patterns, not {term!r}")

    @classmethod
    def parse(cls, text):
        """``Series.parse("4:8+1:8")``; ValueError names the text and the legal form."""
        if not isinstance(text, str):
            raise ValueError(f"series must be N:M terms joined by '+', such as '4:8+1:8', not {text!r}")
        return cls(tuple(Pattern.parse(term) for term in text.split("+")))

    @property
    def density(self):
        """Entries stored, and multiplies done, per dense element: the sum of N/M; above 1 it costs more than dense."""
        return sum(term.density for term in self.terms)

    def compose(self):
        """The same approximation with neighbouring terms of equal M joined: 4:8+1:8 is the 5:8 view.

        The sum of their N stops at M. Terms of different M stay: 2:4+2:8 is no single N:M view.
        """
        terms = [self.terms[0]]
        for term in self.terms[1:]:
            if term.m == terms[-1].m:
                terms[-1] = Pattern(min(terms[-1].n + term.n, term.m), term.m)
            else:
                terms.append(term)
        return Series(tuple(terms))

    def __str__(self):
        return "+".join(map(str, self.terms))


def table2(m=8, supported=(1, 2, 4), max_terms=2):
    """Which N:M patterns a TASD engine runs, and with which series (tasd, Table 2).

    Parameters
    ----------
    m : int, the block size
    supported : ints, the N that the engine runs natively; N = m, dense, always is
    max_terms : int, the longest series

    Returns
    -------
    dict from Pattern(N, m), N = 1 to m, to its shortest Series, larger terms first; None where max_terms are too few.
    With N of 1, 2 and 4 the number of terms is the number of ones in N, so 7:8 needs three: the one gap of Table 2.

    Raises
    ------
    TypeError, ValueError
        If m or a supported N is not an int in range, or max_terms is below 1.
    """
    for name, value in (("m", m), ("max_terms", max_terms)):
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{name} must be an int, not {value!r}")
    natives = sorted({Pattern(n, m).n for n in supported} | {m}, reverse=True)
    if max_terms < 1:
        raise ValueError(f"max_terms must be an int of at least 1, not {max_terms!r}")
    best = {0: ()}
    for _ in range(max_terms):
        for total, terms in list(best.items()):
            for n in natives:
                if total + n <= m:
                    best.setdefault(total + n, tuple(sorted((*terms, n), reverse=True)))
    return {
        Pattern(n, m): Series(tuple(Pattern(part, m) for part in best[n])) if n in best else None
        for n in range(1, m + 1)
    }

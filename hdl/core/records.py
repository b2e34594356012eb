"""The records that a core may meet on A's stream: their sizes, and which entries a step of the loader can need.

A *step* writes the entries of one term that go into one PE-row word: min(N, beta) of each record in the beat.
"""

from itertools import product

__all__ = ["Records"]


class Records:
    """Every legal series of the core, (N, ...) in any order.

    Attributes
    ----------
    series : list of tuple of int
    sizes : list of int
        Bits of a record, ascending.
    """

    def __init__(self, config):
        self._config = config
        ns = sorted(p.n for p in config.array.patterns)
        self.series = [s for count in (1, 2, 3) for s in product(ns, repeat=count) if sum(s) <= config.m]
        self.sizes = sorted({config.record_bits(s) for s in self.series})

    def per_step(self, size):
        """Records of that size that a step handles: of one block, consecutive i, in one beat."""
        return max(1, min(self._config.a_bits // size, self._config.array.cols))

    def groups(self, size):
        """Steps' worth of blocks in a beat: more than one if a beat holds several blocks of all columns."""
        return max(1, self._config.a_bits // (size * self._config.array.cols))

    def beats(self, size):
        """Beats of a record."""
        return max(1, size // self._config.a_bits)

    def steps(self, series):
        """[(N, entries of the record before, first)] of each step."""
        beta, before, out = self._config.array.beta, 0, []
        for n in series:
            out += [(n, before + at) for at in range(0, n, beta)]
            before += n
        return out

    def is_dense(self, series):
        """Whether its entries have no indices."""
        return series == (self._config.m,)

    def entries(self, lane, *, dense, sizes=None):
        """Which entries of a record can go to that lane of the PE."""
        return sorted({first + lane % n for s in self.series if self.is_dense(s) == dense
                       and (sizes is None or self._config.record_bits(s) in sizes) for n, first in self.steps(s)})

"""The tree that hdl had before `tamis.hdl.lib.tree`: pieces of whole words, wherever three overlap they become two."""

from amaranth.hdl import Cat, Const, Signal

__all__ = ["WordTree", "word_of"]


class WordTree:
    """A carry-save tree over pieces (start, stop, word): wherever three overlap they become two, until none do.

    It takes slices of whole words, never single bits from here and there: the text stays readable and simulates fast.
    """

    def __init__(self, m, width, name, *, carries):
        self.m, self.width, self.name = m, width, name
        self.pieces = []
        self.level = 0
        self.carries = [] if carries else None  # bits of weight 2^width, if anybody wants them

    def add(self, word, column):
        word = word[: max(0, self.width - column)]
        if len(word):
            self.pieces.append((column, column + len(word), word))

    def add_constant(self, value):
        start = 0
        while value >> start:
            ones = (~(value >> start) & ((value >> start) + 1)).bit_length() - 1
            self.add(Const((1 << ones) - 1, ones), start)
            start += ones or 1

    def reduce(self, *, fast=False):
        """Level by level; in each the longest overlap of three first."""
        while _overlap(self.pieces):
            ready, self.pieces, third = self.pieces, [], 0
            while overlap := _overlap(ready):
                ready = self._compress(ready, *overlap, f"{self.name}_{{}}{self.level}_{third}")
                third += 1
            self.pieces = ready + self.pieces
            self.level += 1

    def register(self):
        """Everything so far, a cycle later."""
        for place, (start, stop, word) in enumerate(self.pieces):
            if not isinstance(word, Const):
                later = Signal(stop - start, name=f"{self.name}_products_{place}", reset_less=True)
                self.m.d.sync += later.eq(word)
                self.pieces[place] = start, stop, later
        if self.carries:
            later = Signal(len(self.carries), name=f"{self.name}_products_carries", reset_less=True)
            self.m.d.sync += later.eq(Cat(self.carries))
            self.carries = list(later)

    def _compress(self, ready, low, high, name):
        """Full adders in columns low to high for the three shortest pieces there; returns what is left of ready."""
        over = [piece for piece in ready if piece[0] <= low and piece[1] >= high]
        three = sorted(over, key=lambda piece: piece[1] - piece[0])[:3]
        left = [piece for piece in ready if not any(piece is one for one in three)]
        for start, stop, word in three:
            left += [(start, low, word[: low - start])] if start < low else []
            left += [(high, stop, word[high - start :])] if high < stop else []
        x, y, z = (word[low - start : high - start] for start, _, word in three)
        half = Signal(high - low, name=name.format("half"))
        save = Signal(high - low, name=name.format("save"))
        self.m.d.comb += [half.eq(x ^ y), save.eq(half ^ z)]
        self.add(save, low)
        wanted = high - low - (high == self.width and self.carries is None)
        if wanted:
            carry = Signal(wanted, name=name.format("carry"))
            self.m.d.comb += carry.eq((x[:wanted] & y[:wanted]) | (half[:wanted] & z[:wanted]))
            self.add(carry, low + 1)
            if low + wanted == self.width:
                self.carries.append(carry[-1])
        return left

    def finish(self):
        """Add the two words that are left; the sum, and the carries that leave it if wanted, the latest last."""
        columns = [[] for _ in range(self.width)]
        for start, stop, word in self.pieces:
            for column in range(start, stop):
                columns[column].append((word, column - start))
        zero = (Const(0, 1), 0)
        x, y = (word_of([[*bits, zero, zero][which] for bits in columns]) for which in range(2))
        low = Signal(self.width + (self.carries is not None), name=f"{self.name}_low")
        if self.carries is not None:
            self.m.d.comb += low.eq(x + y)
            return low[:-1], [*self.carries, low[-1]]
        self.m.d.comb += low.eq(x[:-1] + y[:-1])
        return Cat(low[:-1], low[-1] ^ x[-1] ^ y[-1]), []


def _overlap(pieces):
    """(low, high): the longest run of columns that three pieces cover, the lowest of equals; None if none do."""
    best = None
    for low in sorted({start for start, _, _ in pieces}):
        stops = sorted(stop for start, stop, _ in pieces if start <= low < stop)
        if len(stops) > 2 and (best is None or stops[-3] - low > best[1] - best[0]):
            best = low, stops[-3]
    return best


def word_of(bits):
    """Bits (word, position) side by side, neighbours as slices."""
    parts = []  # [word, start, stop]
    for word, position in bits:
        if parts and parts[-1][0] is word and parts[-1][2] == position:
            parts[-1][2] += 1
        else:
            parts.append([word, position, position + 1])
    return Cat(word[start:stop] for word, start, stop in parts)

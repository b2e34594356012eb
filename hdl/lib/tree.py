"""A carry-save tree: bits of any weights, added up until no column has more than two. Combinational.

Level by level, three bits of a column become one there and one in the next (a full adder) wherever three wait. That is
smallest, but in the end carries run from column to column, one a level: 8 words of 33 bits take 30 levels.

The trick of a fast tree: half adders, where they end that. A level may leave 2, 3, 4, 6, 9, 13, ... bits in a column,
half as many again as the next one (Dadda, 1965); where full adders alone would leave more, a half adder stands beside
them (Bickerstaff, Schulte and Swartzlander, 1993). The same 8 words take 4 levels, the fewest there are.

Adders of neighbouring columns are written as one word: the text stays readable and simulates fast.
"""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Module, Signal, Value

__all__ = ["CarrySaveTree"]

Bit = tuple[Value, int]  # of a word, the bit at a position


class CarrySaveTree:
    """Columns of bits, made from words.

    Parameters
    ----------
    m : Module
        Receives the statements.
    width : int
        Columns; what is beyond is cut.
    name : str
        Prefix of the signals made.
    carries : bool
        Whether carries out of the last column are wanted: `finish` gives them.
    """

    def __init__(self, m: Module, width: int, name: str, *, carries: bool) -> None:
        self._m, self._width, self._name = m, width, name
        self._columns: list[list[Bit]] = [[] for _ in range(width)]
        self._carries: list[Value] | None = [] if carries else None
        self._made = 0

    def add(self, word: Value, column: int) -> None:
        """A word whose lowest bit has the weight 2^column."""
        for position in range(min(len(word), self._width - column)):
            self._columns[column + position].append((word, position))

    def add_constant(self, value: int) -> None:
        for column in range(self._width):
            if value >> column & 1:
                self.add(Const(1, 1), column)

    def reduce(self, *, fast: bool) -> None:
        """To two bits a column, in the fewest levels or with the fewest adders."""
        while (tallest := max(map(len, self._columns))) > 2:
            self._level(_lower(tallest) if fast else tallest)

    def register(self) -> None:
        """Everything so far, a cycle later."""
        later: list[list[Bit]] = [[] for _ in self._columns]
        for row in range(max(map(len, self._columns))):
            for low, bits in _runs([column[row:row + 1] for column in self._columns]):
                word = _word([bit for bit, in bits])
                if not isinstance(word, Const):
                    word = self._later(word)
                for position in range(len(word)):
                    later[low + position].append((word, position))
        self._columns = later
        if self._carries:
            self._carries = list(self._later(Cat(self._carries)))

    def finish(self) -> tuple[Value, list[Value]]:
        """The sum of the two words that are left, and the carries that leave it if wanted, the latest last."""
        zero = (Const(0, 1), 0)
        x, y = (_word([[*bits, zero, zero][which] for bits in self._columns]) for which in range(2))
        wanted = self._carries is not None
        total = Signal(self._width + wanted, name=f"{self._name}_low")
        if self._carries is not None:
            self._m.d.comb += total.eq(x + y)
            return total[:-1], [*self._carries, total[-1]]
        self._m.d.comb += total.eq(x[:-1] + y[:-1])
        return Cat(total[:-1], total[-1] ^ x[-1] ^ y[-1]), []

    def _later(self, word: Value) -> Signal:
        later = Signal(len(word), name=f"{self._name}_later_{self._made}", reset_less=True)
        self._made += 1
        self._m.d.sync += later.eq(word)
        return later

    def _level(self, height: int) -> None:
        """Full adders, and half adders where more than ``height`` bits would stay in a column."""
        adders: list[list[list[Bit]]] = []  # of each column, the bits that each adder takes
        left: list[list[Bit]] = []
        arriving = 0
        for bits in self._columns:
            full = len(bits) // 3
            half = len(bits) - 2 * full + arriving > height
            takes = [bits[3 * k:3 * k + 3] for k in range(full)] + [bits[3 * full:3 * full + 2]] * half
            adders.append(takes)
            left.append(bits[3 * full + 2 * half:])
            arriving = len(takes)
        self._columns = left
        for place in range(max(map(len, adders))):
            for inputs in (3, 2):
                chosen = [takes[place:place + 1] if len(takes) > place and len(takes[place]) == inputs else []
                          for takes in adders]
                for low, run in _runs(chosen):
                    self._adders(low, [_word(bits) for bits in map(list, zip(*(bits for bits, in run), strict=True))])

    def _adders(self, low: int, words: list[Value]) -> None:
        """Full or half adders of three or two words whose lowest bits are in column ``low``."""
        x, y, *z = words
        half, save, carry = (Signal(len(x), name=f"{self._name}_{what}_{self._made}") for what in
                             ("half", "save", "carry"))
        self._made += 1
        self._m.d.comb += half.eq(x ^ y)
        if z:
            self._m.d.comb += [save.eq(half ^ z[0]), carry.eq((x & y) | (half & z[0]))]
        else:
            self._m.d.comb += [save.eq(half), carry.eq(x & y)]
        self.add(save, low)
        self.add(carry, low + 1)
        if self._carries is not None and low + len(x) == self._width:
            self._carries.append(carry[-1])


def _lower(tallest: int) -> int:
    """The number of bits that a level may leave of so many."""
    height = 2
    while height * 3 // 2 < tallest:
        height = height * 3 // 2
    return height


def _runs(columns: list[list]) -> Iterator[tuple[int, list[list]]]:
    """(first column, its neighbours' contents) of each run of columns that are not empty."""
    low = 0
    while low < len(columns):
        high = low
        while high < len(columns) and columns[high]:
            high += 1
        if high > low:
            yield low, columns[low:high]
        low = high + 1


def _word(bits: list[Bit]) -> Value:
    """Bits side by side, neighbours as slices."""
    parts: list[tuple[Value, int, int]] = []
    for word, position in bits:
        if parts and parts[-1][0] is word and parts[-1][2] == position:
            parts[-1] = word, parts[-1][1], position + 1
        else:
            parts.append((word, position, position + 1))
    slices = [word if (start, stop) == (0, len(word)) else word[start:stop] for word, start, stop in parts]
    return slices[0] if len(slices) == 1 else Cat(slices)

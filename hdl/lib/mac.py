"""Multiply-accumulate: a partial sum plus any number of products, modulo 2^width. Combinational.

All partial products of all pairs and the low part of ``c`` go into one carry-save tree of word-wide 3:2 compressors,
and one carry chain ends it. Depth grows with the logarithm of the rows, and no product is ever added up by itself.

Three tricks make it small (measured one by one in bench/mac/RESULTS.md):

- *Booth's digits, of the stationary factor.* Half as many words to add, and the encoders are off the block's path.
  The sign of a word, of negative weight, -x 2^k, is written (not x) 2^k - 2^k; all the -2^k of all products make one
  constant -X, so nothing is sign-extended.
- *A short tree.* With 2^L >= X, everything below 2^L is added as unsigned numbers, and all that is left for the upper
  part of ``c`` is the number of carries that leave column L - 1, less one.
- *One step at most.* The products fit in L bits and a sign, so that number is -1, 0 or 1. There is a step if the
  carries are even in number, and any of them but the last tells whether it is up or down. An upper bit costs two
  exclusive-ors and an AND, and one level, where sign extension would cost a full adder and two levels.
"""

from amaranth.hdl import Cat, Const, Signal

__all__ = ["limits", "multiply_add"]

GROUP = 4  # bits of the upper part that a step skips at a time


def limits(shape):
    """(least, greatest) value of an integer shape."""
    if shape.signed:
        return -(1 << (shape.width - 1)), (1 << (shape.width - 1)) - 1
    return 0, (1 << shape.width) - 1


def multiply_add(m, pairs, c, width, *, register=False, name="mac"):
    """c + a0 b0 + a1 b1 + ..., modulo 2^width.

    Parameters
    ----------
    m : Module
        Receives the statements.
    pairs : list of (Signal, Signal)
        The factors of each product, signed or unsigned in any mix.
    c : Value or None
        The partial sum; extended by its sign, or cut, to ``width``. None: no sum, and ``width`` holds every product.
    width : int
        Bits of the result.
    register : bool
        Whether the products, added up but for the last carries, go through a register; ``c`` is then of the cycle after
        the pairs.
    name : str
        Prefix of the signals made.

    Returns
    -------
    Value
        ``width`` bits, unsigned: the caller gives them a sign.

    Raises
    ------
    ValueError
        If there is no pair or the width is below 2.
    """
    if not pairs:
        raise ValueError(f"pairs must have at least one (a, b), not {pairs!r}")
    if width < 2:
        raise ValueError(f"width must be at least 2, not {width!r}")
    words, negative = [], 0
    for row, (a, b) in enumerate(pairs):
        made, weight = _partial_products(m, a, b, width, f"{name}_product{row}")
        words += made
        negative += weight
    greatest = sum(max(x * y for x in limits(a.shape()) for y in limits(b.shape())) for a, b in pairs)
    highest = max(column + len(word) for word, column in words)
    low = width if c is None else min(width, max(highest, (max(negative, greatest) - 1).bit_length()))

    tree = _Tree(m, low, name, carries=low < width)
    if c is not None:
        c = _extend(c, width)
        if not register:
            tree.add(c, 0)
    for word, column in words:
        tree.add(word, column)
    tree.add_constant(-negative % (1 << low))
    if register:
        tree.reduce()
        tree.register()
        if c is not None:
            tree.add(c, 0)
    tree.reduce()
    total, carries = tree.finish()
    return Cat(total, _step(m, c[low:], carries, negative > 0, name)) if carries else total


def _extend(value, width):
    """The low ``width`` bits of a value, extended by its sign if it is shorter."""
    bits = value.as_unsigned()[:width]
    if len(bits) == width:
        return bits
    top = value[-1] if value.shape().signed else Const(0, 1)
    return Cat(bits, top.replicate(width - len(bits)))


def _partial_products(m, a, b, width, name):
    """Radix-4 Booth words [(word, column)] whose sum, less the weight returned beside them, is a times b.

    A digit of ``a``, -2 to 2, chooses 0, b or 2b, inverted for a negative digit; the one that it then lacks is a word
    of its own.
    """
    size = len(a) // 2 * 2 + 2 if len(a) % 2 or not a.shape().signed else len(a)
    digits = min(size // 2, (width + 1) // 2)
    a = Cat(Const(0, 1), _extend(a, size))
    full = len(b) + (1 if b.shape().signed else 2)
    doubled = Cat(Const(0, 1), _extend(b, full))
    one, two = Signal(digits, name=f"{name}_one"), Signal(digits, name=f"{name}_two")
    m.d.comb += one.eq(Cat(a[2 * digit] ^ a[2 * digit + 1] for digit in range(digits)))
    m.d.comb += two.eq(Cat((a[2 * digit + 1] ^ a[2 * digit + 2]) & ~one[digit] for digit in range(digits)))
    words, signs, weight = [], [], 0
    for digit in range(digits):
        column, minus = 2 * digit, a[2 * digit + 2]
        columns = min(full, width - column)
        chosen = (doubled[1 : columns + 1] & one[digit].replicate(columns)) | (
            doubled[:columns] & two[digit].replicate(columns))
        sign = 1 << (full - 1) if columns == full else 0  # of negative weight: inverted
        word = Signal(columns, name=f"{name}_{digit}")
        m.d.comb += word.eq(chosen ^ minus.replicate(columns) ^ Const(sign, columns) if sign
                            else chosen ^ minus.replicate(columns))
        words.append((word, column))
        signs.append((minus, column))
        weight += sign << column
    return words + signs, weight


class _Tree:
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

    def reduce(self):
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
        x, y = (_word([[*bits, zero, zero][which] for bits in columns]) for which in range(2))
        low = Signal(self.width + (self.carries is not None), name=f"{self.name}_low")
        if self.carries is not None:
            self.m.d.comb += low.eq(x + y)
            return low[:-1], [*self.carries, low[-1]]
        self.m.d.comb += low.eq(x[:-1] + y[:-1])
        return Cat(low[:-1], low[-1] ^ x[-1] ^ y[-1]), []


def _step(m, upper, carries, signed, name):
    """``upper`` + the number of carries, less one if ``signed``: that is -1, 0 or 1 (0 or 1 if not signed)."""
    toggle = Signal(name=f"{name}_step")
    m.d.comb += toggle.eq(Cat(carries).xor() ^ signed)
    passes = upper[:-1]  # where a step goes on to the next bit
    if signed and len(passes):
        down = Signal(name=f"{name}_down")
        passes = Signal(len(upper) - 1, name=f"{name}_passes")
        m.d.comb += down.eq(~Cat(*carries[:-1], Const(0, 1)).any())
        m.d.comb += passes.eq(upper[:-1] ^ down.replicate(len(passes)))
    out = []
    for base in range(0, len(upper), GROUP):
        group, here = upper[base : base + GROUP], passes[base : base + GROUP]
        stepped = Signal(len(group), name=f"{name}_upper{base // GROUP}")
        # Never all() of no bits: pysim says 1, but Verilog has no empty word and yosys writes a zero.
        steps = [toggle, *(toggle & here[:position].all() for position in range(1, len(group)))]
        m.d.comb += stepped.eq(group ^ Cat(steps))
        out.append(stepped)
        if base + GROUP < len(upper):
            toggle, before = Signal(name=f"{name}_step{base // GROUP + 1}"), toggle
            m.d.comb += toggle.eq(before & here.all())
    return Cat(out)


def _overlap(pieces):
    """(low, high): the longest run of columns that three pieces cover, the lowest of equals; None if none do."""
    best = None
    for low in sorted({start for start, _, _ in pieces}):
        stops = sorted(stop for start, stop, _ in pieces if start <= low < stop)
        if len(stops) > 2 and (best is None or stops[-3] - low > best[1] - best[0]):
            best = low, stops[-3]
    return best


def _word(bits):
    """Bits (word, position) side by side, neighbours as slices."""
    parts = []  # [word, start, stop]
    for word, position in bits:
        if parts and parts[-1][0] is word and parts[-1][2] == position:
            parts[-1][2] += 1
        else:
            parts.append([word, position, position + 1])
    return Cat(word[start:stop] for word, start, stop in parts)

"""Multiply-accumulate: a partial sum plus any number of products, modulo 2^width. Combinational.

All partial products of all pairs and the low part of ``c`` go into one carry-save tree of word-wide 3:2 compressors, and
one carry chain ends it. Depth grows with the logarithm of the rows, and no product is ever added up by itself.

Three tricks make it small:

- *Baugh-Wooley rows.* A partial product of negative weight, -x 2^k, is written (not x) 2^k - 2^k; all the -2^k of all
  products are one constant, so no row is sign-extended.
- *A short tree.* With X the size of that constant and L = log2 X rounded up, everything below 2^L is added as unsigned
  numbers, and what is left for the upper part of ``c`` is the number of carries that leave column L, less one.
- *One step at most.* The products fit in L bits, so that number is 0, 1 or 2: the upper part stays, or steps up or
  down by one. It steps if the carries are even in number; whether up or down, any carry but the last can tell. So every
  upper bit costs a half adder and an exclusive-or, where sign extension would cost a full adder.
"""

from amaranth.hdl import Cat, Const, Signal

__all__ = ["limits", "multiply_add"]

GROUP = 4  # bits of the upper part that a step skips at a time


def limits(shape):
    """(least, greatest) value of an integer shape."""
    if shape.signed:
        return -(1 << (shape.width - 1)), (1 << (shape.width - 1)) - 1
    return 0, (1 << shape.width) - 1


def multiply_add(m, pairs, c, width, *, name="mac"):
    """c + a0 b0 + a1 b1 + ..., modulo 2^width.

    Parameters
    ----------
    m : Module
        Receives the statements.
    pairs : list of (Signal, Signal)
        The factors of each product, signed or unsigned in any mix.
    c : Value
        The partial sum; extended by its sign, or cut, to ``width``.
    width : int
        Bits of the result.
    name : str
        Prefix of the signals made.

    Returns
    -------
    Signal
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
    rows, negative = [], 0
    for row, (a, b) in enumerate(pairs):
        words, weight = _partial_products(m, a, b, width, f"{name}_product{row}")
        rows += words
        negative += weight
    greatest = sum(max(x * y for x in limits(a.shape()) for y in limits(b.shape())) for a, b in pairs)
    low = min(width, (max(negative, greatest) - 1).bit_length())

    tree = _Tree(m, low, name)
    c = _extend(c, width)
    tree.add(c, 0)
    for word, column in rows:
        tree.add(word, column)
    tree.add_constant(-negative % (1 << low))
    tree.reduce()
    total, carries = tree.finish(carry=low < width)
    if low < width:
        total = Cat(total, _step(m, c[low:], carries, negative > 0, name))
    out = Signal(width, name=f"{name}_sum")
    m.d.comb += out.eq(total)
    return out


def _extend(value, width):
    """The low ``width`` bits of a value, extended by its sign if it is shorter."""
    bits = value.as_unsigned()[:width]
    if len(bits) == width:
        return bits
    top = value[-1] if value.shape().signed else Const(0, 1)
    return Cat(bits, top.replicate(width - len(bits)))


def _partial_products(m, a, b, width, name):
    """Rows [(word, column)] whose sum, less the weight returned beside them, is a times b."""
    rows, weight = [], 0
    for i in range(min(len(a), width)):
        columns = min(len(b), width - i)
        minus = 0
        for j in range(columns):
            if (a.shape().signed and i == len(a) - 1) != (b.shape().signed and j == len(b) - 1):
                minus |= 1 << j
        word = b.as_unsigned()[:columns] & a[i].replicate(columns)
        row = Signal(columns, name=f"{name}_row{i}")
        m.d.comb += row.eq(word ^ minus if minus else word)
        rows.append((row, i))
        weight += minus << i
    return rows, weight


class _Tree:
    """A carry-save tree: per column a list of bits (word, position), reduced to two and then added."""

    def __init__(self, m, width, name):
        self.m, self.width, self.name = m, width, name
        self.columns = [[] for _ in range(width)]
        self.carries = []  # bits of weight 2^width

    def add(self, word, column):
        for position in range(min(len(word), self.width - column)):
            self.columns[column + position].append((word, position))

    def add_constant(self, value):
        for column, bits in enumerate(self.columns):
            if value >> column & 1:
                bits.insert(2, (Const(1, 1), 0))

    def reduce(self):
        """Wallace's order: in every level each column gives up as many threes as it has."""
        level = 0
        while max(map(len, self.columns)) > 2:
            before, self.columns = self.columns, [bits[len(bits) // 3 * 3:] for bits in self.columns]
            for third in range(max(map(len, before)) // 3):
                for run in _runs([len(bits) // 3 > third for bits in before]):
                    threes = [before[column][3 * third : 3 * third + 3] for column in run]
                    self._compress(run[0], threes, f"{self.name}_{{}}{level}_{third}")
            level += 1

    def _compress(self, column, threes, name):
        """One word of full adders, from ``column`` up."""
        x, y, z = (_word(bits) for bits in zip(*threes, strict=True))
        half = Signal(len(threes), name=name.format("half"))
        total = Signal(len(threes), name=name.format("save"))
        carry = Signal(len(threes), name=name.format("carry"))
        self.m.d.comb += [half.eq(x ^ y), total.eq(half ^ z), carry.eq((x & y) | (half & z))]
        self.add(total, column)
        for position in range(len(threes)):
            above = column + position + 1
            (self.columns[above] if above < self.width else self.carries).append((carry, position))

    def finish(self, *, carry):
        """Add the two words that are left; with ``carry``, returns the carries that leave, the latest last."""
        zero = (Const(0, 1), 0)
        x, y = (_word([(bits + [zero, zero])[which] for bits in self.columns]) for which in range(2))
        if carry:
            total = Signal(self.width + 1, name=f"{self.name}_low")
            self.m.d.comb += total.eq(x + y)
            return total[:-1], [word[position] for word, position in self.carries] + [total[-1]]
        below = Signal(self.width, name=f"{self.name}_low")
        self.m.d.comb += below.eq(x[:-1] + y[:-1])
        return Cat(below[:-1], below[-1] ^ x[-1] ^ y[-1]), []


def _step(m, upper, carries, signed, name):
    """``upper`` + the number of carries, less one if ``signed``: that is -1, 0 or 1 (0 or 1 if not signed)."""
    toggle = Signal(name=f"{name}_step")
    if signed:
        m.d.comb += toggle.eq(~Cat(carries).xor())
        down = Signal(name=f"{name}_down")
        m.d.comb += down.eq(~Cat(carries[:-1]).any())
        passes = Signal(len(upper), name=f"{name}_passes")
        m.d.comb += passes.eq(upper ^ down.replicate(len(upper)))
    else:
        m.d.comb += toggle.eq(Cat(carries).xor())
        passes = upper
    out = []
    for base in range(0, len(upper), GROUP):
        here = passes[base : base + GROUP]
        group = upper[base : base + GROUP]
        # Not all() of no bits at all: Verilog has no empty word, and yosys writes it as a zero.
        steps = [toggle, *(toggle & here[:position].all() for position in range(1, len(group)))]
        out.append(group ^ Cat(steps))
        toggle = toggle & here.all()
    return Cat(out)


def _runs(flags):
    """Lists of consecutive indices whose flag is set."""
    runs = []
    for index, flag in enumerate(flags):
        if flag:
            if runs and runs[-1][-1] == index - 1:
                runs[-1].append(index)
            else:
                runs.append([index])
    return runs


def _word(bits):
    """Bits (word, position) side by side, as slices where neighbours are neighbours."""
    parts = []
    for word, position in bits:
        if parts and parts[-1][0] is word and parts[-1][2] == position:
            parts[-1][2] += 1
        else:
            parts.append([word, position, position + 1])
    return Cat(word[start:stop] for word, start, stop in parts)

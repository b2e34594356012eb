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

from tamis.hdl.lib.tree import CarrySaveTree

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

    tree = CarrySaveTree(m, low, name, carries=low < width)
    if c is not None:
        c = _extend(c, width)
        if not register:
            tree.add(c, 0)
    for word, column in words:
        tree.add(word, column)
    tree.add_constant(-negative % (1 << low))
    if register:
        tree.reduce(fast=True)
        tree.register()
        if c is not None:
            tree.add(c, 0)
    tree.reduce(fast=register)
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

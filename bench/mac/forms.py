"""Forms of the multiply-accumulate and the element select that were measured: the one in hdl/, and those that lost.

A form is a name and what it replaces in hdl/ while the PE is built, {"module.attribute": replacement}.
"""

from contextlib import ExitStack
from unittest.mock import patch

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from bench.mac.word_tree import WordTree, word_of
from tamis.hdl.lib import mac


def behavioural(m, pairs, c, width, *, name="mac"):
    """``*`` and ``+``, with the sign extension written out so that yosys does not fuse them."""
    total = mac._extend(c, width)
    for row, (a, b) in enumerate(pairs):
        product = Signal((a * b).shape(), name=f"{name}_product{row}")
        m.d.comb += product.eq(a * b)
        total = (total + mac._extend(product, width))[:width]
    return total


def one_word_per_row(m, a, b, width, name):
    """Baugh-Wooley rows as they are usually drawn: a[i] and all of b."""
    words, weight = [], 0
    for i in range(min(len(a), width)):
        columns = min(len(b), width - i)
        minus = sum(1 << j for j in range(columns)
                    if (a.shape().signed and i == len(a) - 1) != (b.shape().signed and j == len(b) - 1))
        word = Signal(columns, name=f"{name}_{i}")
        m.d.comb += word.eq((b.as_unsigned()[:columns] & a[i].replicate(columns)) ^ minus)
        words.append((word, i))
        weight += minus << i
    return words, weight


def l_words(m, a, b, width, name):
    """Baugh-Wooley words [(word, column)] whose sum, less the weight returned beside them, is a times b.

    A column of the array of products a[i] b[k - i] is shared out from both ends: one word takes the least i of every
    column, the next the greatest i, and so on inwards. The words are L-shaped, few and long.
    """
    low, high = [], []
    for column in range(min(len(a) + len(b) - 1, width)):
        rows = range(max(0, column - len(b) + 1), min(len(a), column + 1))
        half = (len(rows) + 1) // 2
        for shares, mine in ((low, rows[:half]), (high, rows[:half - 1 : -1])):
            for share, i in enumerate(mine):
                if share == len(shares):
                    shares.append([])
                shares[share].append((column, i))
    words, weight = [], 0
    for share, bits in enumerate(low + high[::-1]):
        lowest, minus = bits[0][0], 0
        for position, (column, i) in enumerate(bits):
            if (a.shape().signed and i == len(a) - 1) != (b.shape().signed and column - i == len(b) - 1):
                minus |= 1 << position
        both = word_of([(a, i) for _, i in bits]) & word_of([(b, column - i) for column, i in bits])
        word = Signal(len(bits), name=f"{name}_{share}")
        m.d.comb += word.eq(both ^ minus if minus else both)
        words.append((word, lowest))
        weight += minus << lowest
    return words, weight


class BitTree(WordTree):
    """Column by column, a full adder's three bits from anywhere; its third from the products where it can."""

    def add(self, word, column):
        before = len(self.pieces)
        super().add(word, column)
        if len(self.pieces) > before and "product" in getattr(word, "name", ""):
            self.marked = {*getattr(self, "marked", ()), before}

    def reduce(self, *, fast=False):
        self.sums, self.products = [[] for _ in range(self.width)], [[] for _ in range(self.width)]
        pieces, self.pieces, level = self.pieces, [], 0
        for number, (start, stop, word) in enumerate(pieces):
            kind = self.products if number in getattr(self, "marked", ()) else self.sums
            for column in range(start, stop):
                kind[column].append((word, column - start))
        while any(threes := [self._threes(column) for column in range(self.width)]):
            for third in range(max(map(len, threes))):
                columns = [column for column, three in enumerate(threes) if len(three) > third]
                for low in (column for column in columns if column - 1 not in columns):
                    high = next(column for column in range(low, self.width + 1) if column not in columns)
                    self._adders(low, [threes[column][third] for column in range(low, high)], f"{level}_{third}")
            level += 1
        for column in range(self.width):
            for word, position in self.sums[column] + self.products[column]:
                self.pieces.append((column, column + 1, word[position]))

    def _adders(self, low, threes, name):
        x, y, z = (word_of(bits) for bits in zip(*threes, strict=True))
        half, save, carry = (Signal(len(threes), name=f"{self.name}_{what}{name}") for what in ("half", "sum", "carry"))
        self.m.d.comb += [half.eq(x ^ y), save.eq(half ^ z), carry.eq((x & y) | (half & z))]
        for position in range(len(threes)):
            self.sums[low + position].append((save, position))
        for position in range(len(threes)):
            if low + position + 1 < self.width:
                self.sums[low + position + 1].append((carry, position))
            elif self.carries is not None:
                self.carries.append(carry[position])

    def _threes(self, column):
        sums, products, threes = self.sums[column], self.products[column], []
        for _ in range((len(sums) + len(products)) // 3):
            x, y = (sums.pop(0) if sums else products.pop(0) for _ in range(2))
            threes.append((x, y, products.pop() if products else sums.pop(0)))
        return threes


class OldestFirst(BitTree):
    """Wallace's order with no regard to what is a product."""

    most = None

    def _threes(self, column):
        bits = self.sums[column] + self.products[column]
        whole = 3 * min(len(bits) // 3, self.most or len(bits))
        self.sums[column], self.products[column] = bits[whole:], []
        return [tuple(bits[start : start + 3]) for start in range(0, whole, 3)]


class OneRowAtATime(OldestFirst):
    """Array order: in every level a column gives up one three at most."""

    most = 1


def add_step(m, upper, carries, signed, name):
    """The upper part by ``+``: sign extension, as far as it is needed."""
    step, up = Cat(carries).xor() ^ signed, Cat(carries[:-1]).any()
    down = step & ~up if signed else Const(0, 1)
    return (upper + Cat(step, down.replicate(len(upper) - 1)))[: len(upper)]


class Shadowed(wiring.Component):
    """The PE with a second entry register in front of every MAC, as the sketch had it."""

    def __init__(self, pe):
        self._pe = pe
        super().__init__({**pe.signature.members, "shift": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.pe = pe = self._pe
        shadow = Signal.like(self.a, reset_less=True)
        with m.If(self.shift):
            m.d.sync += shadow.eq(self.a)
        for name, member in self._pe.signature.members.items():
            inner, outer = getattr(pe, name), getattr(self, name)
            m.d.comb += (inner.eq(shadow if name == "a" else outer) if member.flow == In else outer.eq(inner))
        return m


TREE, STEP, PARTIAL = (f"tamis.hdl.lib.mac.{name}" for name in ("CarrySaveTree", "_step", "_partial_products"))
ROWS, L, WORDS = {PARTIAL: one_word_per_row}, {PARTIAL: l_words}, {TREE: WordTree}
FORMS = {
    "behavioural * and +": {"tamis.hdl.array.column.multiply_add": behavioural},
    "Baugh-Wooley rows, bits, oldest first, + on top": ROWS | {TREE: OldestFirst, STEP: add_step},
    "Baugh-Wooley rows, bits, oldest first": ROWS | {TREE: OldestFirst},
    "Baugh-Wooley rows, bits, array order": ROWS | {TREE: OneRowAtATime},
    "Baugh-Wooley rows, bits, products last": ROWS | {TREE: BitTree},
    "Baugh-Wooley L words, bits, products last": L | {TREE: BitTree},
    "Baugh-Wooley rows, whole words": ROWS | WORDS,
    "Booth, bits, oldest first": {TREE: OldestFirst},
    "Booth, bits, products last": {TREE: BitTree},
    "Booth, whole words, + on top": WORDS | {STEP: add_step},
    "Booth, whole words": WORDS,
    "winner, multiplexer tree": {"tamis.hdl.lib.select.TREE": 32},
    "winner, one-hot select": {"tamis.hdl.lib.select.TREE": 1},
    "winner (hdl/lib/mac.py)": {},
}


def substituted(form):
    """Context manager: hdl/ with the pieces of a form in place."""
    stack = ExitStack()
    for target, replacement in FORMS[form].items():
        stack.enter_context(patch(target, replacement))
    return stack

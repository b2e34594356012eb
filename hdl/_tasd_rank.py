"""A whole block at once: every element's place, then every place's element. Combinational.

The place of an element is the number of elements that beat it. M (M - 1) / 2 comparisons tell, one per pair: the lower
index beats the higher one unless it is smaller, so ties need no logic. Full adders count, the count is decoded, and an
AND-OR per output bit picks the element: 7 to 8 transistors per element and bit, where moving value, magnitude and index
through a sorting network's 19 exchanges takes 12 for each of their bits.
"""

from amaranth.hdl import Cat, Const, Signal

from hdl._magnitude import at_least, magnitude

__all__ = ["ranked"]


def ranked(m, block, enable):
    """Who is where, largest magnitude first.

    Parameters
    ----------
    m : Module
        Receives the statements.
    block : list of Value
        M elements of one shape.
    enable : Value
        While it is low, no place takes any element.

    Returns
    -------
    list of Signal
        ``takes[place][element]``: each place takes one element, each element goes to one place.
    """
    size = len(block)
    signed = block[0].shape().signed
    sizes = [magnitude(m, x, name=f"magnitude_{k}")[0] for k, x in enumerate(block)]
    beaten = [[] for _ in range(size)]
    for high in range(size):
        for low in range(high):
            wins = Signal(name=f"wins_{low}_{high}")
            m.d.comb += wins.eq(at_least(sizes[low], sizes[high], top_alone=signed))
            beaten[high].append(wins)
            beaten[low].append(~wins)
    takes = [Signal(size, name=f"takes_{place}") for place in range(size)]
    for element in range(size):
        place = Signal(range(size), name=f"place_{element}")
        m.d.comb += place.eq(_count(m, beaten[element], f"count_{element}"))
        for p, line in enumerate(_decoded(m, place, enable, f"is_{element}")):
            m.d.comb += takes[p][element].eq(line)
    return takes


def _count(m, bits, name):
    """The number of ones, from full adders: one per bit that is lost."""
    columns, result, made = [list(bits)], [], 0
    while columns:
        column = columns.pop(0)
        above = []
        while len(column) > 1:
            a, b, c = (*column[:3], 0)[:3]
            column = column[3:]
            total, carry = Signal(name=f"{name}_s{made}"), Signal(name=f"{name}_c{made}")
            half = a ^ b
            m.d.comb += [total.eq(half ^ c), carry.eq((a & b) | (half & c))]
            made += 1
            column.append(total)
            above.append(carry)
        result.append(column[0])
        if above:
            columns = [above]
    return Cat(result)


def _decoded(m, index, enable, name):
    """One line per value of ``index``. The halves are decoded first, and ``enable`` gates the smaller one only."""
    low, high = index[:2], index[2:]
    quarter = Signal(4, name=f"{name}_low")
    m.d.comb += quarter.eq(Cat(_equal(low, v) for v in range(4)))
    upper = Signal(1 << len(high), name=f"{name}_high")
    m.d.comb += upper.eq(Cat(enable & _equal(high, v) for v in range(len(upper))))
    return [quarter[k & 3] & upper[k >> 2] for k in range(1 << len(index))]


def _equal(bits, value):
    result = Const(1, 1)
    for k in range(len(bits)):
        result = result & (bits[k] if value >> k & 1 else ~bits[k])
    return result

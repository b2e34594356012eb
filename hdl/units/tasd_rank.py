"""A whole block at once: who beats whom, then a sorting network that compares nothing. Combinational, in two parts.

`compared`: M (M - 1) / 2 comparisons, one per pair of elements. The lower index beats the higher one unless it is
smaller, so ties need no logic.

`ranked`: Batcher's odd-even merge sort (1968) moves the elements. Its exchanges would have to compare what they hold,
layer after layer; here bits that depend on the comparisons alone tell them. Halves A and B, each in order, are merged
by c[i][j], "A's i-th beats B's j-th", which falls with i and rises with j. So nobody needs to know which elements these
are: the comparisons between the halves become c by sorting its columns, then its rows, as bits, an AND and an OR per
exchange of bits. And an exchange of a merge asks c for one gate or a few (`_merged`).

Counting for each element who beats it, decoding the counts and an AND-OR of all elements for every place takes 6,180
transistors for M = 8, int8, instead of 4,960.
"""

from amaranth.hdl import Cat, Const, Signal

from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.magnitude import at_least, magnitude

__all__ = ["compared", "ranked"]


def compared(m, block):
    """{(low, high): whether element ``low`` comes before element ``high``}, for all low < high, Values.

    Parameters
    ----------
    m : Module
        Receives the statements.
    block : list of Value
        M elements of one shape.
    """
    signed = block[0].shape().signed
    sizes = [magnitude(m, x, name=f"magnitude_{k}")[0] for k, x in enumerate(block)]
    return {(low, high): at_least(sizes[low], sizes[high], top_alone=signed)
            for high in range(len(block)) for low in range(high)}


def ranked(m, block, beats, first=0):
    """The elements in order, each with its index behind it.

    Parameters
    ----------
    m : Module
        Receives the statements.
    block : list of Value
        A power of two of elements.
    beats : dict of (int, int) to Value
        From `compared`.
    first : int
        What ``beats`` calls the first of them.

    Returns
    -------
    list of Value
        Cat(element, index).
    """
    half = len(block) // 2
    if not half:
        return [block[0].as_unsigned()]
    a, b = ranked(m, block[:half], beats, first), ranked(m, block[half:], beats, first + half)
    name = f"beats_{first}_{2 * half}"
    columns = [_falling(m, [beats[first + i, first + half + j] for i in range(half)], f"{name}_column_{j}")
               for j in range(half)]
    rows = [_falling(m, [column[i] for column in columns], f"{name}_row_{i}")[::-1] for i in range(half)]
    return _merged(m, a, b, rows, name)


def _falling(m, bits, name):
    """The bits, ones first: Batcher's merge exchange (Knuth, volume 3, Algorithm 5.2.2M), which takes any number."""
    bits = list(bits)
    distance = top = (1 << (len(bits) - 1).bit_length()) >> 1
    while distance:
        step, phase, apart = top, 0, distance
        while True:
            for low in range(len(bits) - apart):
                if low & distance == phase:
                    both = Cat(bits[low], bits[low + apart])
                    some, every = Signal(name=f"{name}_or"), Signal(name=f"{name}_and")
                    m.d.comb += [some.eq(both.any()), every.eq(both.all())]
                    bits[low], bits[low + apart] = some, every
            if step == distance:
                break
            apart, step, phase = step - distance, step >> 1, distance
        distance >>= 1
    return bits


def _merged(m, a, b, c, name):
    """Two sorted lists of n merged, ``c[i][j]``: a[i] beats b[j].

    The even-numbered elements of both are merged, and the odd-numbered. The largest is the first even one; then places
    2k - 1 and 2k hold the next odd and the next even one. Say s of the 2k largest are a's. If s is even, the last of
    them is odd-numbered whichever list it is from; if s is odd, even-numbered. And the 2k largest are a[:s] and b[:t],
    t = 2k - s, just if a[s-1] beats b[t], and b[t-1] beats a[s].
    """
    n = len(a)
    if n == 1:
        high, low = _exchanged(m, c[0][0], a[0], b[0], f"{name}_0")
        return [Cat(high, ~c[0][0]), Cat(low, c[0][0])]  # which half it is from: the next bit of the index
    even = _merged(m, a[::2], b[::2], [row[::2] for row in c[::2]], f"{name}_even")
    odd = _merged(m, a[1::2], b[1::2], [row[1::2] for row in c[1::2]], f"{name}_odd")
    out = even[:1]
    for k in range(1, n):
        splits = []
        for s in range(0, min(2 * k, n) + 1, 2):
            t = 2 * k - s
            if t <= n:
                splits.append((c[s - 1][t] if 0 < s and t < n else Const(1, 1))
                              & (~c[s][t - 1] if 0 < t and s < n else Const(1, 1)))
        out += _exchanged(m, any_of(*splits), odd[k - 1], even[k], f"{name}_{k}")
    return [*out, odd[-1]]


def _exchanged(m, keep, a, b, name):
    """(a, b) if ``keep``, else (b, a)."""
    line = Signal(name=f"{name}_keep")
    high, low = Signal(len(a), name=f"{name}_high"), Signal(len(a), name=f"{name}_low")
    wide = line.replicate(len(a))
    m.d.comb += [line.eq(keep), high.eq((a & wide) | (b & ~wide)), low.eq((b & wide) | (a & ~wide))]
    return high, low

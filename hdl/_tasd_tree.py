"""The first of the largest of a block, for one extraction per cycle (tasd, section 4.4). Combinational.

The paper's tree compares numbers two by two and moves the larger one on. This one goes over the bits instead, the top
one first: where any candidate has the bit, those without it drop out, by one OR tree over the M elements. What is left
is every element of the largest magnitude, the lowest index among them wins, and nothing has been moved: the winner is
one-hot, which is also what takes it out of the block. A third smaller than comparators and multiplexers (7 of each for
M = 8), and an element that is gone is no candidate to begin with, where a tree needs one more bit to tell it from zero.
"""

from amaranth.hdl import Cat, Signal

from hdl._magnitude import magnitude

__all__ = ["largest"]


def largest(m, block, pending):
    """Which element is the first of the largest magnitudes among the pending ones.

    Parameters
    ----------
    m : Module
        Receives the statements.
    block : list of Value
        M elements of one shape.
    pending : Value
        One bit for each.

    Returns
    -------
    first : Value
        One-hot; zero if nothing is pending.
    nonzero : Value
        Whether each element is not zero.
    """
    size = len(block)
    sizes, nonzero = zip(*(magnitude(m, x, name=f"magnitude_{k}") for k, x in enumerate(block)), strict=True)
    left = pending
    for bit in reversed(range(len(block[0]))):
        plane = Cat(x[bit] for x in sizes)
        some = Signal(name=f"some_{bit}")
        stay = Signal(size, name=f"stay_{bit}")
        m.d.comb += [some.eq((left & plane).any()), stay.eq(left & (plane | (~some).replicate(size)))]
        left = stay
    first, lower = [left[0]], left[0]
    for k in range(1, size):
        wins = Signal(name=f"first_{k}")
        m.d.comb += wins.eq(left[k] & ~lower)
        first.append(wins)
        if k < size - 1:
            before = Signal(name=f"before_{k + 1}")
            m.d.comb += before.eq(lower | left[k])
            lower = before
    return Cat(first), Cat(nonzero)

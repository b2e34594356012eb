"""The first of the largest of a block, for one extraction per cycle (tasd, section 4.4). Combinational.

The paper's tree compares numbers two by two and moves the larger one on. This one goes over the bits instead, the top
one first: where any candidate has the bit, those without it drop out, by one OR tree over the M elements. What is left
is every element of the largest magnitude, the lowest index among them wins, and nothing has been moved: the winner is
one-hot, which is also what takes it out of the block, and its magnitude has come out on the way, a bit from each OR
tree. A quarter smaller than comparators and multiplexers (7 of each for M = 8), and an element that is gone is no
candidate to begin with, where a tree needs one more bit to tell it from zero.
"""

from amaranth.hdl import Cat, Signal

from tamis.hdl.lib.magnitude import magnitude

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
    value : list of Value
        Its bits, as sign and magnitude: of a signed one the top bit is its sign, the others are |value| without the top
        bit, which only -2^(w-1) has.
    nonzero : Value
        Whether each element is not zero.
    """
    size = len(block)
    sizes, nonzero = zip(*(magnitude(m, x, name=f"magnitude_{k}") for k, x in enumerate(block)), strict=True)
    left, value = pending, []
    for bit in reversed(range(len(block[0]))):
        plane = Cat(x[bit] for x in sizes)
        has, some, stay = (Signal(length, name=f"{name}_{bit}")
                           for name, length in (("has", size), ("some", 1), ("stay", size)))
        m.d.comb += [has.eq(left & plane), some.eq(has.any()), stay.eq(left & ~(~has & some.replicate(size)))]
        left = stay
        value.insert(0, some)
    first, lower = [left[0]], left[0]
    for k in range(1, size):
        wins = Signal(name=f"first_{k}")
        m.d.comb += wins.eq(left[k] & ~lower)
        first.append(wins)
        if k < size - 1:
            before = Signal(name=f"before_{k + 1}")
            m.d.comb += before.eq(lower | left[k])
            lower = before
    if block[0].shape().signed:
        value[-1] = (Cat(first) & Cat(x[-1] for x in block)).any()
    return Cat(first), value, Cat(nonzero)

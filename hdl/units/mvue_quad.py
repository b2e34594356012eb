"""2:4 of a block by one random number, without a division (`golden.units.mvue24` has the rule and why). Combinational.

x is the pair with the larger sum, y the other, q its sum; m = q + smaller x. m - larger x is the end of an interval,
or, where it is negative, says that the larger x is certain. So C = m + min(m, larger x), and r = U C / 2^k.
"""

from amaranth.hdl import Cat, Mux, Signal

from tamis.hdl.lib.magnitude import at_least, magnitude, negated_if
from tamis.hdl.units.mvue_product import ZERO, one_of, scaled, summed

__all__ = ["pruned_quad"]

def pruned_quad(m, block, u, *, name):
    """[(value, index)] of the two entries that the number u keeps; values in halves, two bits wider than an element."""

    def named(value, what):
        signal = Signal(len(value), name=f"{name}_{what}")
        m.d.comb += signal.eq(value)
        return signal

    def chosen(which, ones, zeros, what):
        return list(named(Cat(Mux(which, a, b) for a, b in zip(ones, zeros, strict=True)), what))

    def plus(a, b, what, carry=ZERO):
        return summed(m, a, b, carry, name=f"{name}_{what}")

    sizes = [magnitude(m, x, name=f"{name}_magnitude_{k}")[0] for k, x in enumerate(block)]
    sums = [plus(sizes[k], sizes[k + 1], f"sum_{k}") for k in (0, 2)]
    heavy = named(~at_least(*sums), "heavy")
    x = [chosen(heavy, sizes[2 + k], sizes[k], f"x{k}") for k in range(2)]
    y = chosen(heavy, sizes[0], sizes[2], "y0")
    q = chosen(heavy, *sums, "q")
    larger = named(~at_least(*x), "larger")
    most, least = chosen(larger, x[1], x[0], "most"), chosen(larger, x[0], x[1], "least")

    edge = plus(q, [*least, ZERO], "edge")[:-1]
    *short, reached = plus(edge, [*(~bit for bit in most), ~ZERO], "short", ~ZERO)
    certain = named(~reached, "certain")
    budget = plus(edge, [*chosen(certain, edge[:-1], most, "other"), ZERO], "budget")
    r = scaled(m, budget, u, name=f"{name}_r")

    both = named(at_least([*r[1:], ZERO], q), "both")
    from_y = named(at_least(r[1:], y), "from_y")
    from_x = named(larger ^ ~(certain | at_least(r, short, top_alone=False)), "from_x")
    low, high = chosen(heavy, [from_y, from_x], [from_x, from_y], "places")
    indices = [named(Cat(~both & low, both & heavy), "first"), named(Cat(both | high, ~both | heavy), "second")]

    signs = [element[-1] for element in block]
    negative = [Mux(both, Mux(heavy, signs[2], signs[0]), Mux(low, signs[1], signs[0])),
                Mux(both, Mux(heavy, signs[3], signs[1]), Mux(high, signs[3], signs[2]))]
    largest = [named(line, f"largest_is_{k}") for k, line in enumerate(
        (~heavy & ~larger, ~heavy & larger, heavy & ~larger, heavy & larger))]
    itself = named(one_of(largest, block), "itself")
    minus, _ = negated_if(m, budget, ~ZERO, name=f"{name}_minus")
    second = named(Mux(both, larger, heavy), "largest_is_second")
    result = []
    for index, sign, whole in zip(indices, negative, (certain & ~second, certain & second), strict=True):
        lines = [whole, ~whole & sign, ~whole & ~sign]
        result.append((one_of(lines, [Cat(ZERO, itself, itself[-1]), Cat(minus), Cat(budget)]), index))
    return result

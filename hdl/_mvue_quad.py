"""2:4 of a block by one random number, without a division (`golden.units.mvue24` has the rule and why). Combinational.

x is the pair with the larger sum, y the other, q its sum; m = q + smaller x; m - larger x is both an end of an interval
and, where it is negative, the sign that the larger x is certain. C is S, or 2 m then; r = floor(U C / 2^k).

The product is made a digit of U at a time from the lowest, r <- (r + digit C) / 4: r stays below C, so a row has no
more columns than C, and what a row drops had nothing but a carry to give.
"""

from amaranth.hdl import Cat, Const, Mux, Signal

from hdl._magnitude import at_least, magnitude, negated_if

__all__ = ["pruned_quad"]


def pruned_quad(m, block, u, *, name):
    """[(value, index)] of the two entries that the number u keeps; values in halves, two bits wider than an element."""

    def named(value, what):
        signal = Signal(len(value), name=f"{name}_{what}")
        m.d.comb += signal.eq(value)
        return signal

    def bits(values, what):
        return list(named(Cat(values), what))

    def chosen(which, ones, zeros, what):
        return bits([Mux(which, a, b) for a, b in zip(ones, zeros, strict=True)], what)

    width = len(block[0].as_unsigned())
    sizes = [magnitude(m, x, name=f"{name}_magnitude_{k}")[0] for k, x in enumerate(block)]
    sums = [_sum(m, sizes[k], sizes[k + 1], f"{name}_sum_{k}") for k in (0, 2)]
    heavy = named(~at_least(*sums), "heavy")
    x = [chosen(heavy, sizes[2 + k], sizes[k], f"x{k}") for k in range(2)]
    y = chosen(heavy, sizes[0], sizes[2], "y0")
    q = chosen(heavy, sums[0], sums[1], "q")
    larger = named(~at_least(*x), "larger")
    most, least = chosen(larger, x[1], x[0], "most"), chosen(larger, x[0], x[1], "least")

    zero = Const(0, 1)
    rest = _sum(m, q, [*least, zero], f"{name}_rest")[:-1]  # below 2^(w + 1)
    short = _sum(m, rest, [*(~b for b in most), ~zero], f"{name}_short", ~zero)
    certain = named(~short.pop(), "certain")
    total = _sum(m, *sums, f"{name}_total")
    budget = chosen(certain, [zero, *rest[:width - 1], zero, zero], total, "budget")
    r = _scaled(m, budget, u, f"{name}_r")

    both = named(at_least([*r[1:], zero], q), "both")
    from_y = named(at_least(r[1:], y), "from_y")
    from_x = named(larger ^ ~(certain | at_least(r, short, top_alone=False)), "from_x")
    low, high = named(Mux(heavy, from_y, from_x), "low"), named(Mux(heavy, from_x, from_y), "high")
    indices = [Cat(~both & low, both & heavy), Cat(both | high, ~both | heavy)]
    signs = [x[-1] for x in block]
    negative = [Mux(both, Mux(heavy, signs[2], signs[0]), Mux(low, signs[1], signs[0])),
                Mux(both, Mux(heavy, signs[3], signs[1]), Mux(high, signs[3], signs[2]))]
    whole = [~Mux(both, larger, heavy), Mux(both, larger, heavy)]
    result = []
    for k in range(2):
        size = chosen(named(certain & whole[k], f"whole_{k}"), [zero, *most, zero], budget, f"size_{k}")
        value, _ = negated_if(m, size, named(negative[k], f"negative_{k}"), name=f"{name}_value_{k}")
        result.append((Cat(value), named(indices[k], f"index_{k}")))
    return result


def _sum(m, a, b, name, carry=None):
    """Bits of a + b + carry, one more than a has, as a chain of full adders."""
    out = []
    for k, (p, q) in enumerate(zip(a, b, strict=True)):
        half, total, more = Signal(name=f"{name}_h{k}"), Signal(name=f"{name}_{k}"), Signal(name=f"{name}_c{k}")
        m.d.comb += half.eq(p ^ q)
        if carry is None:
            m.d.comb += [total.eq(half), more.eq(p & q)]
        else:
            m.d.comb += [total.eq(half ^ carry), more.eq((p & q) | (half & carry))]
        out.append(total)
        carry = more
    return [*out, carry]


def _scaled(m, budget, u, name):
    """floor(u * budget / 2^k), one bit less than the budget has."""
    *low, top = budget
    r = [Const(0, 1)] * len(low)
    for j in range(len(u)):
        row = _sum(m, r, [b & u[j] for b in low], f"{name}{j}")
        r = [*row[1:-1], row[-1] | (top & u[j])]
    return r

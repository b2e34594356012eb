"""The product that MVUE pruning draws with, r = floor(u S / 2^k) of a k-bit u, k even, and the adders it is made of.

It takes two bits of u at a time from the lowest, r <- floor((r + digit S) / 4): r stays below S, so a row has few more
columns than S, and of what a row drops nothing but the carries was needed. Only 3 S is an addition of its own.
"""

from amaranth.hdl import Cat, Const, Mux, Signal

from tamis.hdl.lib.gates import any_of

__all__ = ["ZERO", "one_of", "scaled", "summed"]

ZERO = Const(0, 1)


def one_of(lines, values):
    """The value, all of one width, whose line is high; 0 if none is."""
    return any_of(*(value.as_unsigned() & line.replicate(len(value))
                    for line, value in zip(lines, values, strict=True)))


def summed(m, a, b, carry=ZERO, *, name):
    """Bits of a + b + carry, one more than a has: full adders."""
    out = []
    for k, (p, q) in enumerate(zip(a, b, strict=True)):
        half, total, more = Signal(name=f"{name}_h{k}"), Signal(name=f"{name}_{k}"), Signal(name=f"{name}_c{k}")
        m.d.comb += [half.eq(p ^ q), total.eq(half ^ carry), more.eq(Mux(half, carry, p))]
        out.append(total)
        carry = more
    return [*out, carry]


def scaled(m, total, u, *, name):
    """floor(u * total / 2^k), one bit less than the total has: its top bit must never be set together with another."""
    *low, top = total
    size = len(low)
    three = summed(m, [*low, ZERO], [ZERO, *low], name=f"{name}_three")
    multiples = [[*total, ZERO], [ZERO, *total], [*three[:size], three[size] | top, three[size + 1] | top]]
    r = []
    for j in range(0, len(u), 2):
        digit = [Signal(name=f"{name}_{j}_is_{v}") for v in (1, 2, 3)]
        m.d.comb += Cat(digit).eq(Cat(u[j] & ~u[j + 1], ~u[j] & u[j + 1], u[j] & u[j + 1]))
        lowest = 0 if r else 2  # the first digit's product is added to nothing: its two lowest bits are shifted out
        addend = Signal(size + 2 - lowest, name=f"{name}_{j}_addend")
        m.d.comb += addend.eq(one_of(digit, [Cat(multiple[lowest:]) for multiple in multiples]))
        r = summed(m, [*r, ZERO, ZERO], list(addend), name=f"{name}_{j}")[2:size + 2] if r else list(addend)
    return r

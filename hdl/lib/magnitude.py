"""Magnitudes of two's complement numbers, and their comparison, written as the gates that area counts.

magnitude: bit k of |x| is x_k inverted where x is negative and any lower bit is set, so one OR chain serves all bits
(and tells whether x is zero) where an adder would carry.

at_least: the carry of a - b, one majority per bit. Only -2^(w-1) has the top bit of its magnitude set, and that is the
largest of all: the top bit is decided apart, by two gates, and never subtracted.
"""

from amaranth.hdl import Signal

__all__ = ["at_least", "magnitude", "negated_if"]


def negated_if(m, bits, negative, *, name):
    """([bits of ``bits``, two's complement negated where ``negative``], whether any is set), 1-bit Values."""
    out, below = [bits[0]], bits[0]
    for k in range(1, len(bits)):
        flipped, some = Signal(name=f"{name}_{k}"), Signal(name=f"{name}_some_{k}")
        m.d.comb += [flipped.eq(bits[k] ^ (below & negative)), some.eq(below | bits[k])]
        out.append(flipped)
        below = some
    return out, below


def magnitude(m, x, *, name):
    """([bits of |x|], whether x is not zero), 1-bit Values; as many bits as x: -2^(w-1) has magnitude 2^(w-1)."""
    bits = list(x.as_unsigned())
    nonzero = Signal(name=f"{name}_nonzero")
    if not x.shape().signed:
        m.d.comb += nonzero.eq(x.any())
        return bits, nonzero
    *low, sign = bits
    low, some = negated_if(m, low, sign, name=name)
    top = Signal(name=f"{name}_{len(low)}")
    m.d.comb += [top.eq(sign & ~some), nonzero.eq(some | sign)]
    return [*low, top], nonzero


def at_least(a, b, *, top_alone=True):
    """a >= b, unsigned, of lists of bits. ``top_alone``: whoever has the top bit set has no other (`magnitude`)."""
    plain = len(a) - 1 if top_alone else len(a)
    carry = a[0] | ~b[0]
    for k in range(1, plain):
        carry = (a[k] & ~b[k]) | ((a[k] | ~b[k]) & carry)
    return a[-1] | (~b[-1] & carry) if top_alone else carry

"""Counting in exactly as many bits as there are: an operator's result has a carry that nobody reads."""

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from tamis.hdl.lib.gates import decremented, incremented

__all__ = ["added", "bits_of", "held", "moved", "next_of", "not_above", "ones"]


def added(a, b):
    """a + b in the bits of a; b is not wider. Both are cut into bits: signals, or expressions that are `held`."""
    bits, carry = [], None
    for k in range(len(a)):
        one, other = a[k], b[k] if k < len(b) else None
        if other is None or carry is None:
            second = carry if other is None else other
            if second is None:
                bits.append(one)
            else:
                bits.append(one ^ second)
                carry = one & second
        else:
            bits.append(one ^ other ^ carry)
            carry = (one & other) | (carry & (one ^ other))
    return Cat(bits)


def held(m, value):
    """A value as a signal: a slice of an expression would leave bits of a copy of it unread."""
    value = Value.cast(value)
    signal = Signal(len(value), name="held")
    m.d.comb += signal.eq(value)
    return signal


def bits_of(number, value):
    """A number in as many bits as a value has."""
    return Const(number & (1 << len(value)) - 1, len(value))


def next_of(value):
    """value + 1, if it has bits."""
    return incremented(value) if len(value) else value


def moved(value, up, down):
    """value + up - down, one bit each."""
    return Mux(up & ~down, incremented(value), Mux(down & ~up, decremented(value), value))


def not_above(a, b):
    """a <= b, of equal widths; an operator is constant, and a warning, where a is."""
    result = Const(1, 1)
    for k in range(len(a)):
        result = (~a[k] & b[k]) | (~(a[k] ^ b[k]) & result)
    return result


def ones(m, bits):
    """How many bits are set, of a power of two; every sum a signal, for an expression is written out at each use."""
    counts = list(bits)
    level = 0
    while len(counts) > 1:
        sums = []
        for k in range(0, len(counts), 2):
            total = Signal(len(counts[k]) + 1, name=f"ones_{level}_{k // 2}")
            m.d.comb += total.eq(counts[k] + counts[k + 1])
            sums.append(total)
        counts, level = sums, level + 1
    return counts[0]

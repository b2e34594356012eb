"""1:2 of a pair: the first is kept where u S < |a|, else the second, as its sign times S. Combinational."""

from amaranth.hdl import Cat, Const, Mux, Signal

from hdl._magnitude import magnitude, negated_if

__all__ = ["pruned_pair"]


def pruned_pair(m, pair, u, *, name):
    """[(value, index)] of the one entry that the number u keeps."""
    width = len(pair[0].as_unsigned())
    sizes = [Cat(magnitude(m, x, name=f"{name}_magnitude_{k}")[0]) for k, x in enumerate(pair)]
    total = Signal(width + 1, name=f"{name}_total")
    scaled = Signal(width + 1 + len(u), name=f"{name}_scaled")
    second = Signal(name=f"{name}_second")
    negative = Signal(name=f"{name}_negative")
    m.d.comb += [
        total.eq(sizes[0] + sizes[1]),
        scaled.eq(total * u),
        # The top bit is never set, for S is at most 2^width; reading it leaves no bit unused.
        second.eq(scaled[-1] | (scaled[:-1] >= Cat(Const(0, len(u)), sizes[0]))),
        negative.eq(Mux(second, pair[1][-1], pair[0][-1])),
    ]
    value, _ = negated_if(m, list(total), negative, name=f"{name}_value")
    return [(Cat(value), second)]

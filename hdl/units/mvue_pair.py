"""1:2 of a pair: the first is kept where u S < |a|, else the second, as its sign times S. Combinational."""

from amaranth.hdl import Cat, Mux, Signal

from tamis.hdl.lib.magnitude import at_least, magnitude, negated_if
from tamis.hdl.units.mvue_product import scaled, summed

__all__ = ["pruned_pair"]


def pruned_pair(m, pair, u, *, name):
    """[(value, index)] of the one entry that the number u keeps."""
    sizes = [magnitude(m, x, name=f"{name}_magnitude_{k}")[0] for k, x in enumerate(pair)]
    total = summed(m, *sizes, name=f"{name}_total")
    second = Signal(name=f"{name}_second")
    negative = Signal(name=f"{name}_negative")
    m.d.comb += [
        second.eq(at_least(scaled(m, total, u, name=f"{name}_r"), sizes[0])),
        negative.eq(Mux(second, pair[1][-1], pair[0][-1])),
    ]
    value, _ = negated_if(m, total, negative, name=f"{name}_value")
    return [(Cat(value), second)]

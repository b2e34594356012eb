"""Multiply-accumulate: c plus the sum of several products, modulo 2^width. Combinational."""

from amaranth.hdl import Cat, Signal

__all__ = ["multiply_add"]


def multiply_add(m, pairs, c, width, *, name="mac"):
    """Add products to ``c``; returns a Signal of ``width`` bits (modulo 2^width)."""
    def extend(value):
        value = value if isinstance(value, Signal) else value
        if len(value) >= width:
            return value.as_unsigned()[:width]
        top = value[-1].replicate(width - len(value)) if value.shape().signed else 0
        return Cat(value, top)[:width]

    total = extend(c)
    for row, (a, b) in enumerate(pairs):
        product = Signal((a * b).shape(), name=f"{name}_product{row}")
        m.d.comb += product.eq(a * b)
        total = (total + extend(product))[:width]
    out = Signal(width, name=f"{name}_sum")
    m.d.comb += out.eq(total)
    return out

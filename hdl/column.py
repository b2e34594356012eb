"""One column of a PE: beta MACs whose products are added to the partial sum that flows south.

Each MAC keeps a stationary entry {value, index}; the index selects one of the M elements of its block.

Latency: 1 cycle from ``b`` and ``c`` to ``c_out``. An entry taken at an edge (``load``) is used from then on.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from hdl.mac import limits, multiply_add
from hdl.select import select

__all__ = ["Column", "acc_shape", "entry_layout"]


def entry_layout(a_shape, m):
    """{value, index} of one compressed element; there is no index when m is 1."""
    fields = {"value": a_shape}
    if m > 1:
        fields["index"] = range(m)
    return StructLayout(fields)


def acc_shape(a_shape, b_shape, acc_width):
    """Signed unless both operands are unsigned."""
    return signed(acc_width) if a_shape.signed or b_shape.signed else unsigned(acc_width)


class Column(wiring.Component):
    """beta MACs and one partial sum.

    Parameters
    ----------
    m, beta : int
        Elements of a block; MACs.
    a_shape, b_shape, acc_shape : Shape
        Stationary value, block element, partial sum.
    overflow : str
        "wrap" or "saturate".
    blocks : int
        How many blocks the MACs read, a divisor of beta; MAC r reads block r * blocks // beta.

    Members
    -------
    load : In(1)
        Take the entries on ``a`` at this edge.
    a : In(beta entries)
    b : In(blocks)
        Registered by the PE.
    c, c_out : In, Out (acc_shape)
        Partial sum from the north; to the south, registered.
    """

    def __init__(self, *, m, beta, a_shape, b_shape, acc_shape, overflow, blocks):
        self._m, self._beta = m, beta
        self._a_shape, self._b_shape, self._acc_shape = a_shape, b_shape, acc_shape
        self._overflow, self._blocks = overflow, blocks
        super().__init__({
            "load": In(1),
            "a": In(ArrayLayout(entry_layout(a_shape, m), beta)),
            "b": In(ArrayLayout(ArrayLayout(b_shape, m), blocks)),
            "c": In(acc_shape),
            "c_out": Out(acc_shape),
        })

    def elaborate(self, platform):
        m = Module()
        pairs = []
        for row in range(self._beta):
            entry = Signal.like(self.a[row], name=f"entry_{row}", reset_less=True)
            with m.If(self.load):
                m.d.sync += entry.eq(self.a[row])
            block = self.b[row * self._blocks // self._beta]
            index = entry.index if self._m > 1 else None
            element = select(m, [block[k] for k in range(self._m)], index, name=f"element_{row}")
            pairs.append((entry.value, element))
        width = self._acc_shape.width
        c_out = Signal(self._acc_shape, name="sum", reset_less=True)
        m.d.comb += self.c_out.eq(c_out)
        if self._overflow == "wrap":
            m.d.sync += c_out.eq(multiply_add(m, pairs, self.c, width))
            return m
        low, high = limits(self._acc_shape)
        products = [x * y for x in limits(self._a_shape) for y in limits(self._b_shape)]
        exact = Shape.cast(range(low + self._beta * min(0, *products), high + self._beta * max(products) + 1))
        total = multiply_add(m, pairs, self.c, exact.width)
        if exact.signed:  # it fits if all bits from the accumulator's sign up are the same
            above, least = total[width - 1 :], total[-1]
            limit, overflows = Cat((~least).replicate(width - 1), least), above.any() & ~above.all()
        else:
            limit, overflows = Const(high, width), total[width:].any()
        m.d.sync += c_out.eq(Mux(overflows, limit, total[:width]))
        return m

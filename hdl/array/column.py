"""One column of a PE: beta MACs whose products are added to the partial sum that flows south.

Each MAC keeps a stationary entry {value, index}; the index selects one of the M elements of its block.

Latency: 1 cycle from ``b`` and ``c`` to ``c_out``. An entry taken at an edge (``load``) is used from then on.

With a register after the select, or after the products, ``c`` is a cycle later for each. After the select, the value is
needed a cycle later than the index: so it is taken a cycle later (``load_value``), instead of being delayed per MAC.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.mac import limits, multiply_add
from tamis.hdl.lib.select import select

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
    after_select, after_multiply : bool
        Where there is a register more.

    Members
    -------
    load : In(1)
        Take the entries on ``a`` at this edge; with ``after_select`` their indices only.
    load_value : In(1)
        Take the values on ``a`` at this edge; only with ``after_select``.
    a : In(beta entries)
    b : In(blocks)
        Registered by the PE.
    c, c_out : In, Out (acc_shape)
        Partial sum from the north; to the south, registered.
    """

    def __init__(self, *, m, beta, a_shape, b_shape, acc_shape, overflow, blocks, after_select, after_multiply):
        self._m, self._beta = m, beta
        self._a_shape, self._b_shape, self._acc_shape = a_shape, b_shape, acc_shape
        self._overflow, self._blocks = overflow, blocks
        self._after_select, self._after_multiply = after_select, after_multiply
        super().__init__({
            "load": In(1),
            **({"load_value": In(1)} if after_select else {}),
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
            if self._after_select:
                with m.If(self.load):
                    m.d.sync += entry.index.eq(self.a[row].index)
                with m.If(self.load_value):
                    m.d.sync += entry.value.eq(self.a[row].value)
            else:
                with m.If(self.load):
                    m.d.sync += entry.eq(self.a[row])
            block = self.b[row * self._blocks // self._beta]
            index = entry.index if self._m > 1 else None
            element = select(m, [block[k] for k in range(self._m)], index, name=f"element_{row}")
            if self._after_select:
                selected = Signal.like(element, name=f"selected_{row}", reset_less=True)
                m.d.sync += selected.eq(element)
                element = selected
            pairs.append((entry.value, element))
        width = self._acc_shape.width
        c_out = Signal(self._acc_shape, name="sum", reset_less=True)
        m.d.comb += self.c_out.eq(c_out)
        if self._overflow == "wrap":
            m.d.sync += c_out.eq(multiply_add(m, pairs, self.c, width, register=self._after_multiply))
            return m
        low, high = limits(self._acc_shape)
        products = [x * y for x in limits(self._a_shape) for y in limits(self._b_shape)]
        exact = Shape.cast(range(low + self._beta * min(0, *products), high + self._beta * max(products) + 1))
        total = multiply_add(m, pairs, self.c, exact.width, register=self._after_multiply)
        if exact.signed:  # it fits if all bits from the accumulator's sign up are the same
            above, least = total[width - 1 :], total[-1]
            limit, overflows = Cat((~least).replicate(width - 1), least), above.any() & ~above.all()
        else:
            limit, overflows = Const(high, width), total[width:].any()
        m.d.sync += c_out.eq(Mux(overflows, limit, total[:width]))
        return m

"""Processing element: alpha columns of MACs, each summing beta products into the partial sum that flows south.

Every MAC keeps one stationary entry {value, index}; its index selects one of the M elements of the registered block,
which all alpha columns share and which goes on to the east. M = 1 is a dense PE: the same code without an index.

Latency: 1 cycle. At an edge ``a`` (if ``load``) and ``b`` are taken; during the following cycle the products of the two
are added to ``c``, and the edge that ends that cycle stores the sum in ``c_out``. A register after the select, or after
the products, makes that a cycle more each: ``c`` is then that much later than ``b``. With ``after_select`` the values
on ``a`` are a cycle later than the indices.

The trick: there is no shadow entry register. The wave of a new tile reaches one PE row per cycle, so the array puts the
entries of just that row on the column bus as the wave passes, and the load is hidden without double buffering.
"""

from functools import partial

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.array.column import Column, acc_shape, entry_layout
from tamis.hdl.lib.make import itself

__all__ = ["PE", "acc_shape", "entry_layout"]


def _operand_shape(name, shape):
    try:
        cast = Shape.cast(shape)
    except TypeError:
        cast = None
    if cast is None or not 2 <= cast.width <= 16:
        raise ValueError(f"{name} must be a shape of 2 to 16 bits, such as signed(8), not {shape!r}")
    return cast


def _count(name, value, low, high=None):
    legal = f"an integer of at least {low}" if high is None else f"an integer from {low} to {high}"
    if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
        raise ValueError(f"{name} must be {legal}, not {value!r}")


class PE(wiring.Component):
    """alpha x beta MACs behind one block register.

    Parameters
    ----------
    m : int
        Elements per block, 1 to 32; 1 is dense.
    alpha : int
        Columns.
    beta : int
        Rows reduced inside: products added to each partial sum.
    a_shape, b_shape : shape-like
        Stationary value and block element, 2 to 16 bits each, signed or unsigned.
    acc_width : int
        Bits of a partial sum, 2 to 48; signed unless both operands are unsigned.
    overflow : str
        ``"wrap"``: modulo 2^acc_width. ``"saturate"``: c plus the products, clamped to the accumulator's range.
    blocks : int or None
        How many blocks the beta rows read, a divisor of beta; row r reads block r * blocks // beta. None: beta.
    after_select, after_multiply : bool
        Registers inside; ``after_select`` needs an m above 1.
    east : bool
        Whether registered copies of ``load`` and ``b`` go on to the east.
    make : callable
        How its columns are made, see `tamis.hdl.lib.make`.

    Members
    -------
    load : In(1)
        Take the entries on ``a`` at this edge.
    a : In(alpha x beta entries)
        ``a[column][row]``, each ``entry_layout(a_shape, m)``.
    b : In(blocks)
        ``b[row][element]``.
    c : In(alpha partial sums)
        From the north.
    c_out : Out(alpha partial sums)
        To the south, registered.
    load_out, b_out : Out
        Registered copies for the east; only if ``east``.

    Raises
    ------
    ValueError
        If a parameter is outside its range.
    """

    def __init__(self, *, m, alpha, beta, a_shape, b_shape, acc_width, overflow="wrap", blocks=None, east=True,
                 after_select=False, after_multiply=False, make=itself):
        _count("m", m, 1, 32)
        _count("alpha", alpha, 1)
        _count("beta", beta, 1)
        a_shape = _operand_shape("a_shape", a_shape)
        b_shape = _operand_shape("b_shape", b_shape)
        _count("acc_width", acc_width, 2, 48)
        if overflow not in ("wrap", "saturate"):
            raise ValueError(f"overflow must be 'wrap' or 'saturate', not {overflow!r}")
        blocks = beta if blocks is None else blocks
        _count("blocks", blocks, 1, beta)
        if beta % blocks:
            raise ValueError(f"blocks must divide beta = {beta}, not {blocks!r}")
        if not isinstance(east, bool):
            raise ValueError(f"east must be True or False, not {east!r}")
        for name, value in (("after_select", after_select), ("after_multiply", after_multiply)):
            if not isinstance(value, bool):
                raise ValueError(f"{name} must be True or False, not {value!r}")
        if after_select and m == 1:
            raise ValueError("after_select must be False for m = 1, which selects nothing, not True")
        self.m, self.alpha, self.beta = m, alpha, beta
        self.after_select, self.after_multiply = after_select, after_multiply
        self.a_shape, self.b_shape = a_shape, b_shape
        self.acc_shape = acc_shape(a_shape, b_shape, acc_width)
        self.overflow, self.blocks, self.east = overflow, blocks, east
        self._make = make
        streamed = ArrayLayout(ArrayLayout(b_shape, m), blocks)
        sums = ArrayLayout(self.acc_shape, alpha)
        members = {
            "load": In(1),
            "a": In(ArrayLayout(ArrayLayout(entry_layout(a_shape, m), beta), alpha)),
            "b": In(streamed),
            "c": In(sums),
            "c_out": Out(sums),
        }
        if east:
            members |= {"load_out": Out(1), "b_out": Out(streamed)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        blocks = Signal.like(self.b, name="blocks", reset_less=True)
        m.d.sync += blocks.eq(self.b)
        if self.east or self.after_select:
            loaded = Signal(reset_less=True)
            m.d.sync += loaded.eq(self.load)
        if self.east:
            m.d.comb += [self.load_out.eq(loaded), self.b_out.eq(blocks)]
        create = partial(Column, m=self.m, a_shape=self.a_shape, b_shape=self.b_shape, acc_shape=self.acc_shape,
                         beta=self.beta, overflow=self.overflow, blocks=self.blocks, after_select=self.after_select,
                         after_multiply=self.after_multiply)
        for k in range(self.alpha):
            m.submodules[f"column_{k}"] = column = self._make("column", create, f"column_{k}")
            m.d.comb += [column.load.eq(self.load), column.a.eq(self.a[k]), column.b.eq(blocks),
                         column.c.eq(self.c[k]), self.c_out[k].eq(column.c_out)]
            if self.after_select:
                m.d.comb += column.load_value.eq(loaded)
        return m

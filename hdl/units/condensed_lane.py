"""What the condensed unit is made of: one neuron's MAC, and the memory that holds the vectors."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.mac import multiply_add
from tamis.hdl.lib.select import select

__all__ = ["Lane", "VectorMemory", "row_layout"]


def row_layout(config):
    """A word of the memory: `x_lanes` elements of a vector."""
    return ArrayLayout(config.x_shape, config.x_lanes)


class Lane(wiring.Component):
    """One neuron's MAC: an entry, a register later its element of the vector, a register later the sum.

    Parameters
    ----------
    config : CondensedConfig

    Members
    -------
    take : In(1)
        `entry` and `d` are taken at this edge; `row` is what the memory gives from then on.
    entry : In({value, column})
    d : In(range)
        Elements of the vector: an entry of a column not below d counts as zero.
    legal : Out(1)
        The column is below d; combinational.
    add : In(1)
        The entry that was taken is multiplied and added at this edge; to zero if `first`.
    row : In(x_lanes elements)
    sum : Out
    """

    def __init__(self, config):
        self._config = config
        super().__init__({
            "take": In(1),
            "entry": In(config.entry_layout),
            "d": In(range(config.max_d + 1)),
            "legal": Out(1),
            "add": In(1),
            "first": In(1),
            "row": In(row_layout(config)),
            "sum": Out(config.acc_shape),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        low = config.x_lanes.bit_length() - 1
        column = self.entry.column
        value = Signal(config.w_shape, reset_less=True)
        good = Signal(reset_less=True)
        place = Signal(low, name="place", reset_less=True) if low else None
        below = column < self.d[:len(column)]
        if len(self.d) > len(column):
            below |= self.d[-1]  # d is max_d, a power of two, and more than any column
        m.d.comb += self.legal.eq(below)
        with m.If(self.take):
            m.d.sync += [value.eq(self.entry.value), good.eq(self.legal)]
            if low:
                m.d.sync += place.eq(column[:low])
        chosen = select(m, [self.row[k] for k in range(config.x_lanes)], place)
        element = Signal(config.x_shape, name="x")
        total = Signal(config.acc_shape, name="total", reset_less=True)
        before = Signal(config.acc_width)
        m.d.comb += [before.eq(total.as_unsigned() & (~self.first).replicate(config.acc_width)),
                     element.eq(chosen.as_unsigned() & good.replicate(config.x_width)),
                     self.sum.eq(total)]
        with m.If(self.add):
            m.d.sync += total.eq(multiply_add(m, [(value, element)], before, config.acc_width))
        return m


class VectorMemory(wiring.Component):
    """Two vectors, `x_lanes` elements at an address; a write port and `ports` read ports, a register behind each.

    Parameters
    ----------
    config : CondensedConfig

    Members
    -------
    write : In(1)
    write_address, write_row : In
        Address: the row, and below it the buffer, 0 or 1.
    read : In(1)
        Rows of `addresses` are given from the next edge on, until the next read.
    addresses : In(ports addresses)
    rows : Out(ports rows)
    """

    def __init__(self, config):
        self._config = config
        address = range(2 * config.rows)
        super().__init__({
            "write": In(1),
            "write_address": In(address),
            "write_row": In(row_layout(config)),
            "read": In(1),
            "addresses": In(ArrayLayout(address, config.ports)),
            "rows": Out(ArrayLayout(row_layout(config), config.ports)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        width = config.x_lanes * config.x_width
        m.submodules.memory = memory = Memory(shape=width, depth=2 * config.rows, init=[])
        write = memory.write_port()
        m.d.comb += [write.en.eq(self.write), write.addr.eq(self.write_address), write.data.eq(self.write_row)]
        for port in range(config.ports):
            read = memory.read_port()
            m.d.comb += [read.en.eq(self.read), read.addr.eq(self.addresses[port]),
                         self.rows.as_value()[port * width:(port + 1) * width].eq(read.data)]
        return m

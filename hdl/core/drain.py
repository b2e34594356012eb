"""Reads a finished tile of C out of the accumulators, `lanes` columns of the array at a time.

Two orders. Blocks: for each M columns j, for each group of lanes, those M columns one by one, so that what comes is
blocks of M along j. Otherwise: for each column, for each group. Before a tile for SAS the last log2(M) - 1 columns are
read once more, marked *prime*, since the first indices need their signs: a circle costs a few reads and no buffer.

Latency: 1 cycle from `read_enable` to the beat. A beat per cycle.
"""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.config import SAS, SERIES
from tamis.hdl.core.requantise import PARAMETERS
from tamis.hdl.lib.select import select

__all__ = ["TAG", "Drain"]

TAG = StructLayout({"prime": 1, "last": 1})


class Drain(wiring.Component):
    """A stream of tiles into a stream of sums.

    Parameters
    ----------
    cols, lanes, columns, m : int
        As in `CoreConfig`.

    Members
    -------
    i : In(stream of {last_column, bank, mode})
        A tile of last_column + 1 columns.
    o : Out(stream of {sums, parameters, tag})
        lanes sums of one column j, lane 0 first, and its channel's parameters.
    read_enable, bank, column : Out
    data, parameters : In
        What both memories hold there, the next cycle and until the next read.
    free : Out(1)
        The bank's last sums have been taken; until then they are on its read port.
    """

    def __init__(self, *, cols, lanes, columns, m):
        self._lanes, self._m, self._groups = lanes, m, cols // lanes
        bits = (columns - 1).bit_length()
        sums = ArrayLayout(signed(32), lanes)
        super().__init__({
            "i": In(stream.Signature(StructLayout({"last_column": bits, "bank": 1, "mode": 2}))),
            "o": Out(stream.Signature(StructLayout({"sums": sums, "parameters": PARAMETERS, "tag": TAG}))),
            "read_enable": Out(1), "bank": Out(1), "column": Out(bits),
            "data": In(32 * cols), "parameters": In(PARAMETERS),
            "free": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        low = self._m.bit_length() - 1
        before = max(0, low - 1)  # columns that SAS looks back
        active = Signal()
        prime = Signal(reset_less=True)
        tile = Signal(self.i.payload.shape(), reset_less=True)
        column = Signal(len(self.column), reset_less=True)
        group = Signal(range(self._groups), reset_less=True)
        advance = Signal()
        step = Signal()
        blocks = Signal()
        inside = Signal()
        last_group = Signal()
        final = Signal()
        m.d.comb += [
            self.i.ready.eq(~active), step.eq(active & advance),
            self.read_enable.eq(step), self.column.eq(column), self.bank.eq(tile.bank),
            blocks.eq(tile.mode == SERIES), last_group.eq(group == self._groups - 1),
            final.eq((column == tile.last_column) & last_group),
        ]
        within, above = column[:low], column[low:]
        m.d.comb += inside.eq(blocks & (within != self._m - 1))  # not the last column of its block
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [tile.eq(self.i.payload), active.eq(1), group.eq(0), column.eq(0), prime.eq(0)]
            if before:
                with m.If(self.i.payload.mode == SAS):
                    m.d.sync += [prime.eq(1), column.eq(self.i.payload.last_column - (before - 1))]
        with m.If(step):
            with m.If(final):
                m.d.sync += [active.eq(prime), prime.eq(0), column.eq(0), group.eq(0)]
            with m.Elif(inside):
                m.d.sync += within.eq(within + 1)
            with m.Else():
                m.d.sync += group.eq(group + 1)
                with m.If(blocks):
                    m.d.sync += within.eq(0)
                with m.If(last_group):
                    m.d.sync += group.eq(0)
                    with m.If(blocks):
                        m.d.sync += above.eq(above + 1)
                    with m.Else():
                        m.d.sync += column.eq(column + 1)

        valid = Signal()
        tag = Signal(TAG, reset_less=True)
        which = Signal(range(self._groups), reset_less=True)
        words = [self.data[k * 32 * self._lanes:(k + 1) * 32 * self._lanes] for k in range(self._groups)]
        m.d.comb += [advance.eq(~valid | self.o.ready), self.o.valid.eq(valid),
                     self.free.eq(valid & self.o.ready & tag.last), self.o.payload.tag.eq(tag),
                     self.o.payload.parameters.eq(self.parameters),
                     self.o.payload.sums.eq(select(m, words, which if len(which) else None, name="sums"))]
        with m.If(advance):
            m.d.sync += [valid.eq(active), which.eq(group), Cat(tag.prime, tag.last).eq(Cat(prime, final & ~prime))]
        return m

"""Accumulators at the array's south end: columns x cols sums of 32 bits, two banks.

A pass adds to them, a job's first pass writes; what is beyond 32 bits wraps or saturates, and is counted. One bank is
added to while the other is drained.

The trick: the array's latency is known, so a column's old sums are read in the cycle before its new ones arrive and no
register is spent on waiting. They are written in the cycle in which they arrive; the next column that needs them comes
max(T, rows / beta) cycles later, so only a core of one PE row has to look at what is being written.
"""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.array.array import delay_line
from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.lib.gates import ones
from tamis.hdl.lib.make import itself
from tamis.hdl.lib.ram import make_ram

__all__ = ["Accumulators", "read_signature"]


def read_signature(config):
    """The drain's port: `data`, of `column` of `bank`, a cycle after `enable`, until the next one."""
    return wiring.Signature({"enable": Out(1), "bank": Out(1), "column": Out(ChunkShape(config).columns),
                             "data": In(ArrayLayout(signed(config.acc_width), config.array.cols))})


class Accumulators(wiring.Component):
    """Two banks, and an adder for each column of the array.

    Members
    -------
    valid, first, end_pass, end_job : In(1)
        With the column of B at the array's port: it is one; its sums are written, not added; the last of its pass, of
        its job.
    sums, arrives : In
        cols sums of the array's acc_width, `latency` cycles later; the array's `c_valid`.
    read : In {enable, bank, column; data}
    done : Out(1)
        A job's last sums are being written; its tile may be read from the next cycle on.
    overflows : Out
        How many accumulators overflowed in the last cycle.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        array = config.array
        super().__init__({
            "arrives": In(1), "valid": In(1), "first": In(1), "end_pass": In(1), "end_job": In(1),
            "sums": In(ArrayLayout(signed(array.acc_width), array.cols)),
            "read": In(read_signature(config)),
            "done": Out(1),
            "overflows": Out(range(array.cols + 1)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        cols, width = config.array.cols, config.acc_width
        depth = config.array.latency - 1  # one before the sums
        ahead = {name: delay_line(m, getattr(self, name), depth, f"{name}_skew", reset=name == "valid")[depth]
                 for name in ("valid", "first", "end_pass", "end_job")}
        column = Signal(ChunkShape(config).columns)
        bank = Signal()
        with m.If(ahead["valid"]):
            m.d.sync += column.eq(Mux(ahead["end_pass"], 0, column + 1))
            with m.If(ahead["end_job"]):
                m.d.sync += bank.eq(~bank)

        last = Signal(reset_less=True)  # the job's last column
        own = Signal(reset_less=True)  # the bank of these sums
        adds = [Signal(name=f"adds_{k}", reset_less=True) for k in range(2)]
        address = Signal(len(column), reset_less=True)
        m.d.sync += [last.eq(ahead["end_job"]), own.eq(bank), address.eq(column),
                     Cat(adds).eq(Cat(~ahead["first"] & ~bank, ~ahead["first"] & bank))]
        m.d.comb += self.done.eq(self.arrives & last)

        new = Signal(width * cols)
        stored = []
        for k in range(2):
            mine = ahead["valid"] & (bank == k)
            m.submodules[f"bank_{k}"] = ram = make_ram(self._make, f"bank_{k}", width=width * cols,
                                                       depth=config.columns, transparent=config.array.pe_rows == 1)
            m.d.comb += [
                ram.write.enable.eq(self.arrives & (own == k)), ram.write.address.eq(address), ram.write.data.eq(new),
                ram.read.enable.eq(mine | (self.read.enable & (self.read.bank == k))),
                ram.read.address.eq(Mux(mine, column, self.read.column))]
            stored.append(ram.read.data)
        drained = Signal(reset_less=True)
        with m.If(self.read.enable):
            m.d.sync += drained.eq(self.read.bank)
        m.d.comb += self.read.data.as_value().eq(Mux(drained, stored[1], stored[0]))

        over = Signal(cols)
        for i in range(cols):
            old = Signal(signed(width), name=f"old_{i}")
            total = Signal(signed(max(width, config.array.acc_width) + 1), name=f"total_{i}")
            limit = Mux(total < 0, -1 << width - 1, (1 << width - 1) - 1)
            m.d.comb += [old.eq(Mux(adds[0], stored[0].word_select(i, width), 0)
                                | Mux(adds[1], stored[1].word_select(i, width), 0)),
                         total.eq(old + self.sums[i]),
                         over[i].eq(self.arrives & (total != total[:width].as_signed()))]
            saturates = over[i] if config.array.overflow == "saturate" else 0
            m.d.comb += new.word_select(i, width).eq(Mux(saturates, limit, total))
        m.d.sync += self.overflows.eq(ones(m, over))
        return m

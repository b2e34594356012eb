"""The N:M structured-sparse weight-stationary systolic array: C[I,J] = A[I,K] . B[K,J].

::

                   a, c (one PE row's entries; sums from the north)
                   |        |
      b[0] ------ PE ----- PE -----      every PE: alpha columns x beta rows of MACs
      b[1] -[]--- PE ----- PE -----      -[]- one cycle of skew
      b[2] -[][]- PE ----- PE -----
                   |        |
                c_out    c_out           latency: rows / beta + cols / alpha + stages cycles

Each MAC holds one entry {value, index} of A; blocks of B pass eastward, partial sums southward.

The trick: the next tile is loaded without a second register per MAC. A new tile sweeps the array as a wave, one PE row
a cycle, so PE row p needs its entries exactly p cycles after the first. The entries go down each column on a bus that
all PE rows see; the one that the wave has reached takes them. `a` therefore carries PE row p's entries p cycles after
`load`, and a pass may start every max(T, rows / beta) cycles.
"""

from functools import partial
from typing import ClassVar

from amaranth.hdl import Cat, Module, Signal, Value, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.array.column import entry_layout
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.array.pe import PE
from tamis.hdl.lib.make import itself

__all__ = ["Array", "Row"]


def operand_shapes(config):
    """The Amaranth shapes of A's values, B's elements and the partial sums."""
    def shape(width, is_signed):
        return signed(width) if is_signed else unsigned(width)
    return (shape(config.a_width, config.a_signed), shape(config.b_width, config.b_signed),
            shape(config.acc_width, config.acc_signed))


class Row(wiring.Component):
    """One PE row: cols / alpha PEs, blocks and `load` passing eastward, a register each.

    Parameters
    ----------
    config : ArrayConfig
    make : callable
        How PEs are made, see `tamis.hdl.lib.make`.

    Members
    -------
    load : In(1)
        The entries on `a` are taken, by PE column q q cycles later; with a register after the select their values
        another cycle later.
    a : In, (cols, beta) entries
    b : In, (pe_blocks,) blocks of M elements
        What the rows of the PEs read; rows that always read the same block share it.
    c, c_out : In, Out, (cols,) partial sums
        From the north; to the south, a register later.
    """

    def __init__(self, config, *, make=itself):
        self._config = config
        self._make = make
        a_shape, b_shape, acc_shape = operand_shapes(config)
        entries = data.ArrayLayout(entry_layout(a_shape, config.m), config.beta)
        blocks = data.ArrayLayout(data.ArrayLayout(b_shape, config.m), config.pe_blocks)
        sums = data.ArrayLayout(acc_shape, config.cols)
        super().__init__({
            "load": In(1),
            "a": In(data.ArrayLayout(entries, config.cols)),
            "b": In(blocks),
            "c": In(sums),
            "c_out": Out(sums),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        a_shape, b_shape, _ = operand_shapes(config)
        load, b, sums = self.load, self.b, []
        for q in range(config.pe_cols):
            east = q < config.pe_cols - 1
            create = partial(PE, m=config.m, alpha=config.alpha, beta=config.beta, a_shape=a_shape, b_shape=b_shape,
                             acc_width=config.acc_width, overflow=config.overflow, blocks=config.pe_blocks, east=east,
                             after_select=config.after_select, after_multiply=config.after_multiply,
                             make=self._make)
            m.submodules[f"pe_{q}"] = pe = self._make("pe_west" if east else "pe", create, f"pe_{q}")
            m.d.comb += [pe.load.eq(load), Value.cast(pe.b).eq(b), pe.a.eq(part(self.a, q, config.pe_cols)),
                         pe.c.eq(part(self.c, q, config.pe_cols))]
            sums.append(Value.cast(pe.c_out))
            if east:
                load, b = pe.load_out, pe.b_out
        m.d.comb += Value.cast(self.c_out).eq(Cat(sums))
        return m


class Array(wiring.Component):
    """The array: PE rows, and the skew on every side of them, so that a column of B enters and a column of C leaves
    in one cycle each.

    Parameters
    ----------
    config : ArrayConfig
    make : callable
        How PE rows are made, see `tamis.hdl.lib.make`.

    Members
    -------
    load : In(1)
        A new tile starts with this cycle's column. At least rows / beta cycles after the last one.
    a : In, (cols, beta) entries {value, index}
        The entries of PE row p, p cycles after `load`, p = 0 .. rows / beta - 1: a[c][r] is for array row
        p * beta + r, column c. An index is below M.
    valid : In(1)
        This cycle carries a column of B.
    b : In, (blocks,) M-element blocks
        Array row r reads block r * blocks // rows.
    c : In, (cols,) partial sums
        Added to this column's sums.
    c_out : Out, (cols,) partial sums
        `latency` cycles after the column entered.
    c_valid : Out(1)
        `valid`, `latency` cycles later; cleared by reset, as everything that is still on its way is.
    """

    kind = "array"
    Config = ArrayConfig
    title = "N:M structured-sparse systolic array"
    flags: ClassVar[dict] = {}

    def __init__(self, config, *, make=itself):
        self._config = config
        self._make = make
        a_shape, b_shape, acc_shape = operand_shapes(config)
        entries = data.ArrayLayout(entry_layout(a_shape, config.m), config.beta)
        sums = data.ArrayLayout(acc_shape, config.cols)
        super().__init__({
            "load": In(1),
            "a": In(data.ArrayLayout(entries, config.cols)),
            "valid": In(1),
            "b": In(data.ArrayLayout(data.ArrayLayout(b_shape, config.m), config.blocks)),
            "c": In(sums),
            "c_out": Out(sums),
            "c_valid": Out(1),
        })

    @property
    def latency(self):
        return self._config.latency

    @property
    def latencies(self):
        return {"b to c_out": self.latency, "pass period": f"max(T, {self._config.pe_rows})"}

    @property
    def port_text(self):
        config = self._config
        index = f", index {config.index_width} bits above it" if config.m > 1 else ""
        return {
            "load": "a new tile starts with this cycle's column",
            "a": f"[cols {config.cols}][rows of a PE {config.beta}] entries: value {config.a_width} bits{index}; "
                 "PE row p's, p cycles after load",
            "valid": "this cycle carries a column of B",
            "b": f"[blocks {config.blocks}][M {config.m}] elements of {config.b_width} bits; array row r reads block "
                 f"r / {config.rows_per_block}",
            "c": f"[cols {config.cols}] partial sums of {config.acc_width} bits, added to this column's",
            "c_out": f"[cols {config.cols}] sums of {config.acc_width} bits, {config.latency} cycles after the column",
            "c_valid": f"valid, {config.latency} cycles later",
        }

    def elaborate(self, platform):
        m = Module()
        config = self._config
        # A stale wave of loads runs ahead of the next pass and never meets it: only `valid` needs the reset.
        load = delay_line(m, self.load, config.pe_rows - 1, "load_skew")
        valid = delay_line(m, self.valid, config.latency, "valid_skew", reset=True)
        m.d.comb += self.c_valid.eq(valid[config.latency])

        def to_columns(value, name, wait):
            """East skew: PE column q sees its share of `value` q + wait cycles later."""
            return Cat(delay_line(m, part(value, q, config.pe_cols), q + wait, f"{name}_skew_{q}")[q + wait]
                       for q in range(config.pe_cols))

        a = Signal(len(Value.cast(self.a)), name="a_bus")
        if config.after_select:  # the PEs take a value when its element is there, a cycle after they take its index
            entries = [self.a[c][r] for c in range(config.cols) for r in range(config.beta)]
            values, indices = (Signal(len(entries) * width, name=f"a_{name}") for name, width in (
                ("values", config.a_width), ("indices", config.index_width)))
            m.d.comb += [
                values.eq(to_columns(Cat(Value.cast(entry.value) for entry in entries), "a_value", 1)),
                indices.eq(to_columns(Cat(Value.cast(entry.index) for entry in entries), "a_index", 0)),
                a.eq(Cat(part(one, k, len(entries)) for k in range(len(entries)) for one in (values, indices))),
            ]
        else:
            m.d.comb += a.eq(to_columns(self.a, "a", 0))
        sums = to_columns(self.c, "c", 1 + config.stages)  # beside the blocks, which the PEs register first

        last_reader = [((k + 1) * config.rows_per_block - 1) // config.beta for k in range(config.blocks)]
        blocks = [delay_line(m, part(self.b, k, config.blocks), last_reader[k], f"b_skew_{k}")
                  for k in range(config.blocks)]

        for p in range(config.pe_rows):
            heads = range(p * config.beta, (p + 1) * config.beta, config.beta // config.pe_blocks)
            m.submodules[f"row_{p}"] = row = self._make("row", partial(Row, config, make=self._make), f"row_{p}")
            m.d.comb += [row.load.eq(load[p]), row.a.eq(a), row.c.eq(sums),
                         row.b.eq(Cat(blocks[r // config.rows_per_block][p] for r in heads))]
            sums = row.c_out

        waits = [config.pe_cols - 1 - q for q in range(config.pe_cols)]
        m.d.comb += Value.cast(self.c_out).eq(Cat(
            delay_line(m, part(sums, q, config.pe_cols), wait, f"c_out_skew_{q}")[wait]
            for q, wait in enumerate(waits)))
        return m


def part(value, index, count):
    """The index-th of `count` equal parts of a value's bits."""
    value = Value.cast(value)
    width = len(value) // count
    return value[index * width:(index + 1) * width]


def delay_line(m, value, depth, name, *, reset=False):
    """`value` delayed by 0 .. depth cycles, as a list; the line is one wide register called `name`."""
    if depth == 0:
        return [value]
    width = len(value)
    line = Signal(width * depth, name=name, reset_less=not reset)
    m.d.sync += line.eq(Cat(value, line[:-width]) if depth > 1 else value)
    return [value] + [line[d * width:(d + 1) * width] for d in range(depth)]

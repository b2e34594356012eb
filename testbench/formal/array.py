"""The array against golden's definition: a column's sums are c plus the products of the tile that was loaded last.

PE row p's entries are what `a` carries p cycles after `load`; so a column that entered in cycle t meets in PE row p
the entries that row took last, up to cycle t + p. The checker keeps one set of entries for each PE row and adds all
products of a column in one cycle, when the last PE row has its entries. Nothing is assumed of when `load` and `valid`
come, not even that two loads are `pe_rows` apart; a column that enters before the first load after a reset may be
anything.
"""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Signal, Value

from tamis.hdl.array.array import Array
from tamis.hdl.array.config import ArrayConfig
from tamis.testbench.formal.bench import Bench

__all__ = ["prove_array"]


def _later(m: Module, value: Value, cycles: int, name: str, *, reset: bool = False) -> Value:
    """`value` some cycles later."""
    for k in range(cycles):
        register = Signal(value.shape(), name=f"{name}_{k}", reset_less=not reset)
        m.d.sync += register.eq(value)
        value = register
    return value


def prove_array(unit: Array, config: ArrayConfig) -> Bench:
    """An `Array` of that configuration, which has no register after the select."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    m, rows = bench.m, config.pe_rows
    valid = _later(m, unit.valid, config.latency, "valid", reset=True)
    bench.claim("c_valid", unit.c_valid == valid)

    loaded = Signal(name="loaded")  # since the last reset
    known = Signal(name="known")
    m.d.comb += known.eq(loaded | unit.load)
    m.d.sync += loaded.eq(known)
    sums_known = _later(m, known, config.latency, "known", reset=True)

    taken = []  # each PE row's entries, as the column sees them that leaves it in this cycle
    for p in range(rows):
        held = Signal(len(Value.cast(unit.a)), name=f"held_{p}", reset_less=True)
        takes = _later(m, unit.load, p, f"load_{p}")
        entries = Signal(held.shape(), name=f"entries_{p}")
        m.d.comb += entries.eq(Mux(takes, Value.cast(unit.a), held))
        m.d.sync += held.eq(entries)
        taken.append(_later(m, entries, rows - 1 - p, f"taken_{p}"))
        _inside(bench, inside, config, p, held, _later(m, loaded, p, f"loaded_{p}", reset=True))

    blocks = _later(m, Value.cast(unit.b), rows - 1, "b")
    partial = _later(m, Value.cast(unit.c), rows - 1, "c")
    for column in range(config.cols):
        total = _sum(m, config, column, taken, blocks, partial)
        want = _later(m, total, config.latency - (rows - 1), f"want_{column}")
        got = Value.cast(unit.c_out[column]).as_unsigned()
        bench.claim(f"sum_{column}", ~(valid & sums_known) | (got == want))
    return bench


def _sum(m: Module, config: ArrayConfig, column: int, taken: list[Value], blocks: Value, partial: Value) -> Value:
    """c plus the products of all rows of a column, in the accumulator's bits."""
    width, a_width, index_width = config.acc_width, config.a_width, config.index_width

    def number(bits: Value, signed: bool) -> Value:
        return bits.as_signed() if signed else bits.as_unsigned()

    total = number(partial.word_select(column, width), config.acc_signed)
    for row in range(config.rows):
        p, r = divmod(row, config.beta)
        entry = taken[p].word_select(column * config.beta + r, a_width + index_width)
        block = blocks.word_select(row // config.rows_per_block, config.m * config.b_width)
        index = entry[a_width:] if index_width else Const(0, 1)
        element = block.word_select(index, config.b_width)
        total = total + number(entry[:a_width], config.a_signed) * number(element, config.b_signed)
        if config.overflow == "saturate" and r == config.beta - 1:  # each PE row clamps
            low, high = (-(1 << width - 1), (1 << width - 1) - 1) if config.acc_signed else (0, (1 << width) - 1)
            total = Mux(total < low, low, Mux(total > high, high, total))
    found = Signal(width, name=f"total_{column}")
    m.d.comb += found.eq(total)
    return found


def _inside(bench: Bench, inside, config: ArrayConfig, p: int, held: Signal, loaded: Value) -> None:
    """Induction: the entries of PE (p, q) are those of PE row p, q cycles later."""
    size = config.a_width + config.index_width
    for q in range(config.pe_cols):
        mine, there = (_later(bench.m, value, q, f"{name}_{p}_{q}", reset=name == "there")
                       for value, name in ((held, "mine"), (loaded, "there")))
        for column in range(config.alpha):
            for row in range(config.beta):
                entry = Value.cast(inside[f"row_{p}.pe_{q}.column_{column}.entry_{row}"])
                at = (q * config.alpha + column) * config.beta + row
                bench.claim(f"entry_{p}_{q}_{column}_{row}", ~there | (entry == mine.word_select(at, size)))

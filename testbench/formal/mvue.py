"""MVUE unit against its definition: what is kept follows from U and the block, U from the seed and the beats taken.

2:4 is held against the intervals of `golden.units.mvue24`, r from one multiplication, and against what unbiased pruning
must do whatever the rule: certain elements are kept, what is kept is its sign times max(|a|, C / 2).
"""

from amaranth.hdl import Array, Cat, Mux, ResetSignal, Signal, Value

from tamis.golden.units import lfsr
from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.single import single
from tamis.testbench.formal.tasd import size

__all__ = ["prove_mvue"]


def prove_mvue(unit):
    bench = Bench()
    config, i, o, m = unit.config, unit.i, unit.o, bench.m
    taken, inside = single(bench, unit)
    leap = lfsr.leap(config.u_bits, lfsr.stride(config.u_bits))
    for lane in range(config.lanes):
        seed = unit.seed[lane]
        state = Signal(config.u_bits, name=f"state_{lane}", reset_less=True)
        used = Signal(config.u_bits, name=f"used_{lane}", reset_less=True)
        with m.If(ResetSignal()):
            m.d.sync += state.eq(Mux(seed == 0, 1, seed))
        with m.Elif(i.valid & i.ready):
            m.d.sync += [used.eq(state), state.eq(Cat((state & mask).xor() for mask in leap))]
        bench.claim(f"state_{lane}", inside[f"lfsr_{lane}.state"] == state)
        bench.claim(f"not_stuck_{lane}", (state != 0) & (~o.valid | (used != 0)))
        bench.claim(f"u_{lane}", ~o.valid | (o.payload.u[lane] == used))
        (_pair if config.pattern == "1:2" else _quad)(
            lambda what, condition, lane=lane: bench.claim(f"{what}_{lane}", ~o.valid | condition),
            [taken[lane][k] for k in range(2 * config.kept)], list(o.payload.entries[lane]), used)
    return bench


def _pair(claim, pair, entries, u):
    a, b = pair
    entry, = entries
    total = size(a) + size(b)
    kept = Mux(entry.index, b, a)
    claim("choice", (entry.index == 0) == (u * total < size(a) << len(u)))
    claim("value", entry.value == Mux(kept < 0, -total, total))
    claim("never_a_zero", (kept != 0) | (total == 0))


def _quad(claim, block, entries, u):
    sizes = [Value.cast(size(a)) for a in block]
    total = sum(sizes)
    largest = sizes[0]
    for other in sizes[1:]:
        largest = Mux(other > largest, other, largest)
    rest = 2 * (total - largest)
    budget = Mux(total < rest, total, rest)
    claim("increasing", entries[0].index < entries[1].index)
    for k, entry in enumerate(entries):
        kept = Array(block)[entry.index]
        kept_size = Mux(2 * size(kept) > budget, 2 * size(kept), budget)
        claim(f"value{k}", entry.value == Mux(kept < 0, -kept_size, Mux(kept > 0, kept_size, 0)))
    for k, a in enumerate(sizes):
        claim(f"certain{k}", (a == 0) | (2 * a < budget) | (entries[0].index == k) | (entries[1].index == k))

    r = (u * budget) >> len(u)
    heavy = sizes[2] + sizes[3] > sizes[0] + sizes[1]
    x = [Mux(heavy, sizes[2 + k], sizes[k]) for k in range(2)]
    y = [Mux(heavy, sizes[k], sizes[2 + k]) for k in range(2)]
    q = y[0] + y[1]
    larger = x[1] > x[0]
    difference = Mux(larger, x[1] - x[0], x[0] - x[1])
    of_x = Mux(r < q - difference, ~larger, larger)
    of_y = r >= 2 * y[0]
    both = r >= 2 * q
    low, high = Mux(heavy, of_y, of_x), Mux(heavy, of_x, of_y)
    claim("first", entries[0].index == Mux(both, Mux(heavy, 2, 0), low))
    claim("second", entries[1].index == Mux(both, Mux(heavy, 3, 1), 2 + high))

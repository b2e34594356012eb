"""Condensed unit against the definition, from reset: sums of products over its entries, vector by vector.

The checker keeps two vectors, adds up as entries come, and holds each beat of o against the oldest sums that are due.
Legal d, k, n and columns only.
"""

from types import SimpleNamespace

from amaranth.hdl import Array, Cat, Mux, Signal

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake

__all__ = ["prove_condensed"]


def prove_condensed(unit):
    bench = Bench()
    bench.place("unit", unit)
    bench.roam(unit)
    config, x, i, o, m = unit.config, unit.x, unit.i, unit.o, bench.m

    # Vectors come in, the even ones into the first copy.
    x_come, x_left, x_bank = x.valid & x.ready, Signal(range(config.max_d + 1), name="x_left"), Signal(name="x_bank")
    lengths = [Signal(range(config.max_d + 1), name=f"length_{k}", reset_less=True) for k in range(2)]
    vectors = [[Signal(config.x_shape, name=f"vector_{k}_{c}", reset_less=True) for c in range(config.max_d)]
               for k in range(2)]
    left = Mux(x_left == 0, x.payload.d, x_left)
    length = Mux(x_left == 0, x.payload.d, Array(lengths)[x_bank])
    bench.assume((x.payload.d > 0) & (x.payload.d <= config.max_d))
    complete = x_come & (left <= config.x_lanes)
    with m.If(x_come):
        m.d.sync += [x_left.eq(Mux(complete, 0, left - config.x_lanes)), x_bank.eq(x_bank ^ complete)]
        for k in range(2):
            with m.If(x_bank == k):
                m.d.sync += lengths[k].eq(length)
                for c in range(config.max_d):
                    for lane in range(config.x_lanes):
                        with m.If(length - left + lane == c):
                            m.d.sync += vectors[k][c].eq(x.payload.x[lane])

    # Entries come in, k for a group, as many groups as n needs.
    come = i.valid & i.ready
    n_left, k_left = Signal(range(config.max_n + 1), name="n_left"), Signal(range(config.max_k + 1), name="k_left")
    k_each, bank = Signal(range(config.max_k + 1), name="k_each"), Signal(name="bank")
    new = n_left == 0
    n, k = Mux(new, i.payload.n, n_left), Mux(new, i.payload.k, k_each)
    steps = Mux(new | (k_left == 0), k, k_left)
    bench.assume((i.payload.n > 0) & (i.payload.n <= config.max_n) & (i.payload.k > 0) & (i.payload.k <= config.max_k))
    group, final = steps == 1, n <= config.lanes
    sums = []
    for lane in range(config.lanes):
        entry = i.payload.entries[lane]
        bench.assume(~come | (entry.column < Array(lengths)[bank]))
        total = Signal(config.acc_shape, name=f"total_{lane}")
        element = Mux(bank, Array(vectors[1])[entry.column], Array(vectors[0])[entry.column])
        after = Signal(config.acc_shape, name=f"after_{lane}")
        m.d.comb += after.eq(Mux(steps == k, 0, total) + entry.value * element)
        with m.If(come):
            m.d.sync += total.eq(after)
        sums.append(after)
    with m.If(come):
        m.d.sync += [k_each.eq(k), k_left.eq(Mux(group, 0, steps - 1)), bank.eq(bank ^ (group & final)),
                     n_left.eq(Mux(group, Mux(final, 0, n - config.lanes), n))]

    # No entry of a vector that is not there whole, no vector over one that is still read.
    whole = Signal(range(4), name="whole")
    m.d.sync += whole.eq(whole + complete - (come & group & final))
    bench.claim("vector_is_there", ~come | (whole != 0))
    bench.claim("vector_is_gone", ~x_come | (whole < 2))

    # Sums go out.
    keep = Cat(lane < n for lane in range(config.lanes))
    due = [Signal(len(o.payload.as_value()), name=f"due_{place}", reset_less=True) for place in range(3)]
    source = SimpleNamespace(valid=come & group, ready=1)
    owed = handshake(bench, source, o, most=2, latency=unit.latency)
    go = o.valid & o.ready
    for place in range(2):
        m.d.sync += due[place].eq(Mux(come & group & (owed - go == place), Cat(*sums, keep, final),
                                      Mux(go, due[place + 1], due[place])))
    want = due[0]
    width = len(sums[0])
    for lane in range(config.lanes):
        bench.claim(f"sum_{lane}", ~o.valid | ~o.payload.keep[lane]
                    | (o.payload.sums[lane].as_unsigned() == want.word_select(lane, width)))
    bench.claim("keep_and_last", ~o.valid | (Cat(o.payload.keep, o.payload.last) == want[width * config.lanes:]))
    bench.claim("no_error", ~unit.error)
    return bench

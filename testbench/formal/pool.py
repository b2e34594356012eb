"""Pool of TASD units: lane l's t-th block comes out of unit l + B (t mod n), every one as `testbench.formal.tasd` says.

Each output is held against the blocks whose turn it was, which the checker counts for itself. That the pool keeps up is
a proof of its own: outputs always ready, it never says that it is not.
"""

from types import SimpleNamespace

from amaranth.hdl import Cat, Const, Mux, Signal
from amaranth.lib.data import View

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake
from tamis.testbench.formal.tasd import beats, inside_tree, ranked, sticky, streamed

__all__ = ["prove_keeps_up", "prove_pool"]


def prove_pool(pool):
    bench = Bench()
    inside = bench.place("unit", pool)
    bench.roam(pool)
    unit, lanes = pool.config.unit, pool.config.blocks_per_cycle
    go = pool.i.valid & pool.i.ready
    for k, o in enumerate(pool.o):
        lane, own = k % lanes, len(range(k % lanes, pool.config.units, lanes))
        turn = Signal(range(own), name=f"turn_{k}")
        with bench.m.If(go):
            bench.m.d.sync += turn.eq(Mux(turn == own - 1, 0, turn + 1))
        if own > 1:
            bench.claim(f"ring_{k}", (turn < own) & (inside[f"turn_{lane}"] == Const(1) << turn))
        payload = View(unit.input_layout, Cat(pool.i.payload.blocks[lane], pool.i.payload.marks))
        i = SimpleNamespace(valid=go & (turn == k // lanes), ready=Const(1), payload=payload)
        child = inside.child(f"unit_{k}")
        if unit.style == "rank":
            owed = handshake(bench, i, o, most=1, latency=unit.latency, name=f"o{k}")
            bench.claim(f"owed_is_offered_{k}", owed == o.valid)
            ranked(bench, unit, i, o, name=f"rank{k}")
        else:
            owed = handshake(bench, i, o, causes=beats(payload.marks), most=unit.m + 1, latency=unit.latency,
                             name=f"o{k}")
            bench.claim(f"owed_is_inside_{k}", owed == inside_tree(o, child))
            streamed(bench, unit, i, o, child, name=f"tree{k}")
    sticky(bench, pool)
    return bench


def prove_keeps_up(pool):
    """Where every output is always ready, the input always is."""
    bench = Bench()
    inside = bench.place("unit", pool)
    bench.roam(pool)
    for lane in range(pool.config.blocks_per_cycle):
        if pool.config.units >= 2 * pool.config.blocks_per_cycle:
            turn = inside[f"turn_{lane}"]
            bench.claim(f"one_turn_{lane}", (turn != 0) & ((turn & (turn - 1)) == 0))
    for o in pool.o:
        bench.assume(o.ready)
    bench.claim("never_stalls", pool.i.ready)
    return bench

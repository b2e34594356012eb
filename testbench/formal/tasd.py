"""TASD units against the definition: greedy, largest magnitude first, ties to the lower index.

The checkers keep every block in flight and hold each beat of the output against it. Nothing here sorts or computes a
maximum: of an order it is said only what two neighbours, or an entry and whatever is left, must be to each other.
"""

import itertools

from amaranth.hdl import Array, Const, Mux, Signal

from testbench.formal.bench import Bench
from testbench.formal.handshake import handshake

__all__ = ["rank", "ranked"]


def rank(unit):
    """Style "rank"."""
    bench = Bench()
    bench.place("unit", unit)
    bench.roam(unit)
    owed = handshake(bench, unit.i, unit.o, most=1, latency=unit.latency)
    bench.claim("no_bubble", ~unit.o.ready | unit.i.ready)
    bench.claim("owed_is_offered", owed == unit.o.valid)
    ranked(bench, unit)
    return bench


def size(value):
    """|value|, a bit wider, so that the most negative value has one."""
    return Mux(value >= 0, value, -value)


def ranked(bench, unit):
    """The beat on o is the order of the block taken last. Returns the latter."""
    config, i, o = unit.config, unit.i, unit.o
    taken = Signal(config.input_layout, name="rank_taken", reset_less=True)
    illegal = Signal(name="rank_illegal")
    with bench.m.If(i.valid & i.ready):
        bench.m.d.sync += [taken.eq(i.payload), illegal.eq(illegal | (i.payload.marks == 0))]
    elements = Array(taken.block[k] for k in range(config.m))
    entries = [o.payload.entries[place] for place in range(config.m)]

    def says(name, condition):
        bench.claim(f"rank_{name}", ~o.valid | condition)

    left = Const(0)  # an element that is not zero, in no term
    for place, entry in enumerate(entries):
        says(f"value_{place}", entry.value == elements[entry.index])
        for other in range(place):
            says(f"distinct_{other}_{place}", entries[other].index != entry.index)
        left = left | (((taken.marks >> place) == 0) & (entry.value != 0))
    for k, (one, two) in enumerate(itertools.pairwise(entries)):
        says(f"order_{k}", size(one.value) >= size(two.value))
        says(f"tie_{k}", (size(one.value) != size(two.value)) | (one.index < two.index))
    says("marks", o.payload.marks == taken.marks)
    says("residual", o.payload.residual == left)
    bench.claim("rank_error", unit.error == illegal)
    return taken

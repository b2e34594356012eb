"""A large rank unit in two proofs, where one is too much for a solver: who beats whom, and the sorting network.

The first says that the unit holds the block taken last, that its comparisons are the definition, and that they are
transitive. The second assumes just that, and says that the network puts the elements in the order of the comparisons,
whatever they are. Together: largest magnitude first, ties to the lower index.
"""

import itertools

from amaranth.hdl import Array, Cat, Const, Signal

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake
from tamis.testbench.formal.tasd import size, sticky

__all__ = ["prove_comparisons", "prove_network"]


def prove_comparisons(unit):
    """What the unit's registers hold, and its handshake."""
    bench = Bench()
    inside, _ = _placed(bench, unit)
    owed = handshake(bench, unit.i, unit.o, most=1, latency=unit.latency)
    bench.claim("no_bubble", ~unit.o.ready | unit.i.ready)
    bench.claim("owed_is_offered", owed == unit.o.valid)
    sticky(bench, unit)
    taken = Signal(unit.config.input_layout, name="taken", reset_less=True)
    with bench.m.If(unit.i.valid & unit.i.ready):
        bench.m.d.sync += taken.eq(unit.i.payload)
    bench.claim("marks", ~unit.o.valid | (inside["marks"] == taken.marks))
    for k in range(unit.config.m):
        bench.claim(f"element_{k}", ~unit.o.valid | (inside[f"element_{k}"] == taken.block[k]))
    for low, high in _pairs(unit):
        bench.claim(f"beats_{low}_{high}", ~unit.o.valid | (
            inside[f"beats_{low}_{high}"] == (size(taken.block[low]) >= size(taken.block[high]))))
    x = [bench.constant(f"x_{k}", unit.config.shape) for k in range(3)]  # of any block, in its order
    _transitive(lambda a, b: size(x[a]) >= size(x[b]) if a < b else size(x[a]) > size(x[b]), range(3), bench.claim)
    return bench


def prove_network(unit):
    """The order of the output, for any comparisons that are transitive."""
    bench = Bench()
    inside, before = _placed(bench, unit)
    config, o = unit.config, unit.o
    _transitive(before, range(config.m), lambda _, condition: bench.assume(condition))
    held = Array(inside[f"element_{k}"] for k in range(config.m))
    entries = [o.payload.entries[place] for place in range(config.m)]
    left = Const(0)
    for place, entry in enumerate(entries):
        bench.claim(f"value_{place}", entry.value == held[entry.index])
        left = left | (((inside["marks"] >> place) == 0) & (entry.value != 0))
    for one, two in itertools.combinations(range(config.m), 2):
        bench.claim(f"distinct_{one}_{two}", entries[one].index != entries[two].index)
    rows = Array(Cat(before(a, b) if a != b else 0 for b in range(config.m)) for a in range(config.m))
    for place, (one, two) in enumerate(itertools.pairwise(entries)):
        bench.claim(f"order_{place}", (rows[one.index] >> two.index)[0])
    bench.claim("marks", o.payload.marks == inside["marks"])
    bench.claim("residual", o.payload.residual == left)
    return bench


def _pairs(unit):
    return itertools.combinations(range(unit.config.m), 2)


def _placed(bench, unit):
    """(inside, before): whether element a goes before element b, as the unit holds it."""
    inside = bench.place("unit", unit)
    bench.roam(unit)

    def before(a, b):
        return inside[f"beats_{a}_{b}"] if a < b else ~inside[f"beats_{b}_{a}"]

    return inside, before


def _transitive(before, elements, say):
    for a, b, c in itertools.permutations(elements, 3):
        say(f"transitive_{a}_{b}_{c}", ~(before(a, b) & before(b, c)) | before(a, c))

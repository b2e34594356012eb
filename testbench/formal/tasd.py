"""TASD units against the definition: greedy, largest magnitude first, ties to the lower index.

The checkers keep every block in flight and hold each beat of the output against it. Nothing here sorts or computes a
maximum: of an order it is said only what two neighbours, or an entry and whatever is left, must be to each other.
"""

import itertools
from types import SimpleNamespace

from amaranth.hdl import Array, Cat, Const, Mux, Signal

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake

__all__ = ["inside_tree", "prove_agree", "prove_rank", "prove_tree", "ranked", "size", "sticky", "streamed"]


def prove_rank(unit):
    """Style "rank" by itself."""
    bench = Bench()
    bench.place("unit", unit)
    bench.roam(unit)
    owed = handshake(bench, unit.i, unit.o, most=1, latency=unit.latency)
    bench.claim("no_bubble", ~unit.o.ready | unit.i.ready)
    bench.claim("owed_is_offered", owed == unit.o.valid)  # the induction's
    ranked(bench, unit.config, unit.i, unit.o)
    sticky(bench, unit)
    return bench


def prove_tree(unit):
    """Style "tree" by itself."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    owed = handshake(bench, unit.i, unit.o, causes=beats(unit.i.payload.marks), most=unit.config.m + 1,
                     latency=unit.latency)
    # One entry more to choose, and room for it: the next block may come.
    bench.claim("no_bubble", ~unit.o.ready | unit.i.ready | (owed > unit.o.valid + 1))
    bench.claim("owed_is_inside", owed == inside_tree(unit.o, inside))
    streamed(bench, unit.config, unit.i, unit.o, inside)
    sticky(bench, unit)
    return bench


def prove_agree(units):
    """Styles "tree" and "rank" take the same blocks: the tree's n-th entry is the rank unit's n-th."""
    bench = Bench()
    tree, rank = units
    inside = bench.place("tree", tree)
    bench.place("rank", rank)
    offered, ready, payload = (bench.any(name, shape) for name, shape in (
        ("offered", 1), ("ready", 1), ("payload", tree.i.payload.shape())))
    go = offered & tree.i.ready & rank.i.ready
    for unit in units:
        bench.m.d.comb += [unit.i.valid.eq(go), unit.i.payload.eq(payload)]
    done = tree.o.valid & ready & tree.o.payload.last
    bench.m.d.comb += [tree.o.ready.eq(ready), rank.o.ready.eq(done)]  # the rank unit's beat waits for the tree's last
    seen = streamed(bench, tree.config, tree.i, tree.o, inside)
    taken = ranked(bench, rank.config, rank.i, rank.o)
    entries = Array(rank.o.payload.entries[k].as_value() for k in range(tree.config.m))
    both = tree.o.valid & rank.o.valid
    bench.claim("same_beat", rank.o.valid | ~tree.o.valid)
    bench.claim("same_entry", ~both | (entries[seen.place] == tree.o.payload.entry.as_value()))
    # Of a block without marks, an error, a tree unit gives one entry and a rank unit none: residuals differ.
    bench.claim("same_residual", ~both | ~tree.o.payload.last | (seen.head.marks == 0)
                | (tree.o.payload.residual == rank.o.payload.residual))
    # Induction: one block at a time, the same one, and what has gone are the first places.
    bench.claim("one_block", (seen.count <= 1) & (seen.count == rank.o.valid))
    bench.claim("same_block", ~rank.o.valid | (seen.head.as_value() == taken.as_value()))
    for place in range(tree.config.m):
        bench.claim(f"gone_{place}", ~rank.o.valid | (
            (place < seen.place) == (seen.gone >> rank.o.payload.entries[place].index)[0]))
    return bench


def size(value):
    """|value|, a bit wider, so that the most negative value has one."""
    return Mux(value >= 0, value, -value)


def beats(marks):
    """Beats of style "tree" for a block: up to the highest mark; one if there is none."""
    count = Const(1)
    for place in range(1, len(marks)):
        count = Mux(marks[place], place + 1, count)
    return count


def inside_tree(o, inside):
    """Beats of o that a unit of style "tree" holds."""
    return o.valid + Mux(inside["busy"], beats(inside["marks"]), 0)


def ranked(bench, config, i, o, name="rank"):
    """The beat on o is the order of the block taken last, which is returned."""
    taken = Signal(config.input_layout, name=f"{name}_taken", reset_less=True)
    with bench.m.If(i.valid & i.ready):
        bench.m.d.sync += taken.eq(i.payload)
    elements = Array(taken.block[k] for k in range(config.m))
    entries = [o.payload.entries[place] for place in range(config.m)]

    def says(what, condition):
        bench.claim(f"{name}_{what}", ~o.valid | condition)

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
    return taken


def streamed(bench, config, i, o, inside, name="tree"):
    """The beat on o is the next entry of the oldest block in flight; `inside` is the unit's, for the induction."""
    m = bench.m
    head = Signal(config.input_layout, name=f"{name}_head", reset_less=True)  # the block that o is at
    next_ = Signal(config.input_layout, name=f"{name}_next", reset_less=True)  # the one behind it
    count = Signal(range(3), name=f"{name}_count")
    gone = Signal(config.m, name=f"{name}_gone")  # elements of head that have moved on
    place = Signal(range(config.m + 1), name=f"{name}_place")  # how many
    come, go, pop = Signal(name=f"{name}_come"), Signal(name=f"{name}_go"), Signal(name=f"{name}_pop")
    offered = Const(1, config.m) << o.payload.entry.index
    m.d.comb += [come.eq(i.valid & i.ready), go.eq(o.valid & o.ready), pop.eq(go & o.payload.last)]
    m.d.sync += count.eq(count + come - pop)
    with m.If(pop):
        m.d.sync += [head.eq(Mux(count == 2, next_.as_value(), i.payload.as_value())), gone.eq(0), place.eq(0)]
    with m.Else():
        with m.If(count == 0):
            m.d.sync += head.eq(i.payload)
        with m.If(go):
            m.d.sync += [gone.eq(gone | offered), place.eq(place + 1)]
    with m.If(come & (count - pop == 1)):
        m.d.sync += next_.eq(i.payload)

    def says(what, condition):
        bench.claim(f"{name}_{what}", ~o.valid | condition)

    entry = o.payload.entry
    says("of_a_block", count != 0)
    says("value", entry.value == Array(head.block[k] for k in range(config.m))[entry.index])
    says("distinct", (gone & offered) == 0)
    out = (gone | offered)[:config.m]
    for k in range(config.m):
        rest = head.block[k]
        says(f"before_{k}", out[k] | (size(entry.value) > size(rest))
             | ((size(entry.value) == size(rest)) & (entry.index < k)))
    says("term_end", o.payload.term_end == (head.marks >> place)[0])
    says("last", o.payload.last == ((head.marks >> place)[1:] == 0))
    says("residual", o.payload.residual == Cat(~out[k] & (head.block[k] != 0) for k in range(config.m)).any())
    _left(bench, config, o, inside, name, head=head, next_=next_, count=count, gone=gone, out=out, place=place)
    return SimpleNamespace(head=head, count=count, gone=gone, place=place)


def _left(bench, config, o, inside, name, *, head, next_, count, gone, out, place):
    """Induction: the unit holds what is left of head, or all of the block behind it."""
    held = Cat(inside[f"element_{k}"] for k in range(config.m))
    busy, pending, marks = inside["busy"], inside["pending"], inside["marks"]
    middle = o.valid & ~o.payload.last
    bench.claim(f"{name}_count", count == Mux(middle, 1, o.valid + busy))
    bench.claim(f"{name}_place", place == sum(gone[k] for k in range(config.m)))
    bench.claim(f"{name}_fresh", o.valid | (gone == 0))
    bench.claim(f"{name}_rest", ~middle | (busy & (held == head.block.as_value()) & (pending == ~out)
                                           & (marks == head.marks >> place + 1)))
    behind = Mux(o.valid, next_.as_value(), head.as_value())
    bench.claim(f"{name}_behind", middle | ~busy | ((Cat(held, marks) == behind) & pending.all()))


def sticky(bench, unit):
    """`error` says whether a block without marks has come since reset."""
    illegal = Signal(name="illegal")
    with bench.m.If(unit.i.valid & unit.i.ready & (unit.i.payload.marks == 0)):
        bench.m.d.sync += illegal.eq(1)
    bench.claim("error", unit.error == illegal)

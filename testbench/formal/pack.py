"""Words into beats (`hdl.core.pack`, which drives m_axis_c): AXI4-Stream's rules; every byte once, in order; TKEEP.

The trick: a piece, of a word as large as a beat at most, enters in every cycle in which it can, and all that is then
known of the beat is a number of bytes and the bytes. The checker puts a piece in by shifting it to where it belongs,
where the unit repeats it all over the beat and chooses.

Legal words: `wide` a thermometer; where a word goes is a multiple of its size; one that needs more than a beat stays,
unchanged, from its first piece to its last.
"""

from types import SimpleNamespace

from amaranth.hdl import Const, Mux, Signal, Value

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake

__all__ = ["prove_pack"]


def prove_pack(pack, word, bits):
    """A `tamis.hdl.core.pack.Pack` of words of up to `word` bits and beats of `bits`."""
    bench = Bench()
    inside = bench.place("unit", pack)
    bench.roam(pack)
    m, claim, i, o = bench.m, bench.claim, pack.i, pack.o
    count = bits // 8
    parts = max(1, word // bits)

    # The word offered, and the piece of it that is next.
    size = Signal(range(word // 8 + 1), name="size")
    part = Signal(range(parts + 1), name="next_part")
    filled = Signal(range(count + 1), name="filled")  # bytes of the beat in hand
    room, final = Signal(name="room"), Signal(name="final")
    piece, amount = Signal(bits, name="piece"), Signal(range(count + 1), name="amount")
    for k in range(len(i.payload.wide)):
        if k:
            bench.assume(i.payload.wide[k - 1] | ~i.payload.wide[k])
    meant = Const(1)
    for k in range(len(i.payload.wide)):
        meant = Mux(i.payload.wide[k], 2 << k, meant)
    starts = Mux(o.valid, 0, filled)
    m.d.comb += [
        size.eq(meant), room.eq(~o.valid | o.ready), final.eq(size <= (part + 1) * count),
        amount.eq(Mux(size < count, size, count)),
        piece.eq((i.payload.data >> (part * bits)) & _ones(amount * 8, bits)),
    ]
    bench.assume(~i.valid | ((starts & (amount - 1)) == 0))
    before = Signal(len(Value.cast(i.payload)), name="before", reset_less=True)
    m.d.sync += before.eq(i.payload)
    bench.assume((part == 0) | (i.valid & (before == Value.cast(i.payload))))
    moves = i.valid & room
    claim("taken_with_its_last_piece", i.ready == (room & final))

    # The beat in hand, and what it owes.
    beat, last = Signal(bits, name="beat", reset_less=True), Signal(name="last", reset_less=True)
    after = Signal(range(count + 1), name="after")
    ends = final & i.payload.last
    m.d.comb += after.eq(starts + amount)
    owed = handshake(bench, SimpleNamespace(valid=moves, ready=1), o, causes=ends | (after == count), most=1, latency=1)
    with m.If(moves):
        m.d.sync += [beat.eq(Mux(starts == 0, 0, beat) | (piece << (starts * 8))[:bits]), last.eq(ends),
                     filled.eq(after), part.eq(Mux(final, 0, part + 1))]
    with m.Elif(o.valid & o.ready):
        m.d.sync += filled.eq(0)
    claim("owed", owed == o.valid)
    keep = o.payload.keep
    claim("data", ~o.valid | (o.payload.data == beat))  # zeros beyond its bytes
    claim("keep", ~o.valid | (keep == _ones(filled, count)))
    claim("last", ~o.valid | (o.payload.last == last))
    claim("some", ~o.valid | keep[0])
    claim("whole_unless_last", ~o.valid | o.payload.last | keep.all())
    claim("contiguous", ~o.valid | ((keep & (keep + 1)) == 0))

    # Induction: a beat that is not full yet holds that too.
    claim("filled", (filled <= count) & (o.valid | (filled < count)))
    claim("rest_is_zeros", (filled == 0) | ((beat >> (filled * 8)) == 0))
    claim("at", inside["at"] == Mux(o.valid, 0, filled))
    claim("data_so_far", (filled == 0) | (inside["data"] == beat))
    claim("keep_so_far", (filled == 0) | (inside["keep"] == _ones(filled, count)))
    claim("part", (part == 0) | (size > part * count))
    if parts > 1:
        claim("part_is_its", inside["part"] == part)
    return bench


def _ones(number, bits):
    """So many ones, the lowest ones of those bits."""
    return ((Const(1) << number) - 1)[:bits]

"""B loader, the receiver of s_axis_b: as many beats as the job says, each written once, where it belongs, and no other.

The trick: one number says everything, how many beats of the chunk have come. The job's columns and blocks, multiplied,
are how many must; column and part of a write are that number, divided. The unit counts pieces, groups and columns.

A compressed chunk has fewer beats, and what is written is the blocks that come beside them (`tamis.hdl.core.b_expand`).

What it is connected to: the transmitter keeps its offers, as AXI4-Stream says, except that one which waits when a
compressed chunk begins turns into one of masks, which the expander keeps to itself (`testbench.formal.b_expand`); no
more chunks are given back than were loaded, no more tiles drained than passed. `i.ready` is claimed to be an
expression without `i.valid`.
"""

from types import SimpleNamespace

from amaranth.hdl import Cat, Mux, Signal, Value

from tamis.hdl.core.b_loader import CHANNEL_BITS
from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.core.layouts import b_layout, compressed_layout
from tamis.testbench.formal.bench import Bench

__all__ = ["prove_b_loader"]

USED = {"bias": 32, "multiplier": 16, "shift": 6}


def prove_b_loader(unit, config):
    """A `tamis.hdl.core.b_loader.BLoader` of that core."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    m, claim = bench.m, bench.claim
    fire = Signal(name="fire")
    m.d.comb += fire.eq(unit.i.valid & unit.i.ready)
    expands = config.b_n > 0
    _transmitter(bench, unit, expands)
    work = _work(bench, unit, config, fire)

    # Chunks.
    chunks = Signal(unit.loaded.shape(), name="chunks_loaded")
    stored = (unit.loaded - unit.freed)[:len(unit.loaded)]
    bench.assume(stored <= config.b_slots)
    with m.If(work.loads & fire & work.last):
        m.d.sync += chunks.eq(chunks + 1)
    claim("loaded", unit.loaded == chunks)
    _writes(bench, unit, config, fire, work)

    # Tables.
    given = _table(bench, unit, inside, config, work)
    claim("ready", unit.i.ready == (work.loads & (stored != config.b_slots)) | (work.table & given))

    # Jobs.
    ahead = Signal(range(16), name="tiles_ahead")
    passes = unit.job.valid & unit.job.ready & ~unit.job.payload.kind
    bench.assume(~unit.drained | (ahead != 0))
    m.d.sync += ahead.eq(ahead + passes - unit.drained)
    busy = work.loads | work.table
    claim("job_waits", ~unit.job.ready | ~busy | (fire & work.last & work.final))
    claim("passed", unit.passed == passes)
    claim("passed_has_room", ~unit.passed | (unit.room & (ahead != 15)))
    claim("table_waits", ~(unit.job.valid & unit.job.ready) | ~unit.job.payload.kind | (ahead == 0))
    claim("idle", unit.idle == (~busy & (ahead == 0)))

    wrong, seen = (unit.i.payload.last != work.last) | (~unit.i.payload.keep.all() & ~work.last), Signal(name="seen")
    m.d.sync += seen.eq(seen | (fire & wrong))
    claim("error", unit.error == seen)
    if expands:
        claim("expands", unit.expands == (work.loads & work.compressed))
        claim("ends", ~work.loads | (unit.ends == work.last))
        _for_expander(bench, unit, config, fire, work)

    # Induction: what its counters stand at.
    claim("one_at_a_time", ~(work.loads & work.table))
    claim("is_loads", inside["loads"] == work.loads)
    claim("is_table", inside["table"] == work.table)
    claim("is_ahead", inside["ahead"] == ahead)
    claim("is_last_column", ~busy | (inside["last_column"] + 1 == work.columns))
    claim("is_last_group", ~work.loads | (inside["last_group"] == work.last_group))
    if expands:
        claim("is_compressed", ~work.loads | (inside["compressed"] == work.compressed))
    claim("is_chunks", ~work.loads | (inside["chunks"] == work.chunks))
    column, group, piece, channel = (inside[name] for name in ("column", "group", "piece", "channel"))
    claim("counts", Mux(work.loads, work.beats == (column * work.groups + group) * work.pieces + piece,
                        work.beats * work.channels + channel == column * work.parts + piece))
    claim("in_group", Mux(work.loads, group < work.groups, group == 0))
    claim("in_column", ~busy | (column < work.columns))
    claim("in_piece", piece < Mux(work.table, work.parts, work.pieces))
    claim("in_channel", ~work.loads | (channel == 0))
    claim("at_rest", busy | ~Cat(work.beats, column, group, piece, channel).any())
    return bench


def _transmitter(bench, unit, expands):
    """An offer stays, as it is, until it is taken; or until a compressed chunk begins."""
    i, waits = unit.i, Signal(name="i_waits")
    before = Signal(len(Value.cast(i.payload)), name="i_before", reset_less=True)
    bench.m.d.sync += [waits.eq(i.valid & ~i.ready), before.eq(i.payload)]
    begins = 0
    if expands:
        expanded = Signal(name="expanded")
        bench.m.d.sync += expanded.eq(unit.expands)
        begins = unit.expands & ~expanded
    bench.assume(~waits | (i.valid & (before == Value.cast(i.payload))) | begins)


def _for_expander(bench, unit, config, fire, work):
    """What the expander's proof assumes: a chunk that has begun goes on to its last beat, which comes in time."""
    within = Signal(name="within_compressed")
    bench.m.d.sync += within.eq(unit.expands & ~(fire & work.last))
    bench.claim("expands_to_its_end", ~within | unit.expands)
    most = config.columns * config.chunk_blocks // compressed_layout(config).together
    bench.claim("ends_in_time", ~unit.expands | unit.ends | (work.beats + 1 < most))


def _work(bench, unit, config, fire):
    """The job taken last, how many beats of its chunk, or of its table, have come, and whether the next is the last."""
    m, job, layout = bench.m, unit.job.payload, b_layout(config)
    work = SimpleNamespace(
        loads=Signal(name="loading"), table=Signal(name="tabling"),
        columns=Signal(range(config.columns + 1), name="columns", reset_less=True),
        last_group=Signal(job.last_group.shape(), name="job_last_group", reset_less=True),
        chunks=Signal(job.last_chunk.shape(), name="chunks_after", reset_less=True),
        last=Signal(name="last"), final=Signal(name="final"),
        compressed=Signal(name="is_compressed_job", reset_less=True),
        channels=max(1, config.b_bits // CHANNEL_BITS), parts=max(1, CHANNEL_BITS // config.b_bits))
    pieces, many = _beats(config)
    work.pieces = Mux(work.compressed, 1, pieces)
    work.groups = Signal(range((1 << layout.group_bits) + 1), name="groups")
    end = Mux(work.final, work.last_group, (1 << layout.group_bits) - 1) * layout.together  # a block of the last beat
    total = Signal(range(config.columns * max((1 << layout.group_bits) * pieces, work.parts) + 1), name="total")
    work.beats = Signal(total.shape(), name="beats")
    m.d.comb += [
        work.final.eq(work.table | (work.chunks == 0)),
        work.groups.eq(Mux(work.compressed, end // many, end // layout.together) + 1),
        total.eq(Mux(work.table, (work.columns + (work.channels - 1)) // work.channels * work.parts,
                     work.columns * work.groups * work.pieces)),
        work.last.eq(work.beats + 1 == total),
    ]
    with m.If(fire):
        m.d.sync += work.beats.eq(Mux(work.last, 0, work.beats + 1))
        with m.If(work.last):
            m.d.sync += work.chunks.eq(work.chunks - 1)
            with m.If(work.final):
                m.d.sync += [work.loads.eq(0), work.table.eq(0)]
    with m.If(unit.job.valid & unit.job.ready):
        m.d.sync += [work.loads.eq(~job.kind & ~job.reuse), work.table.eq(job.kind),
                     work.columns.eq(job.last_column + 1), work.last_group.eq(job.last_group),
                     work.chunks.eq(job.last_chunk)]
        if config.b_n:
            m.d.sync += work.compressed.eq(job.compressed)
    return work


def _beats(config):
    """(beats of a block, blocks of a beat if it is compressed)."""
    layout = b_layout(config)
    many = compressed_layout(config).together if config.b_n else layout.together
    return max(1, layout.block_bits // config.b_bits), many


def _writes(bench, unit, config, fire, work):
    """Beat number k of a chunk is written in the cycle that takes it, where number k belongs."""
    claim, layout, span = bench.claim, b_layout(config), ChunkShape(config)
    column, slot = unit.write.address[:span.columns], unit.write.address[span.columns:]
    per_column = Signal(len(work.beats), name="per_column")
    first = Signal(len(work.beats) + 1, name="first_of_column")
    bench.m.d.comb += [per_column.eq(work.groups * work.pieces), first.eq(column * per_column)]
    writes = fire & work.loads
    claim("column", ~writes | ((first <= work.beats) & (work.beats < first + per_column)))
    claim("slot", ~writes | (slot == unit.loaded[:layout.slot_bits]))
    size = layout.word_bits // layout.parts
    pieces, many = _beats(config)
    for block in range(config.chunk_blocks):
        for k in range(pieces):
            part = span.bank(block) * pieces + k
            number, at = block // layout.together * pieces + k, block % layout.together * layout.block_bits
            data = unit.i.payload.data[at:at + size]
            if config.b_n:
                at = block % many * layout.block_bits + k * size
                number = Mux(work.compressed, block // many, number)
                data = Mux(work.compressed, unit.blocks[at:at + size], data)
            claim(f"enable_{part}", unit.write.enable[part] == (writes & (work.beats == first + number)))
            claim(f"data_{part}", ~unit.write.enable[part] | (unit.write.data.word_select(part, size) == data))


def _table(bench, unit, inside, config, work):
    """Every channel once, in order, as it came. Whether this cycle gives the beat's last one."""
    m, claim, i, out = bench.m, bench.claim, unit.i, unit.parameters
    data = i.payload.data
    number = Signal(range(config.columns + 1), name="channels_given")
    used = -(-sum(USED.values()) // config.b_bits)  # beats of a channel that have anything to say
    if work.parts > 1:
        part = Signal(range(work.parts), name="part_of_channel")
        m.d.comb += part.eq(work.beats % work.parts)
        earlier = [Signal(config.b_bits, name=f"earlier_{k}", reset_less=True) for k in range(used)]
        with m.If(i.valid & i.ready):
            for k in range(used):
                with m.If(part == k):
                    m.d.sync += earlier[k].eq(data)
        gives, word, given = part == used - 1, Cat(*earlier[:-1], data), 1
    else:
        index = Signal(range(work.channels + 1), name="channel_of_beat")
        m.d.comb += index.eq(number - work.beats * work.channels)
        gives, word = 1, data.word_select(index, CHANNEL_BITS) if work.channels > 1 else data
        given = (index == work.channels - 1) | (number + 1 == work.columns)
    claim("channel_given", out.enable == (work.table & i.valid & gives))
    claim("channel_number", ~out.enable | (out.channel == number))
    at = 0
    for name, bits in USED.items():
        claim(name, ~out.enable | (Value.cast(getattr(out, name)).as_unsigned() == word[at:at + bits]))
        at += bits
    done = work.table & i.valid & i.ready & work.last
    m.d.sync += number.eq(Mux(done, 0, number + out.enable))
    claim("every_channel", ~done | (number + out.enable == work.columns))

    # Induction.
    claim("is_number", number == Mux(work.table, inside["column"] + ((inside["piece"] >= used) & (work.parts > 1)), 0))
    if work.parts > 1:
        for now in range(1, used):
            for k in range(now):
                claim(f"earlier_{now}_{k}", ~work.table | (part != now)
                      | (inside["earlier"].word_select(used - 1 - now + k, config.b_bits) == earlier[k]))
    return given

"""A loader, the receiver of s_axis_a: as many beats as the job says, every entry written once, where it belongs.

The trick: two numbers say everything, how many beats of the chunk have come and how many records have been written.
A record is there when the beats' bits reach beyond it; then it is written, a step per cycle, and the steps of every
legal series are a table. Block and column are the number of records, divided; a row of A's words is a product.

What it is connected to: legal jobs; slots are given back after they were loaded, once. `i.ready` is claimed to be an
expression without `i.valid`, so the transmitter may do anything.
"""

from types import SimpleNamespace

from amaranth.hdl import Cat, Const, Mux, Signal

from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.core.records import Records
from tamis.testbench.formal.bench import Bench

__all__ = ["prove_a_loader"]

SLOTS = 2


def prove_a_loader(unit, config):
    """A `tamis.hdl.core.a_loader.ALoader` of that core."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    m, claim = bench.m, bench.claim
    records, cols, bits = Records(config), config.array.cols, config.a_bits
    take = Signal(name="take")
    m.d.comb += take.eq(unit.i.valid & unit.i.ready)

    # Slots.
    loaded, freed = Signal(2, name="chunks_loaded"), Signal(2, name="chunks_freed")
    stored = (loaded - unit.freed)[:2]
    m.d.sync += freed.eq(unit.freed)
    bench.assume((unit.freed - freed)[:2] <= (loaded - freed)[:2])
    claim("loaded", unit.loaded == loaded)
    claim("stored", stored <= SLOTS)

    # The job, and how far it is.
    job = SimpleNamespace(
        active=Signal(name="works"), terms=Signal(3 * ChunkShape(config).code_bits, name="terms", reset_less=True),
        last=Signal(ChunkShape(config).blocks, name="last_of_chunk", reset_less=True),
        chunks=Signal(16 - ChunkShape(config).blocks, name="chunks_after", reset_less=True))
    beats = Signal(range(cols * config.chunk_blocks * records.sizes[-1] // bits + 2), name="beats")
    record = Signal(range(cols * config.chunk_blocks), name="records")
    step = Signal(range(config.m), name="step")
    bench.assume(~unit.job.valid | _legal(config, unit.job.payload.terms.as_value()))
    now = _now(bench, config, job, beats, record, step)
    written = now.there & now.last_step
    beat_done = written & (now.ends_beat | now.ends_chunk)
    job_done = written & now.ends_chunk & (job.chunks == 0)
    with m.If(now.there):
        m.d.sync += step.eq(Mux(now.last_step, 0, step + 1))
    with m.If(take):
        m.d.sync += beats.eq(beats + 1)
    with m.If(written):
        m.d.sync += record.eq(record + now.per_step)
        with m.If(now.ends_chunk):
            m.d.sync += [record.eq(0), beats.eq(0), loaded.eq(loaded + 1), job.chunks.eq(job.chunks - 1)]
    with m.If(unit.job.ready):
        new = unit.job.payload
        m.d.sync += [job.active.eq(unit.job.valid), job.terms.eq(new.terms),
                     Cat(job.last, job.chunks).eq(new.last_block)]
    claim("job_ready", unit.job.ready == (~job.active | job_done))
    claim("ready", unit.i.ready == (job.active & (stored != SLOTS)
                                    & (~now.there | (written & now.ends_beat & ~now.ends_chunk))))
    claim("no_beat_too_many", ~take | (beats < now.total))
    claim("all_beats_have_come", ~(written & now.ends_chunk) | (beats == now.total))
    claim("slot_is_free", ~now.there | (stored != SLOTS))

    word = _word(bench, config, unit.i, take, beats, now)
    _writes(bench, unit, config, now, record, loaded, word)
    _errors(bench, unit, inside, config, take, beats, now, beat_done)

    # Induction: what its counters stand at.
    claim("legal", ~job.active | _legal(config, job.terms))
    beat, group, _ = _some(inside, records)
    claim("at_rest", job.active | ~Cat(beats, record, step, beat, group).any())
    claim("is_active", inside["active"] == job.active)
    claim("is_job", ~job.active | (inside["job"] == Cat(job.last, inside["job"][len(job.last):16], job.terms)))
    claim("is_chunks", ~job.active | (inside["chunks"] == job.chunks))
    claim("is_full", inside["full"] == now.there)
    claim("is_place", record == Cat(inside["column"], inside["block"]))
    claim("in_chunk", ~job.active | (inside["block"] <= now.last_block))
    claim("in_step", (step <= now.steps) & (now.there | (step == 0)))
    for name in ("term", "sub", "first", "base"):
        claim(f"is_{name}", inside[name] == getattr(now, name))
    _positions(bench, inside, config, beats, record, now, word)
    return bench


def _some(inside, records):
    """Registers `beat`, `group` and `early`; without bits where no record has two beats, no beat two groups."""
    long, groups = (max(map(count, records.sizes)) > 1 for count in (records.beats, records.groups))
    return (inside["beat"] if long else Const(0, 1), inside["group"] if groups else Const(0, 1), inside["early"])


def _codes(config, series):
    """A series as the job has it."""
    span = ChunkShape(config)
    return sum(span.codes[n] << k * span.code_bits for k, n in enumerate(series))


def _legal(config, terms):
    return Cat(terms == _codes(config, series) for series in Records(config).series).any()


def _now(bench, config, job, beats, record, step):
    """What is to be done in this cycle."""
    m, span, records = bench.m, ChunkShape(config), Records(config)
    cols, bits, beta = config.array.cols, config.a_bits, config.array.beta
    now = SimpleNamespace(
        size={z: Signal(name=f"size_{z}") for z in records.sizes}, dense=Signal(name="dense"),
        steps=Signal(range(config.m), name="steps"), lanes=Signal(range(beta + 1), name="lanes"),
        row=Signal(range(config.array.rows), name="row"), number=Signal(span.passes, name="pass"),
        entry=Signal(range(config.m), name="entry"),
        term=Signal(2, name="term"), sub=Signal(range(config.m), name="sub"),
        first=Signal(range(config.m), name="first"), base=Signal(span.passes, name="base"),
        there=Signal(name="there"), per_step=Signal(range(cols + 1), name="per_step"),
        total=Signal(range(cols * config.chunk_blocks * records.sizes[-1] // bits + 2), name="total"),
        last_block=Signal(span.blocks, name="last_block"), ends_beat=Signal(name="ends_beat"))
    block = record[cols.bit_length() - 1:]
    with m.Switch(job.terms):
        for series in records.series:
            with m.Case(_codes(config, series)):
                todo = [(t, n, sub) for t, n in enumerate(series) for sub in range(max(1, n // beta))]
                m.d.comb += [now.size[config.record_bits(series)].eq(1), now.dense.eq(records.is_dense(series)),
                             now.steps.eq(len(todo) - 1)]
                with m.Switch(step):
                    for k, (t, n, sub) in enumerate(todo):
                        code, before = span.codes[n], series[:t]
                        base = sum(earlier // config.array.rows_per_block for earlier in before)
                        with m.Case(k):
                            m.d.comb += [
                                now.term.eq(t), now.sub.eq(sub), now.base.eq(base), now.lanes.eq(min(n, beta)),
                                now.first.eq(sum(before) + sub * min(n, beta)),
                                now.row.eq(span.group_of(block, code) * n + sub * beta),
                                now.number.eq(base + span.pass_of(block, code))]
    m.d.comb += [now.last_block.eq(Mux(job.chunks == 0, job.last, config.chunk_blocks - 1))]
    for z in records.sizes:
        with m.If(now.size[z]):
            m.d.comb += [
                now.per_step.eq(records.per_step(z)),
                now.there.eq(job.active & (beats * bits >= (record + records.per_step(z)) * z)),
                now.ends_beat.eq(beats * bits == (record + records.per_step(z)) * z),
                now.total.eq(((now.last_block + 1) * (cols * z) + (bits - 1)) // bits)]
    now.last_step = step == now.steps
    now.ends_chunk = record + now.per_step == (now.last_block + 1) * cols
    return now


def _word(bench, config, i, take, beats, now):
    """The bits of the beat, or of the beats of a record, that came last."""
    records = Records(config)
    most = records.beats(records.sizes[-1])
    word = Signal(most * config.a_bits, name="word", reset_less=True)
    part = Signal(range(most), name="part")
    for z in records.sizes:
        with bench.m.If(now.size[z]):
            bench.m.d.comb += part.eq(beats[:records.beats(z).bit_length() - 1])
    with bench.m.If(take):
        bench.m.d.sync += word.word_select(part, config.a_bits).eq(i.payload.data)
    return word


def _writes(bench, unit, config, now, record, loaded, word):
    """A step writes its entries of its records; that is where it writes, what, and all."""
    claim, array, span = bench.claim, config.array, ChunkShape(config)
    cols, beta = array.cols, array.beta
    column, lane0 = record[:cols.bit_length() - 1], now.row % beta
    address = Cat((now.row // beta)[:span.words], now.number, loaded[0])
    claim("address", ~now.there | (unit.write.address == address))
    bits = array.a_width + array.index_width
    for i in range(cols):
        mine = (column <= i) & (i < column + now.per_step)
        for lane in range(beta):
            at = i * beta + lane
            enable = unit.write.enable[at]
            claim(f"enable_{at}", enable == (
                now.there & mine & (lane0 <= lane) & (lane < lane0 + now.lanes)))
            entry = Signal(range(config.m), name=f"entry_{at}")
            bench.m.d.comb += entry.eq(now.first + lane - lane0)
            data = unit.write.data.word_select(at, bits)
            for z, is_size in now.size.items():
                own = (word.word_select((record + (i - column))[:max(0, (config.a_bits // z).bit_length() - 1)], z)
                       if z < config.a_bits else word[:z])
                whole = Cat(own.word_select(entry, array.a_width), entry)
                part = own.word_select(entry, bits)
                claim(f"data_{at}_{z}", ~enable | ~is_size | (data == Mux(now.dense, whole, part)))


def _errors(bench, unit, inside, config, take, beats, now, beat_done):
    """TKEEP or TLAST in a wrong place is an error as soon as the beat's records have been written."""
    m, claim, records = bench.m, bench.claim, Records(config)
    in_hand, seen = Signal(name="wrong_in_hand"), Signal(name="seen")
    final = beats + 1 == now.total
    fills = all(config.array.cols * z >= config.a_bits for z in records.sizes)  # a chunk fills its last beat, always
    whole = unit.i.payload.keep.all()
    wrong = (unit.i.payload.last != final) | (~whole & (~final | fills))
    m.d.sync += [in_hand.eq((in_hand & ~beat_done) | (take & wrong)), seen.eq(seen | (beat_done & in_hand))]
    claim("error", unit.error == seen)

    # Induction.
    last, kept = inside["last"], inside["whole"]
    beat, _, early = _some(inside, records)
    final = beats == now.total
    claim("is_wrong", ~now.there | (in_hand == (early | (last != final) | (~kept & (~final | fills)))))
    claim("is_early", now.there | (in_hand == (early & beat.any())))
    claim("never_early", ~early | (max(map(records.beats, records.sizes)) > 1))


def _positions(bench, inside, config, beats, record, now, word):
    """Induction: between beats and records, and what `hold` has."""
    claim, records = bench.claim, Records(config)
    cols, bits, hold = config.array.cols, config.a_bits, inside["hold"]
    beat, group, _ = _some(inside, records)
    for z, is_size in now.size.items():
        many = records.beats(z)
        if many > 1:
            claim(f"beats_{z}", ~is_size | (beats == Mux(now.there, (record + 1) * many, record * many + beat)))
            claim(f"beat_{z}", ~is_size | (Mux(now.there, beat == 0, beat < many)))
            for b in range(many):
                claim(f"hold_{z}_{b}", ~is_size | ~(now.there | (beat > b))
                      | (hold.word_select(b, bits) == word.word_select(b, bits)))
            continue
        claim(f"beat_{z}", ~is_size | (beat == 0))
        per_beat, per_step = bits // z, records.per_step(z)
        claim(f"beats_{z}", ~is_size | (record // per_beat + now.there == beats))
        claim(f"between_{z}", ~is_size | Mux(now.there, record % per_step == 0, record % per_beat == 0))
        for g in range(records.groups(z)):
            here = is_size & now.there & (group == g)
            claim(f"hold_{z}_{g}", ~here | (hold[:bits - g * cols * z] == word[g * cols * z:bits]))
        claim(f"group_{z}", ~is_size | (group == record // cols % records.groups(z)))

"""The output stage, whose `c` is m_axis_c: AXI4-Stream's rules, a tile's bytes and its TLAST; `Pack` gets legal words.

The trick: how many columns of sums have been read, and what each part holds of them, say how many bytes have left, so
where TLAST must be. Nothing is claimed of what the bytes say, and the multipliers do not matter.

Legal tiles; the sums that were read stay until the next read, as the accumulators' memory gives them.
"""

import itertools
from types import SimpleNamespace

from amaranth.hdl import Array, Cat, Const, Mux, Signal

from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.hdl.core.descriptor import job_layout
from tamis.hdl.core.encode import sas_word, series_word
from tamis.hdl.core.requantise import Requantise
from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import held

__all__ = ["prove_output"]



def prove_output(unit, config):
    """A `tamis.hdl.core.output.OutputStage` of that core; M = 2, 4, 8 or 16."""
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    m, claim, c, tile = bench.m, bench.claim, unit.c, unit.tile
    lanes, count, groups = config.out_lanes, config.c_bits // 8, config.array.cols // config.out_lanes

    _legal(bench, unit, config)
    new = tile.payload.job

    # The tile, what was read of it, the bytes that left.
    busy, mode = Signal(name="tile_inside"), Signal(2, name="tile_mode", reset_less=True)
    columns = Signal(range(config.columns + 1), name="columns", reset_less=True)
    once_more = max(0, config.m.bit_length() - 2)  # columns that are read before the others, for SAS
    most = (config.columns + once_more) * groups
    reads, total = Signal(range(most + 1), name="reads"), Signal(range(most + 1), name="total_reads")
    left = Signal(range(4 * lanes * most + 1), name="bytes_left")
    first, kept = (Signal(range(config.m + 1), name=name, reset_less=True) for name in ("first_term", "entries_kept"))
    size = Signal(range(_widest(config).bit_length()), name="word_size")  # log2 of bytes
    end = Signal(left.shape(), name="bytes_of_tile")
    keep, last = c.payload.keep, c.valid & c.payload.last
    given = sum(keep[k] for k in range(count))
    dense, record = config.blocks_per_beat * config.record_bits([config.m]), config.record_bits([1])
    series = Array(_log(config.record_bits([1] * max(1, k)) // 8) for k in range(config.m + 1))[kept]
    m.d.comb += [
        total.eq((columns + Mux(mode == SAS, once_more, 0)) * groups),
        size.eq(Mux(mode == RAW, _log(4 * lanes), Mux(mode == SAS, _log(lanes * record // 8), Mux(
            first == config.m, _log(dense // 8), series)))),
        end.eq(Mux(mode == SERIES, columns * config.array.cols // (config.m * config.blocks_per_beat),
                   columns * groups) << size),
    ]
    with m.If(unit.read.enable):
        m.d.sync += reads.eq(reads + 1)
    with m.If(c.valid & c.ready):
        m.d.sync += left.eq(left + given)
        with m.If(c.payload.last):
            m.d.sync += [busy.eq(0), left.eq(0), reads.eq(0)]
    with m.If(tile.valid & tile.ready):
        m.d.sync += [busy.eq(1), mode.eq(new.mode), columns.eq(new.columns), first.eq(new.o0),
                     kept.eq(new.o0 + new.o1 + new.o2)]
    claim("one_tile", tile.ready == ~busy)
    claim("busy", unit.busy == busy)
    claim("reads", ~unit.read.enable | (busy & (reads < total)))
    held(bench, c, "c")
    claim("only_of_a_tile", ~c.valid | busy)
    claim("last", ~c.valid | (c.payload.last == (left + given == end)))
    claim("all_read", ~last | (reads == total))
    claim("some", ~c.valid | keep[0])
    claim("contiguous", ~c.valid | ((keep & (keep + 1)) == 0))
    claim("whole_unless_last", ~c.valid | c.payload.last | keep.all())
    for k in range(count):
        claim(f"zero_{k}", ~c.valid | keep[k] | (c.payload.data.word_select(k, 8) == 0))
    _inside(bench, inside, config, SimpleNamespace(
        busy=busy, mode=mode, columns=columns, reads=reads, total=total, left=left, size=size, given=given,
        first=first, kept=kept, prime=Mux(mode == SAS, once_more * groups, 0), once_more=once_more,
        column=unit.read.column), c)
    return bench


def _legal(bench, unit, config):
    """Tiles that the core's refusals let through, and a memory in front."""
    new = unit.tile.payload.job
    bench.assume((new.mode != 3) & (new.columns > 0) & (new.columns <= config.columns))
    bench.assume((new.mode != SERIES) | ((new.columns % config.m == 0) & (new.o0 > 0)
                                         & (new.o0 + new.o1 + new.o2 <= config.m)
                                         & (config.encodes | (new.o0 == config.m))))
    bench.assume((new.mode != SAS) | (new.columns >= config.m.bit_length() - 1))
    before = Signal(unit.read.data.shape(), name="data_before", reset_less=True)
    fresh = Signal(name="fresh", reset_less=True)
    bench.m.d.sync += [before.eq(unit.read.data), fresh.eq(unit.read.enable)]
    bench.assume(fresh | (unit.read.data == before))


def _inside(bench, inside, config, now, c):
    """Induction: what each part holds; and, for `tamis.testbench.formal.pack`, that the words are legal."""
    claim, lanes, count = bench.claim, config.out_lanes, config.c_bits // 8
    groups, size = config.array.cols // lanes, 1 << now.size
    raw, series, sas = (now.mode == mode for mode in (RAW, SERIES, SAS))
    job = job_layout(config)(inside["job"])
    claim("mode", ~now.busy | (job.mode == now.mode))
    claim("terms", ~now.busy | ~series | ((job.o0 == now.first) & (job.o0 + job.o1 + job.o2 == now.kept)))
    claim("a_mode", ~now.busy | (now.mode != 3))
    claim("some_columns", ~now.busy | ((now.columns != 0) & (now.columns <= config.columns)))
    claim("whole_blocks", ~now.busy | ~series | ((now.columns % config.m == 0) & (now.first > 0)
                                                  & (now.kept <= config.m) & (now.first <= now.kept)))
    claim("encodes", ~now.busy | ~series | config.encodes | (now.first == config.m))
    claim("enough_columns", ~now.busy | ~sas | (now.columns >= config.m.bit_length() - 1))

    # The drain, then the requantiser's registers: the number of the beat in each follows from how many are before it.
    active, column = inside["drain.active"], now.column
    group = inside["drain.group"] if groups > 1 else Const(0)
    tile = inside["drain.tile"]
    bits = len(column)
    claim("tile_columns", ~now.busy | (tile[:bits] + 1 == now.columns))
    claim("tile_mode", ~now.busy | (tile[bits + 1:] == now.mode))
    claim("active", active == (now.busy & (now.reads != now.total)))
    low = config.m.bit_length() - 1
    prime = now.reads < now.prime
    plain = (column + Mux(prime, now.once_more, Mux(sas, now.once_more, 0))) * groups + group
    at = Mux(series, ((column >> low) * groups + group) * config.m + column[:low], plain)
    claim("position", ~active | (now.reads + Mux(prime, now.columns * groups, 0) == at))
    claim("reads_bounded", (now.reads <= now.total) & (now.busy | (now.reads == 0)))
    claim("prime", ~now.busy | (inside["drain.prime"] == prime))
    beats = now.reads
    stages = [("drain.valid", "drain.tag"),
              *((f"requantise.valid_{k}", f"requantise.tag_{k}") for k in range(Requantise.latency))]
    out = []
    for k, (valid, tag) in enumerate(stages):
        valid, tag = inside[valid], inside[tag]
        claim(f"stage_{k}", ~valid | (now.busy & (beats != 0) & (tag == Cat(beats <= now.prime, beats == now.total))))
        if k:
            claim(f"not_raw_{k}", ~valid | ~raw)
        beats = (beats - valid)[:len(now.reads)]
        out.append(beats)

    # The transposer.
    left, last = inside["transpose.left"], inside["transpose.last"]
    leaving = sum(left[k] for k in range(len(left)))
    columns = out[-1] >> low
    claim("count", inside["transpose.count"] == Mux(series, out[-1][:low], 0))
    claim("thermometer", (left & (left + 1)) == 0)
    claim("transposed", ~left.any() | (now.busy & series & (columns != 0) & (last == (columns << low == now.total))))

    # The series' encoder.
    inside_tasd = inside["series.tasd.o__valid"] if config.encodes else Const(0)
    claim("tasd", ~inside_tasd | (now.busy & series & (now.first != config.m)))
    if config.encodes:
        for a, b in itertools.combinations(range(config.m), 2):
            one, two = (inside[f"series.tasd.element_{k}"].as_signed() for k in (a, b))
            claim(f"beats_{a}_{b}", ~inside_tasd | (inside[f"series.tasd.beats_{a}_{b}"] == (abs(one) >= abs(two))))
        claim("tasd_last", ~inside_tasd | (inside["series.last"] == (~left.any() & (columns << low == now.total))))

    # Pack: the bytes of the words that it has taken are in it or have left.
    words = Mux(series, columns * len(left) - leaving - inside_tasd,
                Mux(raw, out[0], Mux(out[-1] < now.prime, 0, out[-1] - now.prime)))
    here, full, keep = inside["pack.at"], c.valid, c.payload.keep
    part = inside["pack.part"] if _widest(config) > config.c_bits else Const(0)  # of a word that needs more than a beat
    claim("bytes", (words << now.size) + part * count == now.left + Mux(full, now.given, here))
    claim("left_in_beats", now.left % count == 0)
    claim("at", ~full | (here == 0))
    claim("at_words", (here & (Mux(size < count, size, count) - 1)) == 0)
    claim("part", (part == 0) | (now.busy & (part * count < size)))
    claim("keep_so_far", (here == 0) | (keep == (1 << here) - 1))
    for k in range(count):
        claim(f"zero_so_far_{k}", (here == 0) | keep[k] | (c.payload.data.word_select(k, 8) == 0))
    claim("at_rest", now.busy | ~Cat(here, part, now.left).any())

    # Its words.
    levels = _log(_widest(config) // 8)
    chosen = SimpleNamespace(valid=inside["chosen_valid"], ready=inside["pack.i__ready"], payload=inside["chosen"])
    held(bench, chosen, "word")
    claim("word_size", ~chosen.valid | (now.busy & (chosen.payload[-1 - levels:-1] == (size - 1)[:levels])))


def _widest(config):
    """Bits of the widest word."""
    return max(32 * config.out_lanes, series_word(config), sas_word(config))


def _log(number):
    return number.bit_length() - 1

"""testbench/formal: the quick proofs hold, and designs that are broken in one place do not."""

import json
from dataclasses import replace

import pytest
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from click.testing import CliRunner

import tamis.hdl.core.b_expand
import tamis.hdl.units.mvue
import tamis.hdl.units.tasd
from tamis.hdl.core.a_loader import ALoader
from tamis.hdl.core.b_expand import BExpand
from tamis.hdl.core.b_loader import BLoader
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.pack import Pack
from tamis.hdl.lib.axi_lite import AXILite
from tamis.hdl.lib.fifo import Fifo
from tamis.hdl.lib.queue import Queue
from tamis.hdl.lib.ram import Ram
from tamis.hdl.units.compress import CompressConfig, Compressor
from tamis.hdl.units.condensed import CondensedConfig, CondensedUnit
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.mvue import MVUEConfig, MVUEUnit
from tamis.hdl.units.sas import SASConfig, SASIndexUnit
from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.hdl.units.tasd_pool import TASDPool, TASDPoolConfig
from tamis.testbench.formal import __main__ as command
from tamis.testbench.formal import (
    a_loader,
    axi,
    b_expand,
    b_loader,
    condensed,
    fifo,
    mvue,
    output,
    pack,
    pool,
    queue,
    runner,
    sas,
    single,
    tasd,
)
from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake
from tamis.testbench.formal.proofs import PROOFS
from tamis.testbench.formal.runner import FormalError, prove

QUICK = ["tasd-rank-4-int4", "tasd-tree-4-int4", "sas-4-2-8", "mvue-1in2-int4-k8", "decompress-2in4-index-int8",
         "compress-2in4-pairs-int8", "pool-tree-4-int4-3x1", "pool-tree-8-16x2-keeps-up",
         "tasd-agree-4-int4", "queue-2", "fifo-4", "pack-128-32", "a-loader-tiny-n2", "b-loader-tiny-n2",
         "b-expand-tiny-n2", "b-expand-4in8-32", "output-n2-128", "axi-lite"]
pytestmark = pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")  # of units that only give ports


@pytest.mark.parametrize("name", QUICK)
def test_quick_proofs_hold(name):
    proof, = (proof for proof in PROOFS if proof.name == name)
    verdict = prove(proof.bench(), depth=proof.depth, unbounded=proof.unbounded)
    assert (verdict.state, verdict.failed) == ("holds", ())


def fails(bench, *claims, cycles=7):
    """A run from reset of that many cycles breaks one of these claims."""
    verdict = prove(bench, depth=cycles, unbounded=False)
    assert verdict.state == "fails"
    assert set(verdict.failed) & set(claims), verdict.failed


def test_tree_with_ties_to_the_higher_index(monkeypatch):
    right = tamis.hdl.units.tasd.largest

    def wrong(m, block, pending):
        return tuple(Cat(*reversed(list(bits))) for bits in right(m, block[::-1], Cat(*reversed(list(pending)))))

    monkeypatch.setattr(tamis.hdl.units.tasd, "largest", wrong)
    fails(tasd.prove_tree(TASDUnit(TASDConfig(m=4, width=4, style="tree"))), *(f"tree_before_{k}" for k in range(4)))


def test_rank_with_ties_to_the_higher_index():
    class Wrong(TASDUnit):
        """Its first two places are exchanged where they hold equal magnitudes."""

        def elaborate(self, platform):
            m, right = around(self, TASDUnit)
            one, two = (right.o.payload.entries[k] for k in range(2))
            with m.If((one.value == two.value) | (one.value == -two.value)):
                m.d.comb += [Value.cast(self.o.payload.entries[0]).eq(two),
                             Value.cast(self.o.payload.entries[1]).eq(one)]
            return m

    fails(tasd.prove_rank(Wrong(TASDConfig(m=4, width=4))), "rank_tie_0")


def around(self, kind):
    """A module that passes everything on to the right unit and back, for more statements to spoil."""
    m = Module()
    m.submodules.right = right = kind(self.config)
    wiring.connect(m, wiring.flipped(self.i), right.i)
    wiring.connect(m, wiring.flipped(self.o), right.o)
    m.d.comb += self.error.eq(right.error)
    return m, right


class Takes(Decompressor):
    """Says that it is ready while its register is full: a beat is lost under a stall."""

    def elaborate(self, platform):
        m, _ = around(self, Decompressor)
        m.d.comb += self.i.ready.eq(1)
        return m


class Drops(Decompressor):
    """Gives up a beat after three cycles of waiting."""

    def elaborate(self, platform):
        m, right = around(self, Decompressor)
        waited = Signal(2)
        m.d.sync += waited.eq(Mux(self.o.valid & ~self.o.ready, waited + 1, 0))
        with m.If(waited == 3):
            m.d.comb += [self.o.valid.eq(0), right.o.ready.eq(1)]
        return m


class Repeats(Decompressor):
    """Gives a beat twice if it had to wait for its transfer."""

    def elaborate(self, platform):
        m, right = around(self, Decompressor)
        waited = Signal()
        m.d.sync += waited.eq(self.o.valid & ~self.o.ready)
        with m.If(waited):
            m.d.comb += right.o.ready.eq(0)
        return m


class Wavers(Decompressor):
    """Its beat changes while it waits."""

    def elaborate(self, platform):
        m, right = around(self, Decompressor)
        with m.If(self.i.valid & ~self.o.ready):
            m.d.comb += self.o.payload.illegal.eq(~right.o.payload.illegal)
        return m


class Hangs(Decompressor):
    """Says nothing after a stall."""

    def elaborate(self, platform):
        m, right = around(self, Decompressor)
        hung = Signal()
        with m.If(self.i.valid & ~self.i.ready):
            m.d.sync += hung.eq(1)
        with m.If(hung):
            m.d.comb += [self.o.valid.eq(0), right.o.ready.eq(0)]
        return m


class Remembers(Decompressor):
    """Its output survives a reset."""

    def elaborate(self, platform):
        m, right = around(self, Decompressor)
        late = Signal(reset_less=True)
        m.d.sync += late.eq(right.o.valid & ~self.o.ready)
        m.d.comb += self.o.valid.eq(right.o.valid | late)
        return m


@pytest.mark.parametrize(("unit", "claims"), [
    (Takes, ["o_owed_bounded"]),
    (Drops, ["o_valid_stays"]),
    (Repeats, ["o_nothing_from_nothing"]),
    (Wavers, ["o_payload_stays"]),
    (Hangs, ["o_in_time", "o_valid_stays"]),
    (Remembers, ["o_nothing_after_reset"]),
])
def test_streams_that_lose_repeat_or_change_beats(unit, claims):
    bench, unit = Bench(), unit(DecompressConfig(width=2))
    bench.place("unit", unit)
    bench.roam(unit)
    handshake(bench, unit.i, unit.o, most=1, latency=1)
    fails(bench, *claims)


def test_a_beat_that_overtakes():
    class Overtaken(Decompressor):
        """A beat that comes during a stall goes in front."""

        def elaborate(self, platform):
            m, _ = around(self, Decompressor)
            second = Signal(self.i.payload.shape(), reset_less=True)
            m.d.sync += second.eq(self.i.payload)
            with m.If(self.i.valid & self.o.valid):
                m.d.comb += Value.cast(m.submodules.right.i.payload).eq(second)
            return m

    fails(single.prove_decompress(Overtaken(DecompressConfig(width=2))), "element_0", "element_1", "element_2",
          "element_3", "illegal")


def test_sas_that_forgets_the_circle(monkeypatch):
    right = SASIndexUnit._entries

    def wrong(self, m, beat, signs):
        for k, (value, index) in enumerate(right(self, m, beat, signs)):
            yield value, index & (1 if k == 0 else 3)

    monkeypatch.setattr(SASIndexUnit, "_entries", wrong)
    fails(sas.prove_sas(SASIndexUnit(SASConfig(m=4, width=2, lanes=2, max_channels=8))), "index_0")


def test_compressor_whose_entries_are_exchanged():
    class Wrong(Compressor):
        def elaborate(self, platform):
            m, right = around(self, Compressor)
            m.d.comb += [Value.cast(self.o.payload.entries[k]).eq(right.o.payload.entries[1 - k]) for k in range(2)]
            return m

    fails(single.prove_compress(Wrong(CompressConfig(width=2))), "increasing_1")


def test_mvue_that_keeps_the_wrong_one(monkeypatch):
    right = tamis.hdl.units.mvue.pruned_pair

    def wrong(m, pair, u, *, name):
        (value, second), = right(m, pair, u, name=name)
        return [(value, second ^ (u == 1))]

    monkeypatch.setattr(tamis.hdl.units.mvue, "pruned_pair", wrong)
    fails(mvue.prove_mvue(MVUEUnit(MVUEConfig(width=2, u_bits=8, lanes=1))), "choice_0", "value_0", "never_a_zero_0")


def test_condensed_that_writes_over_a_vector():
    class Wrong(CondensedUnit):
        def elaborate(self, platform):
            m, right = around(self, CondensedUnit)
            wiring.connect(m, wiring.flipped(self.x), right.x)
            m.d.comb += self.x.ready.eq(1)
            return m

    config = CondensedConfig(lanes=1, ports=1, max_d=2, max_k=2, max_n=2, w_width=2, x_width=2, acc_width=5)
    fails(condensed.prove_condensed(Wrong(config)), "vector_is_gone", cycles=6)


def test_queue_that_is_longer_than_it_says():
    fails(queue.prove_queue(Queue(width=2, depth=2), 1), "o_in_time")


class ReadsOld(Fifo):
    """A word that enters an empty FIFO does not pass through the memory."""

    def __init__(self, *, width, depth, make):
        super().__init__(width=width, depth=depth,
                         make=lambda role, create, name=None: make(role, lambda: Ram(width=width, depth=depth), name))


class Overflows(Fifo):
    """Says that it is ready when it is full."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.i.ready.eq(1)
        return m


@pytest.mark.parametrize(("kind", "claims"), [(ReadsOld, ["word"]), (Overflows, ["ready_unless_full"])])
def test_fifo_that_reads_the_old_word_or_overflows(kind, claims):
    fails(fifo.prove_fifo(kind, width=2, depth=2), *claims)


class KeepsAll(Pack):
    """TKEEP is all ones in a tile's last beat too."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.o.payload.keep.eq(~0)
        return m


class TakesAtOnce(Pack):
    """A word is taken with its first piece."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        return m


@pytest.mark.parametrize(("unit", "claims"), [(KeepsAll, ["keep"]), (TakesAtOnce, ["taken_with_its_last_piece"])])
def test_pack_that_keeps_all_or_loses_pieces(unit, claims):
    fails(pack.prove_pack(unit(word=64, bits=32), 64, 32), *claims)


def without_a_job(kind):
    class Greedy(kind):
        """Takes beats when no job wants them, too."""

        def elaborate(self, platform):
            m = super().elaborate(platform)
            m.d.comb += self.i.ready.eq(1)
            return m

    return Greedy


def that_writes_again(kind):
    class Again(kind):
        """Writes once more a cycle later."""

        def elaborate(self, platform):
            m = super().elaborate(platform)
            wrote, first = Signal(), self.write.enable[0]
            m.d.sync += wrote.eq(first)
            m.d.comb += first.eq(wrote)
            return m

    return Again


@pytest.mark.parametrize(("wrong", "claim"), [(without_a_job, "ready"), (that_writes_again, "enable_0")])
@pytest.mark.parametrize(("kind", "bench"), [(ALoader, a_loader.prove_a_loader), (BLoader, b_loader.prove_b_loader)])
def test_loaders_that_take_or_write_too_much(wrong, claim, kind, bench):
    config = CoreConfig.preset("tiny-n:2")
    fails(bench(wrong(kind)(config), config), claim)


class PassesMasks(BExpand):
    """Masks go on to the loader, too."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.o.valid.eq(self.i.valid)
        return m


class KeepsMasks(BExpand):
    """What a chunk leaves of its masks serves the next one."""

    def elaborate(self, platform):
        ends, self.ends = self.ends, Const(0, 1)
        m = super().elaborate(platform)
        self.ends = ends
        return m


@pytest.mark.parametrize(("unit", "claims"), [(PassesMasks, ["masks_stay"]), (KeepsMasks, ["masks_stay", "has"])])
def test_expander_that_passes_or_keeps_masks(unit, claims):
    config = CoreConfig.preset("tiny-n:2")
    fails(b_expand.prove_b_expand(unit(config), config), *claims)


def test_expander_whose_elements_are_exchanged(monkeypatch):
    right = tamis.hdl.core.b_expand.reaching

    def wrong(m, config, payload):
        terms, good = right(m, config, payload)
        return terms[::-1], good

    monkeypatch.setattr(tamis.hdl.core.b_expand, "reaching", wrong)
    config = CoreConfig.preset("tiny-n:2")
    fails(b_expand.prove_b_expand(BExpand(config), config), *(f"element_{k}_{j}" for k in range(4) for j in range(2)))


def test_output_stage_that_ends_a_tile_with_every_beat():
    class Wrong(OutputStage):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            m.d.comb += self.c.payload.last.eq(1)
            return m

    config = CoreConfig.preset("tiny-n:2", columns=4, out_lanes=1)
    fails(output.prove_output(Wrong(config), config), "last")


def test_axi_lite_that_hides_a_read_error():
    class Wrong(AXILite):
        def elaborate(self, platform):
            m = Module()
            m.submodules.right = right = AXILite(bits=4)
            wiring.connect(m, wiring.flipped(self.axi), right.axi)
            wiring.connect(m, right.write, wiring.flipped(self.write))
            m.d.comb += [self.read.word.eq(right.read.word), right.read.data.eq(self.read.data)]
            return m

    fails(axi.prove_axi_lite(Wrong(bits=4)), "rresp")


def test_a_tree_too_few_stalls():
    config = TASDPoolConfig(unit=TASDConfig(m=4, width=2, style="tree"), units=3, blocks_per_cycle=1)
    fails(pool.prove_keeps_up(TASDPool(config)), "never_stalls")


def test_what_only_an_unreachable_state_breaks_is_unknown():
    bench = Bench()
    count = Signal(3)
    with bench.m.If(count < 3):
        bench.m.d.sync += count.eq(count + 1)
    bench.claim("below_6", count < 6)
    with bench.m.If(count == 5):
        bench.m.d.sync += count.eq(6)
    assert prove(bench, depth=1).state == "unknown"
    assert prove(bench, depth=1, unbounded=False).state == "holds"


def test_registers_start_with_anything():
    bench = Bench()
    memory = Signal(reset_less=True)
    bench.m.d.sync += memory.eq(memory)
    bench.claim("zero", ~memory)
    assert prove(bench, depth=2, unbounded=False).failed == ("zero",)


def test_memories_start_with_anything():
    bench = Bench()
    bench.m.submodules.memory = memory = Memory(shape=1, depth=2, init=[])
    bench.claim("zero", ~memory.read_port(domain="comb").data)
    assert prove(bench, depth=2, unbounded=False).failed == ("zero",)


def test_assumptions_that_contradict_each_other_prove_nothing():
    bench = Bench()
    free = bench.constant("free", 1)
    bench.claim("false", 0)
    bench.assume(free)
    bench.assume(~free)
    with pytest.raises(FormalError, match="no verdict"):
        prove(bench, depth=2, unbounded=False)


def test_a_missing_tool_is_named(monkeypatch):
    monkeypatch.setitem(runner.SOLVERS, "z3", "no-such-solver")
    with pytest.raises(FormalError, match=r"^no-such-solver is missing: pip install 'tamis\[formal\]'$"):
        prove(Bench(), depth=1, solver="z3")


def test_command(tmp_path):
    run = CliRunner().invoke
    assert "tasd-rank-4-int4: " in run(command.main, ["--list"]).output
    result = run(command.main, ["nonsense"])
    assert (result.exit_code, "no proof has 'nonsense' in its name" in result.output) == (2, True)
    result = run(command.main, ["tasd-rank-4-int4", "--solver", "z3", "--json", str(tmp_path / "proofs.json")])
    assert result.exit_code == 0 and "tasd-rank-4-int4: holds" in result.output
    proof, = json.loads((tmp_path / "proofs.json").read_text())
    assert (proof["proof"], proof["bound"], proof["verdict"]) == ("tasd-rank-4-int4", "unbounded, k = 1", "holds")


def test_proofs_that_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proof, or a bench without a claim: never exit status 0."""
    with pytest.raises(FormalError, match="the bench has no claim"):
        prove(Bench(), depth=1)
    empty = replace(PROOFS[0], name="empty", bench=Bench)
    monkeypatch.setattr(command, "PROOFS", [empty])
    result = CliRunner().invoke(command.main, [])
    assert (result.exit_code, "empty: no verdict: the bench has no claim" in result.output) == (2, True)
    monkeypatch.setattr(command, "PROOFS", [])
    result = CliRunner().invoke(command.main, [])
    assert (result.exit_code, result.output) == (1, "Error: there is no proof to run\n")

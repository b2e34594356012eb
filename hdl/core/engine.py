"""The front half of the core: streams of A and B in, finished tiles of C in the accumulators.

    job --> B loader --+--> [queue] --> A loader ----> A buffer ----.
                       +--> [queue] --> sequencer ----------------> array --> accumulators <-- read
                       +--> [queue] --------------------------------------------> tile
    b -> B expander -> B loader -> B buffer -> select ---------------^

Loading, computing and draining overlap, over the borders of jobs. All jobs are legal (`hdl.core.job.Refusal`). B's
expander is there if B may come compressed.
"""

from functools import partial

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.array.array import Array
from tamis.hdl.core.a_buffer import ABuffer
from tamis.hdl.core.a_loader import ALoader
from tamis.hdl.core.accumulators import Accumulators, read_signature
from tamis.hdl.core.b_buffer import BBuffer
from tamis.hdl.core.b_expand import BExpand
from tamis.hdl.core.b_loader import BLoader, parameter_signature
from tamis.hdl.core.job import Span, job_layout, work_of
from tamis.hdl.core.sequencer import Sequencer
from tamis.hdl.core.words import b_layout, beat_layout
from tamis.hdl.lib.count import moved
from tamis.hdl.lib.place import real_submodule
from tamis.hdl.lib.queue import Queue
from tamis.hdl.lib.unread import unread

__all__ = ["Engine", "event_layout"]

QUEUE = 4
A_QUEUE = 2
OUTPUT_FIELDS = ("columns", "mode", "o0", "o1", "o2", "relu", "zero_point")


def event_layout(config):
    """What happens in a cycle, for counters.

    run: a column of B enters the array; pass_start, term_start: a pass, a term of a chunk starts; wait_a, wait_b,
    wait_c: a job is there, nothing runs, and A's chunk, B's chunk, a bank of accumulators is not there, possibly more
    than one; overflows: accumulators that overflowed.
    """
    return StructLayout({"run": 1, "pass_start": 1, "term_start": 1, "wait_a": 1, "wait_b": 1, "wait_c": 1,
                         "overflows": range(config.array.cols + 1)})


class Engine(wiring.Component):
    """From jobs and operands to tiles.

    Parameters
    ----------
    config : CoreConfig
    place : callable
        How children are put in, see `tamis.hdl.lib.place`.

    Members
    -------
    job : In(stream of `job_layout`)
        Legal ones, tables among them.
    a, b : In(stream of {data, keep, last})
    parameters : Out {enable, channel, bias, multiplier, shift}
        A table's channels; all earlier tiles have been drained then.
    tile : Out(stream of {job, bank})
        A finished tile of C: of its job's fields those that the output needs, the others zero; its bank.
    read : In {enable, bank, column; data}
        Its sums, cols x 32 bits, a cycle later.
    drained : In(1)
        The oldest tile's bank is given back.
    idle : Out(1)
        Nothing is on its way; what has been taken is drained.
    events : Out
        `event_layout`.
    a_error, b_error : Out(1)
        TKEEP or TLAST was not as the job has it. Stay set until reset.
    b_illegal : Out(1)
        In this cycle a block of compressed B with an illegal mask was taken, as zeros.
    """

    def __init__(self, config, *, place=real_submodule):
        self._config, self._place = config, place
        super().__init__({
            "job": In(stream.Signature(job_layout(config))),
            "a": In(stream.Signature(beat_layout(config.a_bits))),
            "b": In(stream.Signature(beat_layout(config.b_bits))),
            "parameters": Out(parameter_signature(config)),
            "tile": Out(stream.Signature(StructLayout({"job": job_layout(config), "bank": 1}))),
            "read": In(read_signature(config)),
            "drained": In(1),
            "idle": Out(1),
            "events": Out(event_layout(config)),
            "a_error": Out(1), "b_error": Out(1), "b_illegal": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, place, span = self._config, self._place, Span(self._config)
        a_there, s_there, t_there = (Signal(name=f"{name}_room") for name in ("a", "sequencer", "tile"))
        freed_a = Signal(2)
        freed_b = Signal((2 * config.b_slots - 1).bit_length())

        expands = config.b_n > 0
        work = work_of(m, config, self.job.payload)
        b_job = Cat(self.job.payload.kind, work.reuse, *([self.job.payload.b_compressed] if expands else []),
                    work.last_column, work.last_block[span.blocks - b_layout(config).group_bits:])
        b_inputs = {"job__valid": self.job.valid, "job__payload": b_job, "room": a_there & s_there & t_there,
                    "drained": self.drained, "freed": freed_b}
        if expands:
            active, ends, taken = Signal(name="b_active"), Signal(name="b_ends"), Signal(name="b_taken")
            x = place(m, "b_expand", "b_expand", partial(BExpand, config, place=place), active=active, ends=ends,
                      i__valid=self.b.valid, i__payload=self.b.payload, o__ready=taken)
            b = place(m, "b_loader", "b_loader", partial(BLoader, config), **b_inputs, i__valid=x.o__valid,
                      i__payload=x.o__payload, blocks=x.blocks)
            m.d.comb += [active.eq(b.expands), ends.eq(b.ends), taken.eq(b.i__ready), self.b.ready.eq(x.i__ready),
                         self.b_error.eq(b.error | x.error), self.b_illegal.eq(x.illegal)]
        else:
            b = place(m, "b_loader", "b_loader", partial(BLoader, config), **b_inputs, i__valid=self.b.valid,
                      i__payload=self.b.payload)
            unread(m, self.job.payload.b_compressed)
            m.d.comb += [self.b.ready.eq(b.i__ready), self.b_error.eq(b.error)]
        m.d.comb += [self.job.ready.eq(b.job__ready), self.idle.eq(b.idle)]
        for field in ("enable", "channel", "bias", "multiplier", "shift"):
            m.d.comb += getattr(self.parameters, field).eq(getattr(b, f"parameters__{field}"))

        def queue(name, word, depth, ready):
            width = len(word)
            return place(m, f"{name}_queue", f"queue_{width}x{depth}", partial(Queue, width=width, depth=depth),
                         i__valid=b.passed, i__payload=word, o__ready=ready)

        a_take = Signal()
        s_take = Signal()
        a_job = queue("a", Cat(work.last_block, work.terms), A_QUEUE, a_take)
        short = Cat(work.last_column, work.last_block, work.terms, work.reuse, work.keep)
        s_job = queue("sequencer", short, QUEUE, s_take)
        finished = Signal(range(3))
        t_take = Signal()
        t_valid = Signal()
        t_job = queue("tile", Cat(self.job.payload[name] for name in OUTPUT_FIELDS), QUEUE, t_take)
        m.d.comb += [a_there.eq(a_job.i__ready), s_there.eq(s_job.i__ready), t_there.eq(t_job.i__ready)]

        a = place(m, "a_loader", "a_loader", partial(ALoader, config), job__valid=a_job.o__valid,
                  job__payload=a_job.o__payload, i__valid=self.a.valid, i__payload=self.a.payload, freed=freed_a)
        m.d.comb += [a_take.eq(a.job__ready), self.a.ready.eq(a.i__ready), self.a_error.eq(a.error)]

        s = place(m, "sequencer", "sequencer", partial(Sequencer, config), job__valid=s_job.o__valid,
                  job__payload=s_job.o__payload, a_loaded=a.loaded, b_loaded=b.loaded, drained=self.drained)
        m.d.comb += [s_take.eq(s.job__ready), freed_a.eq(s.a_freed), freed_b.eq(s.b_freed)]

        def some(child, *names):
            """Those of its ports that it has: some cores have one pass, or one word, and need no number for it."""
            return {name: getattr(child, name) for name in names if hasattr(child, name)}

        word_bits = config.array.pe_rows.bit_length() - 1
        a_words = place(m, "a_buffer", "a_buffer", partial(ABuffer, config, place=place),
                        write__enable=a.write__enable, write__address=a.write__address, write__data=a.write__data,
                        read=s.run, slot=s.a_slot, code=s.code, last_block=s.last_block,
                        **({"word": s.count[:word_bits]} if word_bits else {}), **some(s, "pass_number", "number"))
        b_words = place(m, "b_buffer", "b_buffer", partial(BBuffer, config, place=place),
                        write__enable=b.write__enable, write__address=b.write__address, write__data=b.write__data,
                        read=s.column, column=s.count[:config.columns.bit_length() - 1], slot=s.b_slot,
                        **some(s, "halve", "half"))
        load = Signal()
        valid = Signal()
        first, end_pass, end_job = (Signal(name=name, reset_less=True) for name in ("first", "end_pass", "end_job"))
        m.d.sync += [load.eq(s.load), valid.eq(s.column), first.eq(s.first), end_pass.eq(s.end_pass),
                     end_job.eq(s.end_job)]

        array = place(m, "array", "array", partial(Array, config.array, place=place), load=load, a=a_words.a,
                      valid=valid, b=b_words.b, c=Const(0, config.array.acc_width * config.array.cols))
        c = place(m, "accumulators", "accumulators", partial(Accumulators, config, place=place),
                  arrives=array.c_valid, valid=valid, first=first, end_pass=end_pass, end_job=end_job,
                  sums=array.c_out, read__enable=self.read.enable,
                  read__bank=self.read.bank, read__column=self.read.column)
        m.d.comb += self.read.data.as_value().eq(c.read__data)

        bank = Signal()
        m.d.comb += [t_valid.eq(finished.any() & t_job.o__valid), t_take.eq(t_valid & self.tile.ready),
                     self.tile.valid.eq(t_valid),
                     Cat(self.tile.payload.job[name] for name in OUTPUT_FIELDS).eq(t_job.o__payload),
                     self.tile.payload.bank.eq(bank)]
        m.d.sync += finished.eq(moved(finished, c.done, t_take))
        with m.If(t_take):
            m.d.sync += bank.eq(~bank)
        m.d.comb += [self.events.run.eq(valid), self.events.pass_start.eq(load), self.events.term_start.eq(s.new_term),
                     Cat(self.events.wait_a, self.events.wait_b, self.events.wait_c).eq(s.waits),
                     self.events.overflows.eq(c.overflows)]
        return m

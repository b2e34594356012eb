"""Sequencer: for each job, for each chunk of K, for each term of A, for each pass: T columns past the array.

A planner has the next pass ready; an issuer walks the columns of the one that runs and takes the next in its last
cycle, so passes, chunks and jobs follow each other without a gap. A pass runs max(T, rows / beta) cycles. A chunk
starts when its operands are in their buffers, a job's first one when in addition a bank of accumulators is free.

The rings of slots are counters: what was loaded, what was started, what was given back. A's slot is given back with the
last pass's last word, B's with its last column; chunks that a job keeps, when the next job that brings its own has come
up.

Latency: a chunk that is there is read from the next cycle on.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core import a_buffer, b_buffer
from tamis.hdl.core.descriptor import BLOCK_BITS, ChunkShape, work_layout
from tamis.hdl.core.layouts import b_layout

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """From jobs to reads.

    Members
    -------
    job : In(stream of `work_layout`)
    a_loaded, a_freed : In(2), Out(2)
        Chunks of A, modulo 4.
    b_loaded, b_freed : In, Out
        Chunks of B, modulo 2 b_slots.
    drained : In(1)
        A bank of accumulators is given back.
    a_read : Out(`tamis.hdl.core.a_buffer.read_signature`)
        Enabled in every cycle of a pass.
    b_read : Out(`tamis.hdl.core.b_buffer.read_signature`)
        Enabled for every column of B.
    load : Out(1)
        The first cycle of a pass.
    first, end_pass, end_job : Out(1)
        With `b_read`: the pass writes its accumulators; its last column; the job's last column.
    new_term : Out(1)
        The first cycle of a term of a chunk.
    waits : Out(3)
        A job is there, no pass runs on, and the next one waits for A, for B, for a bank.
    """

    def __init__(self, config):
        self._config = config
        slots = b_layout(config).slot_bits + 1
        super().__init__({
            "job": In(stream.Signature(work_layout(config))),
            "a_loaded": In(2), "a_freed": Out(2),
            "b_loaded": In(slots), "b_freed": Out(slots),
            "drained": In(1),
            "a_read": Out(a_buffer.read_signature(config)), "b_read": Out(b_buffer.read_signature(config)),
            "load": Out(1),
            "first": Out(1), "end_pass": Out(1), "end_job": Out(1), "new_term": Out(1),
            "waits": Out(3),
        })

    def elaborate(self, platform):
        m = Module()
        config, shape = self._config, ChunkShape(self._config)
        go = Signal()  # the next pass starts with the next cycle
        boundary = Signal()  # no pass runs, or its last cycle does

        # The planner: the next pass.
        has_job = Signal()
        first_pass = Signal()  # of its job
        new_chunk = Signal()  # it is its chunk's first pass
        job = Signal(self.job.payload.shape(), reset_less=True)
        chunks = Signal(BLOCK_BITS - shape.blocks, reset_less=True)  # that follow this one
        term = Signal(range(3))
        number = Signal(shape.halvings)  # in its term
        base = Signal(shape.passes)  # passes of the terms before
        code = Signal(shape.code_bits)
        next_code = Signal(shape.code_bits)
        last_block = Signal(shape.blocks)
        last_number = Signal(shape.halvings)
        passes = Signal(range(2 << shape.halvings))  # of a whole chunk's term
        halve = Signal(shape.halvings)
        half = Signal(shape.halvings)
        term_done = Signal()
        chunk_done = Signal()
        job_done = Signal()
        with m.Switch(term):
            for k in range(3):
                with m.Case(k):
                    m.d.comb += [code.eq(job.terms[k]), next_code.eq(job.terms[k + 1] if k < 2 else 0)]
        with m.Switch(code):
            for c in shape.ns:
                with m.Case(c):
                    m.d.comb += [last_number.eq(shape.pass_of(last_block, c)), passes.eq(1 << c - 1),
                                 halve.eq((1 << c - 1) - 1), half.eq(Cat(reversed(number[:c - 1])))]
        m.d.comb += [
            last_block.eq(Mux(chunks == 0, job.last_block, config.chunk_blocks - 1)),
            term_done.eq(number == last_number),
            chunk_done.eq(term_done & (next_code == 0)),
            job_done.eq(chunk_done & (chunks == 0)),
            self.job.ready.eq(~has_job | (go & job_done)),
        ]
        with m.If(go):
            m.d.sync += [first_pass.eq(0), new_chunk.eq(chunk_done), number.eq(number + 1)]
            with m.If(term_done):
                m.d.sync += [number.eq(0), term.eq(term + 1), base.eq(base + passes)]
            with m.If(chunk_done):
                m.d.sync += [term.eq(0), base.eq(0), chunks.eq(chunks - 1)]
        with m.If(self.job.ready):
            m.d.sync += [has_job.eq(self.job.valid), first_pass.eq(1), new_chunk.eq(1), job.eq(self.job.payload),
                         chunks.eq(self.job.payload.last_block[shape.blocks:])]

        # The issuer: which cycle of the pass that runs.
        cycle = Signal(max(shape.columns, shape.words))
        last_column = Signal(shape.columns, reset_less=True)
        end_chunk = Signal(reset_less=True)
        is_last = Signal(reset_less=True)
        keep = Signal(reset_less=True)
        at_column = Signal()  # the pass's last column
        at_word = Signal()  # the pass's last word of A
        last_word = (1 << shape.words) - 1
        m.d.comb += [
            at_column.eq(self.b_read.enable & (cycle == last_column)),
            at_word.eq(self.a_read.enable & (cycle == last_word)),
            boundary.eq(~self.a_read.enable | (at_word & ~self.b_read.enable) | (at_column & (cycle >= last_word))),
            self.end_pass.eq(at_column),
            self.end_job.eq(at_column & is_last),
            self.b_read.column.eq(cycle),
        ]
        if shape.words:
            m.d.comb += self.a_read.word.eq(cycle)
        with m.If(at_column):
            m.d.sync += self.b_read.enable.eq(0)
        m.d.sync += [self.load.eq(go), self.new_term.eq(go & (number == 0)), cycle.eq(cycle + 1)]
        with m.If(boundary):
            m.d.sync += [self.a_read.enable.eq(go), self.b_read.enable.eq(go), cycle.eq(0)]

        # The rings of slots and banks.
        a_started = Signal(len(self.a_freed))
        b_started = Signal(len(self.b_freed))
        b_next = Signal(len(self.b_freed))
        banks = Signal(range(3))  # that are in use
        a_there = Signal()
        b_there = Signal()
        bank_there = Signal()
        m.d.comb += [
            b_next.eq(Mux(first_pass & job.reuse, self.b_freed, b_started)),
            a_there.eq(self.a_loaded != a_started),
            b_there.eq(self.b_loaded != b_next),
            bank_there.eq(~first_pass | (banks != 2)),
            go.eq(has_job & boundary & (~new_chunk | (a_there & b_there & bank_there))),
        ]
        with m.If(has_job & boundary & new_chunk):
            m.d.comb += self.waits.eq(~Cat(a_there, b_there, bank_there))
        with m.If(go & new_chunk):
            m.d.sync += [a_started.eq(a_started + 1), b_started.eq(b_next + 1)]
        with m.If(at_word & end_chunk):
            m.d.sync += self.a_freed.eq(self.a_freed + 1)
        with m.If((at_column & end_chunk & ~keep)
                  | (has_job & first_pass & ~job.reuse & (~self.b_read.enable | at_column))):
            m.d.sync += self.b_freed.eq(b_started)
        m.d.sync += banks.eq(banks + (go & first_pass) - self.drained)

        with m.If(go):
            m.d.sync += [
                last_column.eq(job.last_column), end_chunk.eq(chunk_done), is_last.eq(job_done), keep.eq(job.keep),
                self.first.eq(first_pass), self.a_read.code.eq(code), self.a_read.last_block.eq(last_block)]
            if shape.passes:
                m.d.sync += self.a_read.pass_number.eq(base + number)
            if shape.halvings:
                m.d.sync += [self.a_read.number.eq(number), self.b_read.halve.eq(halve), self.b_read.half.eq(half)]
            with m.If(new_chunk):
                m.d.sync += [self.a_read.slot.eq(a_started[0]), self.b_read.slot.eq(b_next)]
        return m

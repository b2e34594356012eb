"""Sequencer: for each job, for each chunk of K, for each term of A, for each pass: T columns past the array.

A planner has the next pass ready; an issuer walks the columns of the one that runs and takes the next in its last
cycle, so passes, chunks and jobs follow each other without a gap. A pass runs max(T, rows / beta) cycles. A chunk
starts when its operands are in their buffers, a job's first one when in addition a bank of accumulators is free.

The rings of slots are counters: what was loaded, what was started, what was given back. A's slot is given back with the
last pass's last word, B's with its last column; chunks that a job keeps, when the next job that brings its own has come
up.

Latency: a chunk that is there is read from the next cycle on.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.job import BLOCK_BITS, Span, work_layout
from tamis.hdl.core.words import b_layout
from tamis.hdl.lib.count import added, bits_of, held, moved, next_of
from tamis.hdl.lib.gates import any_of, at_least_constant, decremented, equal_constant

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
    run : Out(1)
        A pass runs; all that follows belongs to this cycle.
    load, column : Out(1)
        Its first cycle; a column of B is read.
    count : Out
        The cycle's number in the pass: the column, and in the low bits A's word.
    a_slot, pass_number, number, code, last_block : Out
        As `tamis.hdl.core.a_buffer` has them.
    b_slot, halve, half : Out
        As `tamis.hdl.core.b_buffer` has them.
    first, end_pass, end_job : Out(1)
        The pass writes its accumulators; its last column; the job's last column.
    new_term : Out(1)
        The first cycle of a term of a chunk.
    waits : Out(3)
        A job is there, nothing runs on, and it waits for A, for B, for a bank.
    """

    def __init__(self, config):
        self._config = config
        span, layout = Span(config), b_layout(config)
        self._count_bits = max(span.columns, span.words)
        sometimes = {"pass_number": span.passes, "number": span.halvings, "halve": span.halvings, "half": span.halvings}
        super().__init__({
            "job": In(stream.Signature(work_layout(config))),
            "a_loaded": In(2), "a_freed": Out(2),
            "b_loaded": In(layout.slot_bits + 1), "b_freed": Out(layout.slot_bits + 1),
            "drained": In(1),
            "run": Out(1), "load": Out(1), "column": Out(1),
            "count": Out(self._count_bits),
            "a_slot": Out(1), "code": Out(span.code_bits), "last_block": Out(span.blocks),
            "b_slot": Out(layout.slot_bits),
            **{name: Out(bits) for name, bits in sometimes.items() if bits},
            "first": Out(1), "end_pass": Out(1), "end_job": Out(1), "new_term": Out(1),
            "waits": Out(3),
        })

    def elaborate(self, platform):
        m = Module()
        config, span = self._config, Span(self._config)
        go = Signal()
        boundary = Signal()

        # The planner: where the next pass is.
        has = Signal()  # a job
        first = Signal()  # its first pass
        fresh = Signal()  # a chunk's first
        job = Signal(self.job.payload.shape(), reset_less=True)
        chunks = Signal(BLOCK_BITS - span.blocks, reset_less=True)
        term = Signal(2)
        number = Signal(span.halvings)
        base = Signal(span.passes)
        code = Signal(span.code_bits)
        after = Signal(span.code_bits)
        last_block = Signal(span.blocks)
        term_done = Signal()
        chunk_done = Signal()
        job_done = Signal()
        is_code = {c: Signal(name=f"is_{c}") for c in span.ns}
        m.d.comb += [is_code[c].eq(equal_constant(code, c)) for c in span.ns]
        m.d.comb += [
            last_block.eq(Mux(chunks.any(), Const(config.span - 1, span.blocks), job.last_block[:span.blocks])),
            code.eq(Mux(term[1], job.terms[2], Mux(term[0], job.terms[1], job.terms[0]))),
            after.eq(Mux(term[1], 0, Mux(term[0], job.terms[2], job.terms[1]))),
            term_done.eq(~(number ^ any_of(*(is_code[c].replicate(span.halvings) & span.pass_of(last_block, c)
                                             for c in span.ns)))[:span.halvings].any() if span.halvings else 1),
            chunk_done.eq(term_done & ~after.any()),
            job_done.eq(chunk_done & ~chunks.any()),
            self.job.ready.eq(~has | (go & job_done)),
        ]
        spent = held(m, any_of(*(is_code[c].replicate(span.passes) & bits_of(1 << c - 1, base) for c in span.ns)))
        with m.If(go):
            m.d.sync += [first.eq(0), fresh.eq(chunk_done), number.eq(Mux(term_done, 0, next_of(number)))]
            with m.If(term_done):
                m.d.sync += [term.eq(next_of(term)),
                             base.eq(added(base, spent))]
            with m.If(chunk_done):
                m.d.sync += [term.eq(0), base.eq(0), chunks.eq(decremented(chunks))]
        with m.If(self.job.ready):
            m.d.sync += [has.eq(self.job.valid), first.eq(1), fresh.eq(1), job.eq(self.job.payload),
                         chunks.eq(self.job.payload.last_block[span.blocks:])]

        # The issuer: which column of the pass that runs.
        last_column = Signal(span.columns, reset_less=True)
        end_chunk, end_job, keep = (Signal(name=name, reset_less=True) for name in ("end_chunk", "is_last", "keep"))
        last_pe_row = (1 << span.words) - 1
        at_column = Signal()
        at_word = Signal()
        m.d.comb += [
            at_column.eq(self.column & ~(self.count ^ last_column).any()),
            at_word.eq(self.run & ~(self.count ^ last_pe_row).any()),
            boundary.eq(~self.run | (at_word & ~self.column)
                        | (at_column & at_least_constant(self.count, last_pe_row))),
            self.end_pass.eq(at_column),
            self.end_job.eq(at_column & end_job),
        ]
        with m.If(at_column):
            m.d.sync += self.column.eq(0)
        m.d.sync += [self.load.eq(go), self.new_term.eq(go & ~number.any())]
        with m.If(boundary):
            m.d.sync += [self.run.eq(go), self.column.eq(go), self.count.eq(0)]
        with m.Else():
            m.d.sync += self.count.eq(next_of(self.count))

        # The rings.
        a_started = Signal(2)
        b_started = Signal(len(self.b_freed))
        banks = Signal(2)
        b_next = Signal(len(self.b_freed))
        a_there = Signal()
        b_there = Signal()
        bank_there = Signal()
        m.d.comb += [
            b_next.eq(Mux(first & job.reuse, self.b_freed, b_started)),
            a_there.eq(self.a_loaded != a_started),
            b_there.eq(self.b_loaded != b_next),
            bank_there.eq(~banks[1]),
            go.eq(has & boundary & (~fresh | (a_there & b_there & (~first | bank_there)))),
            self.waits.eq(Cat(~a_there, ~b_there, first & ~bank_there) & (has & boundary & fresh).replicate(3)),
        ]
        with m.If(go & fresh):
            m.d.sync += [a_started.eq(next_of(a_started)), b_started.eq(next_of(b_next))]
        with m.If(at_word & end_chunk):
            m.d.sync += self.a_freed.eq(next_of(self.a_freed))
        with m.If((at_column & end_chunk & ~keep) | (has & first & ~job.reuse & (~self.column | at_column))):
            m.d.sync += self.b_freed.eq(b_started)
        m.d.sync += banks.eq(moved(banks, go & first, self.drained))

        with m.If(go):
            m.d.sync += [
                last_column.eq(job.last_column), end_chunk.eq(chunk_done), end_job.eq(job_done), keep.eq(job.keep),
                self.first.eq(first), self.code.eq(code), self.last_block.eq(last_block)]
            if span.passes:
                m.d.sync += self.pass_number.eq(added(base, number))
            if span.halvings:
                m.d.sync += [
                    self.number.eq(number),
                    self.halve.eq(Cat(any_of(*(is_code[c] for c in span.ns if c - 1 > i))
                                      for i in range(span.halvings))),
                    self.half.eq(any_of(*(is_code[c].replicate(span.halvings) & Cat(reversed(number[:c - 1]))
                                          for c in span.ns)))]
            with m.If(fresh):
                m.d.sync += [self.a_slot.eq(a_started[0]), self.b_slot.eq(b_next[:-1])]
        return m

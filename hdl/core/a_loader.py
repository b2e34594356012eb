"""A loader: records of A from the stream into the PE-row words of a slot of the A buffer.

A slot has a word of cols x beta entries for each PE row of each pass. Term by term, N entries of a record go to rows
that lie together. A *step* writes min(N, beta) entries of every record in hand: those records belong to consecutive
columns of one block, so all of them go to the same rows of one word (`tamis.hdl.core.a_placement`).

    beats --> hold: a beat with one or more records, or a record of several beats --> step after step --> A buffer

The trick: sizes of records, columns and beats are powers of two. So `hold` has whole records, a step takes records
that start at a multiple of their number, and nothing is shifted to an arbitrary position.

Latency: 1 cycle from the beat that completes a record to its first step, a beat per cycle if a record needs one step.
"""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.a_placement import Step, place
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.descriptor import BLOCK_BITS, ChunkShape
from tamis.hdl.core.layouts import a_layout, beat_layout
from tamis.hdl.core.records import Records
from tamis.hdl.lib.ram import write_signature

__all__ = ["ALoader"]

SLOTS = 2


class ALoader(wiring.Component):
    """From jobs and beats to words.

    Members
    -------
    job : In(stream of {last_block, terms})
    i : In(stream of {data, keep, last})
    freed : In(2)
        Chunks given back so far, modulo 4.
    loaded : Out(2)
        Chunks loaded so far, modulo 4.
    write : Out {enable, address, data}
        To the A buffer; an enable for each entry.
    error : Out(1)
        TKEEP or TLAST was not as the job has it. Stays set until reset.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        self._shape = ChunkShape(config)
        self._records = Records(config)
        layout = a_layout(config)
        super().__init__({
            "job": In(stream.Signature(layout.job)),
            "i": In(stream.Signature(beat_layout(config.a_bits))),
            "freed": In(2),
            "loaded": Out(2),
            "write": Out(write_signature(width=layout.word_bits, address=layout.address_bits,
                                         parts=layout.entries)),
            "error": Out(1),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, shape, records = self._config, self._shape, self._records
        cols, sizes = config.array.cols, records.sizes

        # The job, and what follows from the size of its records.
        active = Signal()
        job = Signal(self.job.payload.shape(), reset_less=True)
        chunks = Signal(BLOCK_BITS - shape.blocks, reset_less=True)  # that follow this one
        size = self._size_of(m, job)
        last_beat = Signal(range(records.beats(sizes[-1])))  # of a record
        last_group = Signal(range(max(map(records.groups, sizes))))  # of a beat: steps' worth of records
        together = Signal(range(cols + 1))  # records of a step
        with m.Switch(size):
            for number, z in enumerate(sizes):
                with m.Case(number):
                    m.d.comb += [last_beat.eq(records.beats(z) - 1), last_group.eq(records.groups(z) - 1),
                                 together.eq(records.per_step(z))]

        # Beats into `hold`.
        hold = Signal(max(config.a_bits, sizes[-1]), reset_less=True)
        full = Signal()  # it has whole records
        beat = Signal(range(records.beats(sizes[-1])))
        last = Signal()  # TLAST of the beat that filled it
        whole = Signal()  # that beat's TKEEP was all ones
        early = Signal()  # TLAST, or bytes missing, in a beat before that
        odd = self.i.payload.last | ~self.i.payload.keep.all()
        fills = Signal()
        take = Signal()
        beat_done = Signal()
        chunk_done = Signal()
        job_done = Signal()
        m.d.comb += [
            self.i.ready.eq(active & ((self.loaded ^ self.freed) != SLOTS) & (~full | (beat_done & ~chunk_done))),
            take.eq(self.i.valid & self.i.ready),
            fills.eq(beat == last_beat),
        ]
        with m.If(beat_done):
            m.d.sync += full.eq(0)
        with m.If(take):
            m.d.sync += [hold.word_select(beat, config.a_bits).eq(self.i.payload.data),
                         full.eq(fills), beat.eq(Mux(fills, 0, beat + 1)),
                         last.eq(self.i.payload.last), whole.eq(self.i.payload.keep.all()),
                         early.eq((early & (beat != 0)) | (odd & ~fills))]

        # The records in `hold`: their block, their first column, and which step of them.
        block = Signal(shape.blocks)
        column = Signal(range(cols))
        group = Signal(range(max(map(records.groups, sizes))))
        next_column = Signal(len(column))
        column_wraps = Signal()
        last_block = Signal(shape.blocks)
        step, records_done = self._steps(m, job, full)
        m.d.comb += [
            Cat(next_column, column_wraps).eq(column + together),
            last_block.eq(Mux(chunks == 0, job.last_block, config.chunk_blocks - 1)),
            chunk_done.eq(full & records_done & column_wraps & (block == last_block)),
            beat_done.eq(full & records_done & ((group == last_group) | chunk_done)),
            job_done.eq(chunk_done & (chunks == 0)),
        ]
        with m.If(full & records_done):
            m.d.sync += [column.eq(next_column), group.eq(Mux(beat_done, 0, group + 1))]
            with m.If(column_wraps):
                m.d.sync += block.eq(Mux(chunk_done, 0, block + 1))
            with m.If(~beat_done), m.Switch(size):
                for number, z in enumerate(sizes):
                    if records.groups(z) > 1:
                        with m.Case(number):
                            m.d.sync += hold.eq(hold >> cols * z)
        with m.If(chunk_done):
            m.d.sync += [self.loaded.eq(self.loaded + 1), chunks.eq(chunks - 1)]

        # A chunk ends with TLAST, and only its last beat may have bytes missing: those that no record needs.
        may_be_short = any(cols * z < config.a_bits for z in sizes)
        with m.If(beat_done & ((last ^ chunk_done) | early | ~(whole | (chunk_done & may_be_short)))):
            m.d.sync += self.error.eq(1)

        m.d.comb += self.job.ready.eq(~active | job_done)
        with m.If(self.job.ready):
            m.d.sync += [active.eq(self.job.valid), job.eq(self.job.payload),
                         chunks.eq(self.job.payload.last_block[shape.blocks:])]

        place(m, config, self.write, step=step, hold=hold, size=size, together=together, column=column, block=block,
              slot=self.loaded[0], enable=full)
        return m

    def _size_of(self, m: Module, job) -> Signal:
        """The number of the job's record size in `Records.sizes`: it depends on the sum of N, and on having indices."""
        config, records = self._config, self._records
        numbers = {sum(series): records.sizes.index(config.record_bits(series))
                   for series in records.series if not records.is_dense(series)}
        kept = [Signal(range(config.m + 1), name=f"kept_{k}") for k in range(3)]
        for k in range(3):
            with m.Switch(job.terms[k]):
                for code, n in self._shape.ns.items():
                    with m.Case(code):
                        m.d.comb += kept[k].eq(n)
        size = Signal(range(len(records.sizes)))
        with m.Switch(sum(kept)):
            for total, number in numbers.items():
                with m.Case(total):
                    m.d.comb += size.eq(number)
        if config.m in self._shape.codes:
            with m.If(self._is_dense(job)):
                m.d.comb += size.eq(records.sizes.index(config.record_bits((config.m,))))
        return size

    def _is_dense(self, job):
        """Whether the job's records have no indices: its first term keeps all M."""
        return job.terms[0] == self._shape.codes[self._config.m] if self._config.m in self._shape.codes else 0

    def _steps(self, m: Module, job, full) -> tuple[Step, Signal]:
        """Walks the terms of the records in hand, a step per cycle in which `full`; (step, whether it is the last)."""
        config, shape = self._config, self._shape
        beta = config.array.beta
        term = Signal(2)
        sub = Signal(range(max(1, max(shape.ns.values()) // beta)))  # step of the term
        first = Signal(range(config.m))  # entry of the record
        base = Signal(shape.passes)  # passes of the terms before
        code = Signal(shape.code_bits)
        code_after = Signal(shape.code_bits)
        last_sub = Signal(len(sub))
        written = Signal(range(beta + 1))  # entries of a record
        spent = Signal(range(2 << shape.halvings))  # passes of the term
        term_done = Signal()
        records_done = Signal()
        with m.Switch(term):
            for k in range(3):
                with m.Case(k):
                    m.d.comb += [code.eq(job.terms[k]), code_after.eq(job.terms[k + 1] if k < 2 else 0)]
        with m.Switch(code):
            for c, n in shape.ns.items():
                with m.Case(c):
                    m.d.comb += [last_sub.eq(max(1, n // beta) - 1), written.eq(min(n, beta)), spent.eq(1 << c - 1)]
        m.d.comb += [term_done.eq(sub == last_sub), records_done.eq(term_done & (code_after == 0))]
        with m.If(full):
            m.d.sync += [sub.eq(sub + 1), first.eq(first + written)]
            with m.If(term_done):
                m.d.sync += [sub.eq(0), term.eq(term + 1), base.eq(base + spent)]
            with m.If(records_done):
                m.d.sync += [term.eq(0), first.eq(0), base.eq(0)]
        return Step(code=code, number=sub, first=first, base=base, dense=self._is_dense(job)), records_done

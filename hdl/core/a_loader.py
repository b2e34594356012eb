"""A loader: records of A from the stream into the PE-row words of a slot of the A buffer.

A slot has a word for each PE row of each pass: cols x beta entries. Term by term, N entries of a record go to rows
that lie together. A step writes min(N, beta) entries of every record in the beat: those records belong to consecutive
columns and one block, so all go to the same rows of one word, each to a column of its own.

The trick: records, columns and beats are powers of two, so which record a column takes is a wire and a choice between
the few sizes of record. Entries are not aligned to anything, but few places are possible: one AND-OR for each lane.

Latency: 1 cycle from the beat that completes a record to its first step, a beat per cycle if a record needs one step.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.descriptor import BLOCK_BITS, ChunkShape
from tamis.hdl.core.layouts import a_layout, beat_layout
from tamis.hdl.core.records import Records
from tamis.hdl.lib.count import added, bits_of, held, next_of
from tamis.hdl.lib.gates import any_of, decremented, equal_constant
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

    def __init__(self, config):
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

    def elaborate(self, platform):
        m = Module()
        config, shape, records = self._config, self._shape, self._records
        cols, sizes = config.array.cols, records.sizes
        active = Signal()
        job = Signal(self.job.payload.shape(), reset_less=True)
        is_size = self._sizes(m, job)

        # What the beats fill: one beat, or a record of several.
        hold = Signal(max(config.a_bits, sizes[-1]), reset_less=True)
        full = Signal()
        last = Signal()
        whole = Signal()
        early = Signal()
        beat = Signal(range(records.beats(sizes[-1])))
        beat_done = Signal()
        chunk_done = Signal()
        job_done = Signal()
        record_full = Signal()
        room = Signal()
        take = Signal()
        m.d.comb += [
            room.eq((self.loaded ^ self.freed) != SLOTS),
            self.i.ready.eq(active & room & (~full | (beat_done & ~chunk_done))),
            take.eq(self.i.valid & self.i.ready),
            self.job.ready.eq(~active | job_done),
            record_full.eq(any_of(*(is_size[z] & equal_constant(beat, records.beats(z) - 1) if len(beat) else is_size[z]
                                    for z in sizes))),
        ]
        with m.If(self.job.ready):
            m.d.sync += [active.eq(self.job.valid), job.eq(self.job.payload)]
        with m.If(beat_done):
            m.d.sync += full.eq(0)
        with m.If(take):
            m.d.sync += [full.eq(record_full), last.eq(self.i.payload.last), whole.eq(self.i.payload.keep.all())]
            for b in range(records.beats(sizes[-1])):
                with m.If(equal_constant(beat, b) if len(beat) else Const(1, 1)):
                    m.d.sync += hold[b * config.a_bits:(b + 1) * config.a_bits].eq(self.i.payload.data)
            if len(beat):
                m.d.sync += [beat.eq(Mux(record_full, 0, next_of(beat))),
                             early.eq((early & beat.any())
                                      | (~record_full & (self.i.payload.last | ~self.i.payload.keep.all())))]

        # Where the records in it go.
        block = Signal(shape.blocks)
        column = Signal(range(cols))
        group = Signal(range(max(map(records.groups, sizes))))
        chunks = Signal(BLOCK_BITS - shape.blocks, reset_less=True)
        final = Signal()
        row_done = Signal()
        column_wrap = Signal()
        group_done = Signal()
        next_column = Signal(len(column))
        m.d.comb += [
            final.eq(~chunks.any()),
            Cat(next_column, column_wrap).eq(added(Cat(column, Const(0, 1)), held(m, any_of(*(
                is_size[z].replicate(len(column) + 1) & Const(records.per_step(z), len(column) + 1) for z in sizes))))),
            group_done.eq(any_of(*(is_size[z] & (equal_constant(group, records.groups(z) - 1) if len(group) else 1)
                                   for z in sizes))),
            chunk_done.eq(full & row_done & column_wrap & (block == Mux(final, job.last_block[:shape.blocks],
                                                                        Const(config.chunk_blocks - 1, shape.blocks)))),
            beat_done.eq(full & row_done & (group_done | chunk_done)),
            job_done.eq(chunk_done & final),
        ]
        with m.If(full & row_done):
            m.d.sync += column.eq(next_column)
            with m.If(column_wrap):
                m.d.sync += block.eq(Mux(chunk_done, 0, next_of(block)))
            if len(group):
                m.d.sync += group.eq(Mux(beat_done, 0, next_of(group)))
                for z in sizes:
                    if records.groups(z) > 1:
                        with m.If(is_size[z] & ~beat_done):
                            m.d.sync += hold.eq(hold[cols * z:])
        with m.If(chunk_done):
            m.d.sync += [self.loaded.eq(next_of(self.loaded)), chunks.eq(decremented(chunks))]
        with m.If(self.job.ready):
            m.d.sync += chunks.eq(self.job.payload.last_block[shape.blocks:])
        needs_all = all(cols * z >= config.a_bits for z in sizes)
        unlike = (last ^ chunk_done) | early | (~whole if needs_all else ~whole & ~chunk_done)
        with m.If(beat_done & unlike):
            m.d.sync += self.error.eq(1)

        step = self._steps(m, job, full, row_done)
        self._address(m, block, step)
        self._enables(m, block, column, step, full, is_size)
        self._data(m, hold, step, is_size)
        return m

    def _sizes(self, m, job):
        """{bits of a record: whether the job's are so large}, from the sum of its N and whether it has indices."""
        shape, records = self._shape, self._records
        total = Signal(range(self._config.m + 1), name="total")
        ns = [any_of(*(Mux(equal_constant(code, c), Const(n, len(total)), 0) for c, n in shape.ns.items()))
              for code in job.terms]
        dense = self._is_dense(job.terms[0])
        m.d.comb += total.eq(added(held(m, added(held(m, ns[0]), held(m, ns[1]))), held(m, ns[2])))
        sums = {}
        for series in records.series:
            if not records.is_dense(series):
                sums.setdefault(self._config.record_bits(series), set()).add(sum(series))
        out = {}
        for z in records.sizes:
            out[z] = Signal(name=f"size_{z}")
            hit = any_of(Const(0, 1), *(equal_constant(total, n) for n in sums.get(z, ())))
            whole = dense & (z == self._config.record_bits((self._config.m,)))
            m.d.comb += out[z].eq((hit & ~dense) | whole)
        return out

    def _is_dense(self, code):
        """Whether a term keeps all M."""
        whole = self._shape.codes.get(self._config.m)
        return equal_constant(code, whole) if whole else Const(0, 1)

    def _steps(self, m, job, full, row_done):
        """Walks the terms of the records in hand. {code, one-hot of codes, first entry, sub-word, pass of the term}."""
        config, shape = self._config, self._shape
        beta = config.array.beta
        term = Signal(2, name="term")
        sub = Signal(range(max(1, max(shape.ns.values()) // beta)), name="sub")
        first = Signal(range(config.m), name="first")
        base = Signal(shape.passes, name="base")
        code = Signal(shape.code_bits, name="code")
        after = Signal(shape.code_bits, name="code_after")
        m.d.comb += [code.eq(Mux(term[1], job.terms[2], Mux(term[0], job.terms[1], job.terms[0]))),
                     after.eq(Mux(term[1], 0, Mux(term[0], job.terms[2], job.terms[1])))]
        is_code = {c: Signal(name=f"is_{c}") for c in shape.ns}
        term_done = Signal(name="term_done")
        steps = {c: max(1, n // beta) for c, n in shape.ns.items()}
        m.d.comb += [is_code[c].eq(equal_constant(code, c)) for c in shape.ns]
        m.d.comb += [term_done.eq(any_of(*(is_code[c] & (equal_constant(sub, steps[c] - 1) if len(sub) else 1)
                                           for c in shape.ns))),
                     row_done.eq(term_done & ~after.any())]
        written = held(m, any_of(*(is_code[c].replicate(len(first)) & bits_of(min(n, beta), first)
                                   for c, n in shape.ns.items())))
        spent = held(m, any_of(*(is_code[c].replicate(shape.passes) & bits_of(1 << c - 1, base) for c in shape.ns)))
        with m.If(full):
            m.d.sync += sub.eq(Mux(term_done, 0, next_of(sub)))
            with m.If(row_done):
                m.d.sync += [term.eq(0), base.eq(0), first.eq(0)]
            with m.Else():
                m.d.sync += first.eq(added(first, written))
                with m.If(term_done):
                    m.d.sync += [term.eq(next_of(term)),
                                 base.eq(added(base, spent))]
        return {"is_code": is_code, "first": first, "sub": sub, "base": base, "dense": self._is_dense(job.terms[0])}

    def _address(self, m, block, step):
        shape = self._shape
        beta = self._config.array.beta
        number, word = Signal(shape.passes, name="pass_number"), Signal(shape.words, name="word")
        terms = []
        for c, n in shape.ns.items():
            group = shape.group_of(block, c)
            inner = (n // beta).bit_length() - 1 if n >= beta else -((beta // n).bit_length() - 1)
            place = Cat(step["sub"][:inner], group) if inner >= 0 else group[-inner:]
            here = step["is_code"][c]
            terms.append((here.replicate(shape.passes) & shape.pass_of(block, c), here.replicate(shape.words) & place))
        m.d.comb += [number.eq(added(step["base"], held(m, any_of(*(t[0] for t in terms))))),
                     word.eq(any_of(*(t[1] for t in terms))),
                     self.write.address.eq(Cat(word, number, self.loaded[0]))]

    def _enables(self, m, block, column, step, full, is_size):
        """A column takes part if it agrees with `column` above a step's records; a lane, by the block."""
        config, shape = self._config, self._shape
        beta, cols = config.array.beta, config.array.cols
        lanes = Signal(beta, name="lanes")
        for lane in range(beta):
            here = []
            for c, n in shape.ns.items():
                own = shape.group_of(block, c)[:(beta // n).bit_length() - 1] if n < beta else None
                hit = equal_constant(own, lane // n) if own is not None and len(own) else Const(1, 1)
                here.append(step["is_code"][c] & hit)
            m.d.comb += lanes[lane].eq(any_of(*here))
        wide = [[is_size[z] for z in is_size if self._records.per_step(z) > 1 << bit] for bit in range(len(column))]
        for i in range(cols):
            here = Signal(name=f"column_{i}")
            match = Cat(any_of(column[bit] if i >> bit & 1 else ~column[bit], *wide[bit]) for bit in range(len(column)))
            m.d.comb += here.eq(full & (match.all() if len(column) else Const(1, 1)))
            m.d.comb += self.write.enable[i * beta:(i + 1) * beta].eq(lanes & here.replicate(beta))

    def _data(self, m, hold, step, is_size):
        """Entries of the records in `hold`, for every column and lane."""
        config, shape, records = self._config, self._shape, self._records
        beta, cols = config.array.beta, config.array.cols
        value_bits, index_bits = config.array.a_width, config.array.index_width
        bits = value_bits + index_bits
        numbers, hits = [], []
        for lane in range(beta):
            number = Signal(range(config.m), name=f"number_{lane}")
            offset = any_of(*(step["is_code"][c].replicate(len(number)) & bits_of(lane % n, number)
                              for c, n in shape.ns.items()))
            m.d.comb += number.eq(added(step["first"], held(m, offset)))
            numbers.append(number)
            own = {}
            for dense in (False, True):
                for j in records.entries(lane, dense=dense):
                    hit = Signal(name=f"hit_{lane}_{j}" + "_dense" * dense)
                    m.d.comb += hit.eq((equal_constant(number, j) if len(number) else Const(1, 1))
                                       & (step["dense"] if dense else ~step["dense"]))
                    own[j, dense] = hit
            hits.append(own)

        made = {}

        def entry(record, size, lane):
            """The lane's entry of that record of those in the beat; the first record is where it is in any size."""
            if (record, size, lane) not in made:
                at, sizes = (0, None) if size is None else (record * size, {size})
                parts = [hold[at + j * bits:at + (j + 1) * bits] & hits[lane][j, False].replicate(bits)
                         for j in records.entries(lane, dense=False, sizes=sizes)]
                parts += [Cat(hold[at + j * value_bits:at + (j + 1) * value_bits], numbers[lane])
                          & hits[lane][j, True].replicate(bits)
                          for j in records.entries(lane, dense=True, sizes=sizes)]
                out = Signal(bits, name=f"entry_{record}_{size}_{lane}")
                m.d.comb += out.eq(any_of(*parts))
                made[record, size, lane] = out
            return made[record, size, lane]

        classes = max(map(records.per_step, is_size))
        for c in range(classes):
            sources = {}
            for z in is_size:
                record = c % records.per_step(z)
                sources.setdefault((record, z if record else None), []).append(is_size[z])
            for lane in range(beta):
                if len(sources) == 1:
                    word = entry(*next(iter(sources)), lane)
                else:
                    word = Signal(bits, name=f"class_{c}_{lane}")
                    m.d.comb += word.eq(any_of(*(entry(*source, lane) & any_of(*sel).replicate(bits)
                                                 for source, sel in sources.items())))
                for i in range(c, cols, classes):
                    at = (i * beta + lane) * bits
                    m.d.comb += self.write.data[at:at + bits].eq(word)

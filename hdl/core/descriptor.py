"""Jobs: the descriptor's layout, why one is refused, and the short form that the loaders and the sequencer work from.

Short form: counts less one, and a term as its *code*: 0 for none, else 1 + log2(N / rows_per_block). A chunk holds a
power of two of blocks, so the last block of K splits into the number of the last chunk and the last block in it
without an adder.
"""

from types import SimpleNamespace

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

__all__ = ["ChunkShape", "Refusal", "codes_of", "job_layout", "work_layout", "work_of"]

BLOCK_BITS = 16
TERM_BITS = 6


def job_layout(config):
    """The fields of docs/core.md, the same for every core."""
    return StructLayout({
        "kind": 1, "columns": 13, "blocks": BLOCK_BITS, "n0": TERM_BITS, "n1": TERM_BITS, "n2": TERM_BITS, "b_reuse": 1,
        "b_keep": 1, "mode": 2, "o0": TERM_BITS, "o1": TERM_BITS, "o2": TERM_BITS, "relu": 1, "zero_point": signed(8),
        "b_compressed": 1})


class ChunkShape:
    """Powers of two around a core.

    Attributes
    ----------
    ns : dict of int to int
        N of each code: share 2^(code - 1).
    blocks : int
        log2 of the blocks in a whole chunk.
    halvings : int
        log2(largest N / rows_per_block): how often the select halves a word of B.
    columns, words : int
        log2 of the columns, and of the PE rows: A's words of a pass.
    passes : int
        Bits of a pass's number in its chunk.
    """

    def __init__(self, config):
        array = config.array
        self.ns = {(p.n // array.rows_per_block).bit_length(): p.n for p in sorted(array.patterns)}
        self.codes = {n: code for code, n in self.ns.items()}
        self.blocks = config.chunk_blocks.bit_length() - 1
        self.halvings = max(self.ns) - 1
        self.columns = config.columns.bit_length() - 1
        self.words = array.pe_rows.bit_length() - 1
        self.passes = (config.m // array.rows_per_block - 1).bit_length()
        self.code_bits = max(self.ns).bit_length()

    def bank(self, block):
        """Where a block lies in a word of B: its top bits, reversed, are the bank's low ones."""
        low = self.blocks - self.halvings
        top = [block >> (self.blocks - 1 - i) & 1 for i in range(self.halvings)]
        return (block & ((1 << low) - 1)) << self.halvings | sum(bit << i for i, bit in enumerate(top))

    def pass_of(self, block, code):
        """Bits of a block's number: in which pass of a term it is."""
        return block[self.blocks - (code - 1):]

    def group_of(self, block, code):
        """Bits of a block's number: which N rows of that pass are its own; the bank without its lowest bits."""
        return Cat(*(block[self.blocks - 1 - i] for i in range(code - 1, self.halvings)),
                   block[:self.blocks - self.halvings])

    def block_of(self, number, group, code):
        """The block of that group in that pass: what `pass_of` and `group_of` undo."""
        turned = self.halvings - (code - 1)
        return Cat(group[turned:], *(group[i] for i in reversed(range(turned))), number[:code - 1])


def work_layout(config):
    """The short form."""
    shape = ChunkShape(config)
    return StructLayout({"last_column": shape.columns, "last_block": BLOCK_BITS,
                         "terms": ArrayLayout(shape.code_bits, 3), "reuse": 1, "keep": 1})


def codes_of(m, config, job):
    """The codes of the terms, three Signals."""
    shape = ChunkShape(config)
    codes = []
    for k, n in enumerate((job.n0, job.n1, job.n2)):
        code = Signal(shape.code_bits, name=f"code_{k}")
        with m.Switch(n):
            for known, number in shape.ns.items():
                with m.Case(number):
                    m.d.comb += code.eq(known)
        codes.append(code)
    return codes


def work_of(m, config, job):
    """The short form of a legal job, its fields apart."""
    shape = ChunkShape(config)
    work = SimpleNamespace(last_column=Signal(shape.columns, name="last_column"),
                           last_block=Signal(BLOCK_BITS, name="last_block"),
                           terms=Cat(codes_of(m, config, job)), reuse=job.b_reuse, keep=job.b_keep)
    m.d.comb += [work.last_column.eq(job.columns - 1), work.last_block.eq(job.blocks - 1)]
    return work


class Refusal(wiring.Component):
    """Why a job is refused; combinational.

    Members
    -------
    job : In
    kept : In(range(b_slots + 1))
        Chunks of B that the last job kept.
    code : Out(3)
        0: it is not; else the lowest code that applies.
    kept_next : Out
        `kept` after this job, if it is not refused.
    """

    def __init__(self, config):
        self._config = config
        super().__init__({"job": In(job_layout(config)), "kept": In(range(config.b_slots + 1)), "code": Out(3),
                          "kept_next": Out(range(config.b_slots + 1))})

    def elaborate(self, platform):
        m = Module()
        config, job, shape = self._config, self.job, ChunkShape(self._config)
        columns = (job.columns > config.columns) | (job.columns == 0)

        codes = codes_of(m, config, job)
        known = [(code != 0) | (n == 0) for code, n in zip(codes, (job.n0, job.n1, job.n2), strict=True)]
        n_sum = Signal(TERM_BITS + 2)
        o_sum = Signal(TERM_BITS + 2)
        m.d.comb += [n_sum.eq(job.n0 + job.n1 + job.n2), o_sum.eq(job.o0 + job.o1 + job.o2)]
        terms = (job.n0 == 0) | ((job.n1 == 0) & (job.n2 != 0)) | ~Cat(known).all() | (n_sum > config.m)

        last_block = Signal(BLOCK_BITS)
        last_chunk = last_block[shape.blocks:]
        chunks = Signal(len(self.kept))
        fits = Signal()
        m.d.comb += [last_block.eq(job.blocks - 1), fits.eq(last_chunk < config.b_slots), chunks.eq(last_chunk + 1)]
        other = (chunks != self.kept) | ~fits
        reuse = (job.b_reuse & other) | (job.b_keep & ~fits)

        ragged = job.columns[:config.m.bit_length() - 1].any() if config.m > 1 else Const(0, 1)
        few = job.o0 == 0 if config.encodes else job.o0 != config.m  # if not, then M of M alone
        series = ragged | few | (o_sum > config.m)
        sas = job.columns < config.m.bit_length() - 1 if config.encodes_sas else 1
        mode = (job.mode == 3) | ((job.mode == 1) & series) | ((job.mode == 2) & sas)

        with m.If(columns):
            m.d.comb += self.code.eq(1)
        with m.Elif(job.kind):
            m.d.comb += self.code.eq(0)
        with m.Elif(job.blocks == 0):
            m.d.comb += self.code.eq(2)
        with m.Elif(terms):
            m.d.comb += self.code.eq(3)
        with m.Elif(reuse):
            m.d.comb += self.code.eq(4)
        with m.Elif(mode):
            m.d.comb += self.code.eq(5)
        if config.array.a_width < len(job.zero_point):
            sign = job.zero_point[config.array.a_width - 1:]
            with m.Elif((job.mode != 0) & sign.any() & ~sign.all()):
                m.d.comb += self.code.eq(6)
        if not config.b_n:
            with m.Elif(job.b_compressed & ~job.b_reuse):
                m.d.comb += self.code.eq(7)
        m.d.comb += self.kept_next.eq(Mux(job.kind, self.kept, Mux(job.b_keep, chunks, 0)))
        return m

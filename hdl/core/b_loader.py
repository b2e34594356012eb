"""B loader: the core's first stop for jobs; beats of B to the slots of the B buffer, parameter tables to their port.

It takes jobs in order and lets each through, to A's loader and the sequencer, when it begins with it. So B is loaded
up to b_slots chunks ahead, over the borders of jobs, and a table holds back what follows it. A table waits until all
earlier tiles have been drained.

A compressed chunk's beats come with the blocks that they stand for (`tamis.hdl.core.b_expand`).

Which bank a block goes to is wired. Latency: a beat is written in the cycle that takes it, a beat per cycle.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from tamis.hdl.core.descriptor import BLOCK_BITS, ChunkShape
from tamis.hdl.core.layouts import b_job_layout, b_layout, beat_layout, compressed_layout
from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.ram import write_signature

__all__ = ["BLoader", "parameter_signature"]

CHANNEL_BITS = 128
USED_BITS = 54
OUTSTANDING = 16


def parameter_signature(config):
    """A channel's output parameters, written where `enable`."""
    return wiring.Signature({"enable": Out(1), "channel": Out(range(config.columns)), "bias": Out(signed(32)),
                             "multiplier": Out(signed(16)), "shift": Out(6)})


class BLoader(wiring.Component):
    """From jobs and beats to words, channels and jobs on their way.

    Members
    -------
    job : In(stream of `b_job_layout`)
        Legal ones, in their short form.
    room : In(1)
        Whoever takes jobs further on can take one.
    passed : Out(1)
        This cycle's job, not a table, goes on.
    i : In(stream of {data, keep, last})
    expands : Out(1), ends : Out(1), blocks : In
        Where B may be compressed, see `tamis.hdl.core.b_expand`.
    drained : In(1)
        One more tile has been drained.
    freed, loaded : In, Out
        Chunks given back, chunks loaded so far, modulo 2 b_slots.
    write : Out {enable, address, data}
        To the B buffer.
    parameters : Out {enable, channel, bias, multiplier, shift}
    idle : Out(1)
        Nothing is being loaded, and every tile has been drained.
    error : Out(1)
        TKEEP or TLAST was not as the job has it. Stays set until reset.
    """

    def __init__(self, config):
        self._config = config
        self._expands = config.b_n > 0
        layout, job = b_layout(config), b_job_layout(config)
        super().__init__({
            **({"expands": Out(1), "ends": Out(1),
                "blocks": In(compressed_layout(config).together * layout.block_bits)} if self._expands else {}),
            "job": In(stream.Signature(job)),
            "room": In(1),
            "passed": Out(1),
            "i": In(stream.Signature(beat_layout(config.b_bits))),
            "drained": In(1),
            "freed": In(layout.slot_bits + 1),
            "loaded": Out(layout.slot_bits + 1),
            "write": Out(write_signature(width=layout.word_bits, address=layout.address_bits,
                                         parts=layout.parts)),
            "parameters": Out(parameter_signature(config)),
            "idle": Out(1),
            "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, shape, layout = self._config, ChunkShape(self._config), b_layout(self._config)
        job = self.job.payload

        loads = Signal()  # chunks
        table = Signal()  # or a table
        last_column = Signal(shape.columns, reset_less=True)
        last_group = Signal(layout.group_bits, reset_less=True)
        chunks = Signal(BLOCK_BITS - shape.blocks, reset_less=True)
        compressed = Signal(name="compressed", reset_less=True) if self._expands else Const(0, 1)
        ends = Signal()
        idle = Signal()
        ahead = Signal(range(OUTSTANDING))
        is_table = job.kind
        m.d.comb += [
            idle.eq((~loads & ~table) | ends),
            self.idle.eq(~loads & ~table & ~ahead.any()),
            self.job.ready.eq(idle & Mux(is_table, ~ahead.any(), self.room & ~ahead.all())),
            self.passed.eq(self.job.valid & self.job.ready & ~is_table),
        ]
        m.d.sync += ahead.eq(ahead + self.passed - self.drained)
        with m.If(idle):
            taken = self.job.valid & self.job.ready
            m.d.sync += [loads.eq(taken & ~is_table & ~job.reuse), table.eq(taken & is_table),
                         last_column.eq(job.last_column), last_group.eq(job.last_group),
                         chunks.eq(job.last_chunk)]
            if self._expands:
                m.d.sync += compressed.eq(job.compressed)

        # A chunk: column after column, each in `groups` beats, or, if blocks are wider than beats, `pieces` a block.
        pieces = max(1, layout.block_bits // config.b_bits)
        channels, parts = max(1, config.b_bits // CHANNEL_BITS), max(1, CHANNEL_BITS // config.b_bits)
        column = Signal(shape.columns)
        group = Signal(layout.group_bits)
        piece = Signal(range(max(pieces, parts)))
        channel = Signal(range(channels))
        beat = self.i.payload
        fire = Signal()
        column_done = Signal()
        at_end = Signal()
        last = Signal()
        final = ~chunks.any()
        end_group = Signal(layout.group_bits)
        with m.If(final):
            m.d.comb += end_group.eq(last_group)
        with m.Else():
            m.d.comb += end_group.eq(~0)
        if self._expands:  # all of a block comes at once, and more blocks do
            fewer = exact_log2(compressed_layout(config).together // layout.together)
            end_group = Mux(compressed, end_group >> fewer, end_group)
        piece_done = piece == Mux(table, parts - 1, Mux(compressed, 0, pieces - 1))
        channel_done = channel == channels - 1
        m.d.comb += [
            at_end.eq(column == last_column),
            column_done.eq(piece_done & (table | (group == end_group))),
            self.i.ready.eq((loads & ((self.loaded ^ self.freed) != config.b_slots))
                            | (table & (channel_done | at_end))),
            fire.eq(self.i.valid & self.i.ready),
            last.eq(column_done & at_end),
            ends.eq(fire & last & (table | final)),
        ]
        with m.If(fire):
            m.d.sync += piece.eq(Mux(piece_done, 0, piece + 1))
            with m.If(piece_done & loads):
                m.d.sync += group.eq(Mux(column_done, 0, group + 1))
            with m.If(last & loads):
                m.d.sync += self.loaded.eq(self.loaded + 1)
                with m.If(~final):
                    m.d.sync += chunks.eq(chunks - 1)
            with m.If((beat.last ^ last) | (~beat.keep.all() & ~last)):
                m.d.sync += self.error.eq(1)
        next_channel = table & self.i.valid & piece_done
        with m.If((fire & column_done) | next_channel):
            m.d.sync += column.eq(Mux(at_end, 0, column + 1))
        with m.If(next_channel):
            m.d.sync += channel.eq(Mux(at_end, 0, channel + 1))

        m.d.comb += self.write.address.eq(Cat(column, self.loaded[:layout.slot_bits]))
        self._words(m, fire & loads, group, piece, compressed)
        if self._expands:
            m.d.comb += [self.expands.eq(loads & compressed), self.ends.eq(last)]

        given = self._channel(m, fire, piece, channel)
        m.d.comb += [self.parameters.enable.eq(table & self.i.valid & given), self.parameters.channel.eq(column)]
        return m

    def _words(self, m, writes, group, piece, compressed):
        """Which parts of a word are written, and with what."""
        config, shape, layout = self._config, ChunkShape(self._config), b_layout(self._config)
        size = layout.word_bits // layout.parts
        pieces = layout.block_bits // size
        for block in range(config.chunk_blocks):
            here, at = group == block // layout.together, block % layout.together * layout.block_bits
            for k in range(pieces):
                part = shape.bank(block) * pieces + k
                enable, data = here & (piece == k), self.i.payload.data[at:at + size]
                if self._expands:
                    together = compressed_layout(config).together
                    enable = Mux(compressed, group == block // together, enable)
                    place = block % together * layout.block_bits + k * size
                    data = Mux(compressed, self.blocks[place:place + size], data)
                m.d.comb += [self.write.enable[part].eq(writes & enable),
                             self.write.data[part * size:(part + 1) * size].eq(data)]

    def _channel(self, m, fire, piece, channel):
        """The parameters of a table's channel, and whether the beat that is offered has the last of them."""
        bits, words = self._config.b_bits, self.i.payload.data
        parts, used = max(1, CHANNEL_BITS // bits), -(-USED_BITS // bits)  # beats of a channel; those that say anything
        if parts > 1:  # what came before the beat that has the last used bits
            earlier = Signal((used - 1) * bits, reset_less=True)
            with m.If(fire):
                m.d.sync += earlier.eq(Cat(earlier, words)[bits:])
            words = Cat(earlier, words)
        mine = Signal(USED_BITS)
        m.d.comb += [
            mine.eq(any_of(*(words[k * CHANNEL_BITS:k * CHANNEL_BITS + USED_BITS] & (channel == k).replicate(USED_BITS)
                             for k in range(max(1, bits // CHANNEL_BITS))))),
            Cat(self.parameters.bias, self.parameters.multiplier, self.parameters.shift).eq(mine),
        ]
        return piece == (used - 1 if parts > 1 else 0)

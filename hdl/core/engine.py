"""The front half of the core: streams of A and B in, finished tiles of C in the accumulators.

    job --> B loader --+--> [queue] --> A loader ----> A buffer ----.
                       +--> [queue] --> sequencer ----------------> array --> accumulators <-- read
                       +--> [queue] --------------------------------------------> tile
    b -> B expander -> B loader -> B buffer -> select ---------------^

Loading, computing and draining overlap, over the borders of jobs. All jobs are legal
(`hdl.core.descriptor.Refusal`). B's expander is there if B may come compressed.
"""

from functools import partial

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.hdl.array.array import Array
from tamis.hdl.core.a_buffer import ABuffer
from tamis.hdl.core.a_loader import ALoader
from tamis.hdl.core.accumulators import Accumulators, read_signature
from tamis.hdl.core.b_buffer import BBuffer
from tamis.hdl.core.b_expand import BExpand
from tamis.hdl.core.b_loader import BLoader, parameter_signature
from tamis.hdl.core.descriptor import ChunkShape, job_layout, work_of
from tamis.hdl.core.layouts import b_job_layout, beat_layout
from tamis.hdl.core.sequencer import Sequencer
from tamis.hdl.lib.make import itself
from tamis.hdl.lib.queue import Queue

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
    make : callable
        How children are made, see `tamis.hdl.lib.make`.

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

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
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
        config, make = self._config, self._make
        m.submodules.b_loader = b_loader = make("b_loader", partial(BLoader, config))
        m.submodules.a_loader = a_loader = make("a_loader", partial(ALoader, config))
        m.submodules.sequencer = sequencer = make("sequencer", partial(Sequencer, config))
        m.submodules.a_buffer = a_words = make("a_buffer", partial(ABuffer, config, make=make))
        m.submodules.b_buffer = b_words = make("b_buffer", partial(BBuffer, config, make=make))
        m.submodules.array = array = make("array", partial(Array, config.array, make=make))
        m.submodules.accumulators = sums = make("accumulators", partial(Accumulators, config, make=make))

        # Jobs: to B's loader, and from there, in their order, to A's loader, the sequencer and the tiles.
        job = self.job.payload
        work = work_of(m, config, job)
        b_job = Signal(b_job_layout(config))
        blocks = ChunkShape(config).blocks
        m.d.comb += [
            b_job.kind.eq(job.kind), b_job.reuse.eq(work.reuse), b_job.last_column.eq(work.last_column),
            b_job.last_chunk.eq(work.last_block[blocks:]),
            b_job.last_group.eq(work.last_block[blocks - len(b_job.last_group):blocks]),
            b_loader.job.valid.eq(self.job.valid), b_loader.job.payload.eq(b_job),
            self.job.ready.eq(b_loader.job.ready), self.idle.eq(b_loader.idle),
        ]
        a_jobs = self._queue(m, "a", A_QUEUE, Cat(work.last_block, work.terms))
        jobs = self._queue(m, "sequencer", QUEUE, Cat(work.last_column, work.last_block, work.terms, work.reuse,
                                                      work.keep))
        tiles = self._queue(m, "tile", QUEUE, Cat(job[name] for name in OUTPUT_FIELDS))
        queues = (a_jobs, jobs, tiles)
        m.d.comb += [queue.i.valid.eq(b_loader.passed) for queue in queues]
        m.d.comb += b_loader.room.eq(a_jobs.i.ready & jobs.i.ready & tiles.i.ready)
        connect(m, a_jobs.o, a_loader.job)
        connect(m, jobs.o, sequencer.job)

        # Operands: from the streams into the buffers, and from there into the array.
        connect(m, flipped(self.a), a_loader.i)
        self._b_stream(m, b_loader, b_job)
        connect(m, a_loader.write, a_words.write)
        connect(m, b_loader.write, b_words.write)
        connect(m, b_loader.parameters, flipped(self.parameters))
        connect(m, sequencer.a_read, a_words.read)
        connect(m, sequencer.b_read, b_words.read)
        m.d.comb += [
            sequencer.a_loaded.eq(a_loader.loaded), a_loader.freed.eq(sequencer.a_freed),
            sequencer.b_loaded.eq(b_loader.loaded), b_loader.freed.eq(sequencer.b_freed),
            sequencer.drained.eq(self.drained), b_loader.drained.eq(self.drained),
            self.a_error.eq(a_loader.error),
        ]

        # A cycle after the reads, the words are there.
        load = Signal()
        valid = Signal()
        first = Signal(reset_less=True)
        end_pass = Signal(reset_less=True)
        end_job = Signal(reset_less=True)
        m.d.sync += [load.eq(sequencer.load), valid.eq(sequencer.b_read.enable), first.eq(sequencer.first),
                     end_pass.eq(sequencer.end_pass), end_job.eq(sequencer.end_job)]
        m.d.comb += [
            array.load.eq(load), array.a.eq(a_words.a), array.valid.eq(valid), array.b.eq(b_words.b),
            sums.arrives.eq(array.c_valid), sums.sums.eq(array.c_out), sums.valid.eq(valid), sums.first.eq(first),
            sums.end_pass.eq(end_pass), sums.end_job.eq(end_job),
        ]
        connect(m, flipped(self.read), sums.read)

        # Tiles: those whose last sums have been written.
        finished = Signal(range(3))
        bank = Signal()
        leaves = Signal()
        m.d.comb += [
            self.tile.valid.eq((finished != 0) & tiles.o.valid), leaves.eq(self.tile.valid & self.tile.ready),
            tiles.o.ready.eq(leaves), self.tile.payload.bank.eq(bank),
            Cat(self.tile.payload.job[name] for name in OUTPUT_FIELDS).eq(tiles.o.payload),
        ]
        m.d.sync += [finished.eq(finished + sums.done - leaves), bank.eq(bank ^ leaves)]

        events = self.events
        m.d.comb += [events.run.eq(valid), events.pass_start.eq(load), events.term_start.eq(sequencer.new_term),
                     Cat(events.wait_a, events.wait_b, events.wait_c).eq(sequencer.waits),
                     events.overflows.eq(sums.overflows)]
        return m

    def _queue(self, m, name, depth, word):
        """A queue of jobs, each the bits of `word`."""
        width = len(word)
        queue = self._make(f"queue_{width}x{depth}", partial(Queue, width=width, depth=depth), f"{name}_queue")
        m.submodules[f"{name}_queue"] = queue
        m.d.comb += queue.i.payload.eq(word)
        return queue

    def _b_stream(self, m, b_loader, b_job):
        """The stream of B into its loader; through the expander, if B may come compressed."""
        config, job = self._config, self.job.payload
        if not config.b_n:
            connect(m, flipped(self.b), b_loader.i)
            m.d.comb += self.b_error.eq(b_loader.error)
            return
        m.submodules.b_expand = expand = self._make("b_expand", partial(BExpand, config, make=self._make))
        connect(m, flipped(self.b), expand.i)
        connect(m, expand.o, b_loader.i)
        m.d.comb += [
            b_job.compressed.eq(job.b_compressed), b_loader.blocks.eq(expand.blocks),
            expand.active.eq(b_loader.expands), expand.ends.eq(b_loader.ends),
            self.b_error.eq(b_loader.error | expand.error), self.b_illegal.eq(expand.illegal),
        ]

"""Registers, descriptor queue, counters and interrupt of the core; `tamis.hdl.core.registers` describes them.

A descriptor enters with the write of its last word. An illegal one sets ERROR.REFUSED and its code, is counted and
dropped, and the next one runs. One written while the queue is full is answered with SLVERR, sets ERROR.OVERRUN and is
dropped. Latency: a legal descriptor is offered 2 cycles after it has been entered.
"""

from functools import partial

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from tamis.hdl.core.descriptor import Refusal, job_layout
from tamis.hdl.core.engine import event_layout
from tamis.hdl.core.registers import ADDRESS_BITS, COUNTERS, DESCRIPTOR_WORDS, ERRORS, registers
from tamis.hdl.lib.axi_lite import read_signature, write_signature
from tamis.hdl.lib.fifo import Fifo
from tamis.hdl.lib.make import itself

__all__ = ["Control"]


class Control(wiring.Component):
    """The registers and what they hold.

    Parameters
    ----------
    config : CoreConfig

    Members
    -------
    write, read : In
        As of `tamis.hdl.lib.axi_lite.AXILite`.
    job : Out(stream of `job_layout`)
        Legal ones.
    events : In(`event_layout`)
    tile_done : In(1)
        A tile of C has left.
    idle : In(1)
        Nothing is on its way behind `job`.
    a_error, b_error, b_illegal : In(1)
    irq : Out(1)
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        super().__init__({
            "write": In(write_signature(ADDRESS_BITS)), "read": In(read_signature(ADDRESS_BITS)),
            "job": Out(stream.Signature(job_layout(config))),
            "events": In(event_layout(config)), "tile_done": In(1), "idle": In(1),
            "a_error": In(1), "b_error": In(1), "b_illegal": In(1), "irq": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self._config
        found = registers(config)
        mask = Cat(bit.replicate(8) for bit in self.write.strobe)
        written = {r.name: Signal(name=f"write_{r.name.lower()}") for r in found if r.access != "r"}
        for r in found:
            if r.access != "r":
                m.d.comb += written[r.name].eq(self.write.enable & (self.write.word == r.offset // 4))
        ones = Signal(len(ERRORS))  # flags that are written as one
        m.d.comb += ones.eq(self.write.data[:len(ones)] & mask[:len(ones)])

        full, refused, code, entered = self._descriptors(m, written, mask)
        idle = Signal()
        m.d.comb += idle.eq(self.idle & ~self.job.valid & ~entered)
        errors = Cat(refused, written[f"DESCRIPTOR{DESCRIPTOR_WORDS - 1}"] & full, self.a_error, self.b_error,
                     self.b_illegal)
        error = Signal(len(ERRORS))
        latest = Signal(3)
        clear = (ones & written["ERROR"].replicate(len(ERRORS)))
        m.d.sync += error.eq((error & ~clear) | errors)
        with m.If(refused):
            m.d.sync += latest.eq(code)

        was_idle = Signal(init=1)
        seen = Signal(len(ERRORS))
        enable = Signal(2)
        irq = Signal(2)
        raised = Cat(idle & ~was_idle, (error & ~seen).any())
        m.d.sync += [was_idle.eq(idle), seen.eq(error),
                     irq.eq((irq & ~(ones[:2] & written["IRQ"].replicate(2))) | raised)]
        with m.If(written["IRQ_ENABLE"]):
            m.d.sync += enable.eq((enable & ~mask[:2]) | ones[:2])
        m.d.comb += self.irq.eq((irq & enable).any())

        counters = self._counters(m, written["CONTROL"] & ones[0], idle, refused)
        values = {"STATUS": Cat(idle, Const(0, 7), self._used), "ERROR": Cat(error, Const(0, 8 - len(ERRORS)), latest),
                  "IRQ_ENABLE": enable, "IRQ": irq} | counters
        self._read(m, found, values)
        with m.If(self.write.enable):
            known = Cat(*written.values()).any()
            m.d.comb += self.write.error.eq(~known | (written[f"DESCRIPTOR{DESCRIPTOR_WORDS - 1}"] & full))
        return m

    def _descriptors(self, m, written, mask):
        """The words written so far, the check, the queue; (full, refused, code, something on its way)."""
        config, make = self._config, self._make
        width = job_layout(config).size
        words = [Signal(32, name=f"descriptor_{k}", reset_less=True) for k in range(DESCRIPTOR_WORDS - 1)]
        for k, word in enumerate(words):
            with m.If(written[f"DESCRIPTOR{k}"]):
                m.d.sync += word.eq((word & ~mask) | (self.write.data & mask))
        final = Signal(width - 32 * len(words), name="final")
        m.d.comb += final.eq(self.write.data[:len(final)] & mask[:len(final)])
        whole = Signal(job_layout(config), name="whole", reset_less=True)
        waits = Signal()  # `whole` is to be checked
        kept = Signal(range(config.b_slots + 1))
        m.submodules.refusal = check = make("refusal", partial(Refusal, config))
        enters = Signal()
        taken = Signal()
        full = Signal()
        m.submodules.queue = queue = make("queue", partial(Fifo, width=width, depth=config.queue, make=make))
        connect(m, queue.o, flipped(self.job))
        legal = Signal()
        refused = Signal()
        used = self._used = queue.used
        m.d.comb += [
            legal.eq(check.code == 0), refused.eq(waits & ~legal),
            check.job.eq(whole), check.kept.eq(kept),
            enters.eq(waits & legal), queue.i.valid.eq(enters), queue.i.payload.eq(whole),
            # The descriptor that is being checked has its place in the queue.
            full.eq(~queue.i.ready | (waits & (used == config.queue - 1))),
            taken.eq(written[f"DESCRIPTOR{DESCRIPTOR_WORDS - 1}"] & ~full),
        ]
        with m.If(taken):
            m.d.sync += Cat(whole).eq(Cat(*words, final))
        with m.If(enters):
            m.d.sync += kept.eq(check.kept_next)
        m.d.sync += waits.eq(taken)
        return full, refused, check.code, used.any() | waits

    def _counters(self, m, clear, idle, refused):
        events = self.events
        steps = {"CYCLES": ~idle, "BUSY": events.run, "WAIT_A": events.wait_a, "WAIT_B": events.wait_b,
                 "WAIT_C": events.wait_c, "PASSES": events.pass_start, "TERMS": events.term_start,
                 "TILES": self.tile_done, "OVERFLOWS": events.overflows, "REFUSED": refused}
        values = {}
        for name in COUNTERS:
            value = values[name] = Signal(32, name=f"count_{name.lower()}")
            with m.If(clear):
                m.d.sync += value.eq(0)
            with m.Else():
                m.d.sync += value.eq(value + steps[name])
        macs = Signal(32 + self._config.array.macs.bit_length(), name="macs")
        m.d.comb += macs.eq(values["BUSY"] * self._config.array.macs)
        return values | {"MACS_LOW": macs[:32], "MACS_HIGH": macs[32:]}

    def _read(self, m, found, values):
        """An AND-OR of all that can be read; what else is asked for is an error."""
        word, known = Const(0, 32), []
        for r in found:
            here = Signal(name=f"read_{r.name.lower()}")
            m.d.comb += here.eq(self.read.word == r.offset // 4)
            known.append(here)
            if r.access != "w":
                value = Const(r.value, 32) if r.value is not None else values[r.name]
                word = word | (Cat(value, Const(0, 32 - len(value))) & here.replicate(32))
        m.d.comb += [self.read.data.eq(word), self.read.error.eq(~Cat(known).any())]

"""SAS index unit: a stream of dense channels to 1:M entries {value, index} (sas-supplement, sections A and D).

The index of channel c is the signs of channels c, c - 1, ..., c - log2(M) + 1, circular over the C channels of a
vector: wires, and log2(M) - 1 signs remembered from the beat before. Circular means that the first channels wait for
the last.

The trick: only the first beat of a vector is held back, and given last: beats 1, 2, ..., B - 1, 0. Holding it costs one
beat of registers and a multiplexer in front of the output, whatever C is; giving channels in order would take a buffer
of C. The register that remembers signs then holds those of the last channels, just when the first beat needs them. The
held beat leaves in the cycle in which the next vector's first beat comes in, so B beats take B cycles, back to back.

Latency: 1 cycle from a beat to the output; the first beat follows the last one. ``i.ready`` follows ``o.ready`` in the
same cycle.
"""

from typing import Annotated

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out
from pydantic import Field, model_validator

from tamis.hdl.array.column import entry_layout
from tamis.hdl.config import SASBlock
from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.magnitude import magnitude
from tamis.hdl.units.unit import Unit, UnitConfig, Width, illegal

__all__ = ["SASConfig", "SASIndexUnit", "SASParallel"]


class SASConfig(UnitConfig):
    """A SAS index unit.

    Attributes
    ----------
    m : 2, 4, 8 or 16
        Slots of a record, of which one holds the channel.
    width : int
        Bits of a channel, 2 to 16, two's complement.
    lanes : int
        Channels in a beat, 1 to 64, at least log2(M) - 1.
    max_channels : int
        The largest C, 4 to 65536, at least twice `lanes`.
    magnitude : bool
        The authors' released form, M = 2 only: |x|, unsigned, in slot 0 where x > 0 and in slot 1 elsewhere.
    """

    m: SASBlock = 8
    width: Width = 8
    lanes: Annotated[int, Field(strict=True, ge=1, le=64)] = 8
    max_channels: Annotated[int, Field(strict=True, ge=4, le=65536)] = 1024
    magnitude: bool = False

    @model_validator(mode="after")
    def _fits(self):
        if self.magnitude and self.m != 2:
            raise illegal("m must be 2 with magnitude, not {m}", m=self.m)
        if self.lanes < self.bits - 1:
            raise illegal("lanes must be at least log2(M) - 1 = {least}, not {lanes}",
                          least=self.bits - 1, lanes=self.lanes)
        if self.max_channels < 2 * self.lanes:
            raise illegal("max_channels must be at least 2 x lanes = {least}, not {channels}",
                          least=2 * self.lanes, channels=self.max_channels)
        return self

    @property
    def bits(self):
        """log2(M): signs in an index."""
        return self.m.bit_length() - 1

    @property
    def latency(self):
        return 1

    def beats(self, channels):
        """Beats, and cycles, of a vector."""
        return -(-channels // self.lanes)

    @property
    def input_layout(self):
        return StructLayout({"x": ArrayLayout(signed(self.width), self.lanes),
                             "channels": range(self.max_channels + 1)})

    @property
    def output_layout(self):
        value = unsigned(self.width) if self.magnitude else signed(self.width)
        return StructLayout({"entries": ArrayLayout(entry_layout(value, self.m), self.lanes), "keep": self.lanes,
                             "last": 1})


class SASIndexUnit(Unit):
    """Beats of channels to beats of entries.

    Parameters
    ----------
    config : SASConfig

    Members
    -------
    i : In(stream of {x, channels})
        ``lanes`` channels, lane 0 first; ``channels`` = C is read in the first beat of a vector of ceil(C / lanes).
    o : Out(stream of {entries, keep, last})
        ``entries[lane]`` {value, index}, undefined in lanes that are not in ``keep``. ``last``: this is the vector's
        last beat, and holds its channels 0 to lanes - 1.
    error : Out(1)
        A vector came with C below log2(M) or above max_channels. Stays set until reset. Its indices are undefined.

    Attributes
    ----------
    latency : int
    """

    kind = "sas"
    Config = SASConfig

    @property
    def latencies(self):
        return {"i to o": 1 + self.latency}  # from a vector's first beat; its second one is the first to come out

    @property
    def flags(self):
        return {"error": "a vector came with C below log2(M) or above max_channels"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        lanes, before = config.lanes, config.bits - 1
        valid = Signal()
        error = Signal()
        free = Signal()
        first = Signal(init=1)  # the next beat starts a vector
        whole = Signal()  # the held beat's vector is complete
        go = Signal()
        m.d.comb += [
            free.eq(~valid | self.o.ready),
            self.o.valid.eq(valid),
            self.error.eq(error),
            self.i.ready.eq(free | (first & ~whole)),
            go.eq(self.i.valid & self.i.ready),
        ]

        count = len(self.i.payload.channels)
        left = Signal(count)  # channels from this beat on
        rest = Signal(count, reset_less=True)  # and from the next one on
        over, ends = Signal(signed(count + 1), name="over"), Signal(name="ends")
        m.d.comb += [left.eq(Mux(first, self.i.payload.channels, rest)), over.eq(left - lanes), ends.eq(over <= 0)]
        illegal_count = (left < config.bits) | (left > config.max_channels)
        keep = Signal(lanes)
        m.d.comb += keep.eq(Cat(left > lane for lane in range(lanes)))
        with m.If(go):
            m.d.sync += [rest.eq(over[:count]), first.eq(ends)]
            with m.If(first & illegal_count):
                m.d.sync += error.eq(1)

        held = Signal(self.i.payload.x.shape(), name="held", reset_less=True)
        held_keep = Signal(lanes, reset_less=True)
        with m.If(go & first):
            m.d.sync += [held.eq(self.i.payload.x), held_keep.eq(keep)]
        m.d.sync += whole.eq((go & ends) | (whole & ~free))

        signs = None
        if before:  # of the channels before the beat, the nearest last
            signs = Signal(before, name="signs", reset_less=True)
            line = Cat(signs, (self.i.payload.x[lane][-1] for lane in range(lanes)))
            with m.If(go):  # `keep` is a thermometer: the last channel of the beat is where it ends
                m.d.sync += signs.eq(any_of(*(
                    line[k:k + before] & (keep[k - 1] & ~keep[k] if k < lanes else keep[-1]).replicate(before)
                    for k in range(1, lanes + 1))))

        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        beat = Signal(self.i.payload.x.shape(), name="beat")
        m.d.comb += beat.eq(Mux(whole, held.as_value(), self.i.payload.x.as_value()))
        with m.If(free):
            m.d.sync += [valid.eq(whole | (self.i.valid & ~first)), out.last.eq(whole),
                         out.keep.eq(Mux(whole, held_keep, keep))]
            for lane, (value, index) in enumerate(self._entries(m, beat, signs)):
                m.d.sync += [out.entries[lane].value.eq(value), out.entries[lane].index.eq(index)]
        return m

    def _entries(self, m, beat, signs):
        lanes = range(self._config.lanes)
        if self._config.magnitude:
            for lane in lanes:
                size, nonzero = magnitude(m, beat[lane], name=f"magnitude_{lane}")
                yield Cat(size), beat[lane][-1] | ~nonzero
            return
        bits = self._config.bits
        line = Cat(*([] if signs is None else [signs]), (beat[lane][-1] for lane in lanes))
        for lane in lanes:
            yield beat[lane], Cat(line[lane + bits - 1 - i] for i in range(bits))


class SASParallel(wiring.Component):
    """All C channels of a vector at once: wires, not one gate.

    Parameters
    ----------
    channels : int
        C, at least log2(M).
    m : 2, 4, 8 or 16
    width : int

    Members
    -------
    x : In(channels elements)
    entries : Out(channels entries {value, index})
    """

    def __init__(self, *, channels, m=8, width=8):
        config = SASConfig.parse({"m": m, "width": width})
        if not isinstance(channels, int) or channels < config.bits:
            raise ValueError(f"channels must be an integer of at least log2(M) = {config.bits}, not {channels!r}")
        self._bits = config.bits
        super().__init__({
            "x": In(ArrayLayout(signed(width), channels)),
            "entries": Out(ArrayLayout(entry_layout(signed(width), m), channels)),
        })

    def elaborate(self, platform):
        m = Module()
        channels = self.x.shape().length
        for c in range(channels):
            m.d.comb += [
                self.entries[c].value.eq(self.x[c]),
                self.entries[c].index.eq(Cat(self.x[(c - i) % channels][-1] for i in range(self._bits))),
            ]
        return m

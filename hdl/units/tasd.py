"""TASD unit: a block of M integers as a series of N:M terms (tasd, sections 3.1 and 4.4), at run time.

A block enters with the *marks* of its series, M bits: bit p set where place p is the last of its term (4:8+1:8: bits 3
and 4; `tamis.golden.units.tasd.marks`). So any mask but zero is a legal series, of up to M terms, and neither sums nor
comparisons are needed to follow it. Largest magnitude first, ties to the lower index; -128 has magnitude 128.

=======  ================================================  ==============  =================
style    a beat of the output                              blocks          latency
=======  ================================================  ==============  =================
rank     the block: all M entries in magnitude order       one per cycle   1 cycle
tree     one entry; ``last`` ends a block                  one per sum N   2 cycles to the first entry, then 1 each
=======  ================================================  ==============  =================

Both take the next block in the cycle in which the last beat of one moves on, so nothing is lost between blocks; the
registers hold while ``o`` stalls. ``i.ready`` follows ``o.ready`` in the same cycle; nothing else follows an input.

Style "rank" has its registers in the middle, where there is least to keep: the block, and who beats whom. They hold by
the multiplexers in front of the block, which the comparisons are behind, so those need none of their own. Its outputs
come out of registers through the exchanges, about half of its depth. Style "tree" has output registers, but a value is
in them as sign and magnitude and comes out through its negation.

The tricks are in `tamis.hdl.units.tasd_rank` and `tamis.hdl.units.tasd_tree`.
"""

from typing import Literal

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout

from tamis.hdl.array.column import entry_layout
from tamis.hdl.config import TASDBlock
from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.magnitude import negated_if
from tamis.hdl.units.tasd_rank import compared, ranked
from tamis.hdl.units.tasd_tree import largest
from tamis.hdl.units.unit import Unit, UnitConfig, Width

__all__ = ["PruneConfig", "PruneUnit", "TASDConfig", "TASDUnit"]


class TASDConfig(UnitConfig):
    """A TASD unit.

    Attributes
    ----------
    m : 4, 8 or 16
        Elements of a block.
    width : int
        Bits of an element, 2 to 16.
    signed : bool
        Two's complement or unsigned elements.
    style : "rank" or "tree"
        A block per cycle, or an entry per cycle and less area.
    """

    m: TASDBlock = 8
    width: Width = 8
    signed: bool = True
    style: Literal["rank", "tree"] = "rank"

    @property
    def shape(self):
        return signed(self.width) if self.signed else unsigned(self.width)

    @property
    def latency(self):
        """Cycles from a block's transfer at the input to its first beat at the output."""
        return 1 if self.style == "rank" else 2

    def cycles(self, kept):
        """Cycles between two blocks of ``kept`` = sum N entries, if nothing stalls."""
        return 1 if self.style == "rank" else max(1, kept)

    @property
    def input_layout(self):
        return StructLayout({"block": ArrayLayout(self.shape, self.m), "marks": unsigned(self.m)})

    @property
    def output_layout(self):
        entry = entry_layout(self.shape, self.m)
        if self.style == "rank":
            return StructLayout({"entries": ArrayLayout(entry, self.m), "marks": unsigned(self.m), "residual": 1})
        return StructLayout({"entry": entry, "term_end": 1, "last": 1, "residual": 1})


class TASDUnit(Unit):
    """A stream of blocks into a stream of entries.

    Parameters
    ----------
    config : TASDConfig

    Members
    -------
    i : In(stream of {block, marks})
        M elements; the marks of the series.
    o : Out(stream of {entries, marks, residual}), style "rank"
        ``entries[place]`` {value, index}: all M elements. Places up to the highest mark are in the terms, the others
        are the residual; ``residual`` is set if one of those is not zero. ``marks`` as they came.
    o : Out(stream of {entry, term_end, last, residual}), style "tree"
        The entries of the terms one by one; ``residual`` is set if a later element of the block is not zero, so with
        ``last`` it says whether the terms have lost anything.
    error : Out(1)
        A block came without marks. Stays set until reset. Such a block is all residual (one entry in style "tree").

    Attributes
    ----------
    latency : int
        Cycles from taking a block to its first beat.
    """

    kind = "tasd"
    Config = TASDConfig

    @property
    def flags(self):
        return {"error": "a block came without marks"}

    def elaborate(self, platform):
        m = Module()
        free = Signal()  # the output register may be written
        valid = Signal()
        error = Signal()
        m.d.comb += [free.eq(~valid | self.o.ready), self.o.valid.eq(valid), self.error.eq(error)]
        with m.If(self.i.valid & self.i.ready & ~self.i.payload.marks.any()):
            m.d.sync += error.eq(1)
        (self._rank if self._config.style == "rank" else self._tree)(m, free, valid)
        return m

    def _rank(self, m, free, valid):
        size, width = self._config.m, self._config.width
        m.d.comb += self.i.ready.eq(free)
        with m.If(free):
            m.d.sync += valid.eq(self.i.valid)
        block = [Signal(self._config.shape, name=f"element_{k}", reset_less=True) for k in range(size)]
        marks = Signal(size, reset_less=True)
        entering = [Signal(self._config.shape, name=f"entering_{k}") for k in range(size)]
        for x, new, old in zip(entering, self.i.payload.block, block, strict=True):
            m.d.comb += x.eq(Mux(free, new, old))
            m.d.sync += old.eq(x)
        with m.If(free):
            m.d.sync += marks.eq(self.i.payload.marks)
        beats = {}
        for (low, high), wins in compared(m, entering).items():
            beats[low, high] = Signal(name=f"beats_{low}_{high}", reset_less=True)
            m.d.sync += beats[low, high].eq(wins)
        out = self.o.payload
        some = Signal(size)
        for place, entry in enumerate(ranked(m, block, beats)):
            m.d.comb += [out.entries[place].value.eq(entry[:width]), out.entries[place].index.eq(entry[width:]),
                         some[place].eq(entry[:width].any())]
        m.d.comb += [out.marks.eq(marks), out.residual.eq(any_of(*(
            some[place] & ~marks[place:].any() for place in range(size))))]

    def _tree(self, m, free, valid):
        size = self._config.m
        block = [Signal(self._config.shape, name=f"element_{k}", reset_less=True) for k in range(size)]
        pending = Signal(size, reset_less=True)
        marks = Signal(size, reset_less=True)
        busy = Signal()
        last = Signal()
        chosen, value, nonzero = largest(m, block, pending)
        rest = Signal(size)
        gone = Signal(size)
        m.d.comb += [
            last.eq(~marks[1:].any()),
            self.i.ready.eq(~busy | (free & last)),
            rest.eq(pending & ~chosen),
            gone.eq(chosen & free.replicate(size)),
        ]
        with m.If(self.i.ready):
            m.d.sync += [busy.eq(self.i.valid), Cat(block).eq(self.i.payload.block), marks.eq(self.i.payload.marks)]
        with m.Elif(free):
            m.d.sync += marks.eq(marks[1:])
        m.d.sync += pending.eq((pending & ~gone) | self.i.ready.replicate(size))
        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        if self._config.signed:  # kept as sign and magnitude, so that the search's path ends at the register
            *low, negative = out.entry.value.as_unsigned()
            low, _ = negated_if(m, low, negative, name="value")
            m.d.comb += self.o.payload.entry.value.eq(Cat(low, negative))
        with m.If(free):
            m.d.sync += [
                valid.eq(busy),
                out.entry.value.eq(Cat(value)),
                out.entry.index.eq(Cat(any_of(*(chosen[k] for k in range(size) if k >> bit & 1))
                                       for bit in range(len(out.entry.index)))),
                out.term_end.eq(marks[0]),
                out.last.eq(last),
                out.residual.eq((rest & nonzero).any()),
            ]


class PruneConfig(TASDConfig):
    """A unit for greedy N:M pruning; fields as `TASDConfig`."""


class PruneUnit(TASDUnit):
    """Greedy N:M of a stream: a TASD unit that is told one term, its N at run time by the place it marks, N - 1.

    Parameters, Members and Attributes as `TASDUnit`.
    """

    kind = "prune"
    Config = PruneConfig

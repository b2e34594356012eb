"""MVUE unit: unbiased 1:2 or 2:4 pruning of least variance of a stream of gradients (optimal-nm-mvue, section 4).

=======  ==================================================  ==========================  =====================
pattern  keeps                                               as                          what r is compared with
=======  ==================================================  ==========================  =====================
1:2      one of a pair, a with probability |a| / S (Eq. 27)  its sign times S            |a|
2:4      two, a with min(1, 2 |a| / C) (Eqs. 13, 15)         its sign times C / 2, but   `tamis.golden.units.mvue24`
                                                             the certain one as it is
=======  ==================================================  ==========================  =====================

S is the sum of magnitudes, C the same with a largest element that counts for no more than all the others. The trick: no
division, the random number u = U / 2^k, U from 1 to 2^k - 1, is multiplied by S or C instead. 2:4 gives values in
halves: C may be odd. A block with at most N non-zeros comes out as it went in, exactly. Otherwise the mean is off by
less than S (C) / (2^k - 1): for int8 at k = 16 by 1/255 (2:4: 1/127) of a unit at worst.

U comes from a maximal-length LFSR per lane, `hdl.lib.lfsr`, that moves on once per beat taken: what is drawn depends on
the seeds and the number of beats since reset, not on stalls. It is given beside the entries that it chose. The seeds
are read from a port while reset is high; `golden.units.lfsr.lane_seeds` spreads them evenly over the
one cycle of numbers.

Latency: 1 cycle; a beat of `lanes` blocks per cycle. ``i.ready`` follows ``o.ready`` in the same cycle.
"""

from functools import partial
from typing import Annotated, Literal

from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In
from pydantic import Field

from tamis.hdl.array.column import entry_layout
from tamis.hdl.lib.lfsr import LFSR
from tamis.hdl.units.mvue_pair import pruned_pair
from tamis.hdl.units.mvue_quad import pruned_quad
from tamis.hdl.units.unit import Unit, UnitConfig, Width

__all__ = ["MVUEConfig", "MVUEUnit"]


class MVUEConfig(UnitConfig):
    """A unit for unbiased pruning.

    Attributes
    ----------
    pattern : "1:2" or "2:4"
        N:M of the estimate.
    width : int
        Bits of an element, 2 to 16, two's complement.
    lanes : int
        Blocks per beat, 1 to 64.
    u_bits : 8, 10, 12, 16, 20 or 24
        Bits of the random numbers.
    """

    pattern: Literal["1:2", "2:4"] = "1:2"
    width: Width = 8
    lanes: Annotated[int, Field(strict=True, ge=1, le=64)] = 2
    u_bits: Literal[8, 10, 12, 16, 20, 24] = 16

    @property
    def latency(self):
        return 1

    @property
    def kept(self):
        """N, entries of a block that come out."""
        return 1 if self.pattern == "1:2" else 2

    @property
    def fraction_bits(self):
        """Of an entry's value: 2:4 gives halves."""
        return self.kept - 1

    @property
    def input_layout(self):
        return ArrayLayout(ArrayLayout(signed(self.width), 2 * self.kept), self.lanes)

    @property
    def output_layout(self):
        entry = entry_layout(signed(self.width + self.kept), 2 * self.kept)
        return StructLayout({"entries": ArrayLayout(ArrayLayout(entry, self.kept), self.lanes),
                             "u": ArrayLayout(unsigned(self.u_bits), self.lanes)})


class MVUEUnit(Unit):
    """Blocks to entries.

    Parameters
    ----------
    config : MVUEConfig

    Members
    -------
    i : In(stream of lanes blocks of M)
    o : Out(stream of {entries, u})
        ``entries[lane]``: N of {value, index}, indices increasing, values N bits wider than an element (2:4: in
        halves); of a pair of zeros the second, of a block of zeros the first two. ``u[lane]``: the number that chose.
    seed : In(lanes numbers of k bits)
        Read while reset is high: every lane's first number. 0 counts as 1.

    Attributes
    ----------
    latency : int
    """

    kind = "mvue"
    Config = MVUEConfig

    def _members(self, config):
        return {
            **super()._members(config),
            "seed": In(ArrayLayout(unsigned(config.u_bits), config.lanes),
                       init=LFSR.seeds(width=config.u_bits, seed=1, lanes=config.lanes)),
        }

    @property
    def port_text(self):
        config = self._config
        return {"seed": f"[lanes {config.lanes}] first numbers of {config.u_bits} bits, read while rst is high; "
                        "0 counts as 1"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        valid = Signal()
        free = Signal()
        m.d.comb += [free.eq(~valid | self.o.ready), self.o.valid.eq(valid), self.i.ready.eq(free)]
        with m.If(free):
            m.d.sync += valid.eq(self.i.valid)
        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        for lane in range(config.lanes):
            m.submodules[f"lfsr_{lane}"] = register = self._make("lfsr", partial(LFSR, width=config.u_bits),
                                                                 f"lfsr_{lane}")
            m.d.comb += [register.next.eq(self.i.valid & free), register.seed.eq(self.seed[lane])]
            pruned = pruned_pair if config.pattern == "1:2" else pruned_quad
            kept = pruned(m, list(self.i.payload[lane]), register.number, name=f"lane_{lane}")
            with m.If(free):
                m.d.sync += out.u[lane].eq(register.number)
                for entry, (value, index) in zip(out.entries[lane], kept, strict=True):
                    m.d.sync += [entry.value.eq(value), entry.index.eq(index)]
        return m

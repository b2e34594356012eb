"""MVUE unit: unbiased 1:2 pruning of least variance of a stream of gradients (optimal-nm-mvue, section 4.1, Eq. 27).

Of a pair (a, b), S = |a| + |b|, one is kept as its sign times S: a with probability |a| / S. The trick: no division; a
is kept where u S < |a|, with u = U / 2^k and U a k-bit number from 1 to 2^k - 1. A pair with a zero comes out as it
went in, exactly. Otherwise the mean is off by less than S / (2^k - 1): 1/255 of a unit for int8 at k = 16.

U comes from a maximal-length LFSR per lane, `hdl.lfsr`, that moves on once per beat taken: what is drawn depends on the
seeds and the number of beats since reset, not on stalls. It is given beside the entry that it chose. The seeds are read
from a port while reset is high; `golden.units.lfsr.lane_seeds` spreads them evenly over the one cycle of numbers.

Latency: 1 cycle; a beat of `lanes` pairs per cycle. ``i.ready`` follows ``o.ready`` in the same cycle.
"""

from functools import partial
from typing import Annotated, Literal

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import stream
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out
from pydantic import Field

from hdl._magnitude import magnitude, negated_if
from hdl.column import entry_layout
from hdl.lfsr import LFSR
from hdl.unit import Unit, UnitConfig, Width

__all__ = ["MVUEConfig", "MVUEUnit"]


class MVUEConfig(UnitConfig):
    """A unit for unbiased 1:2 pruning.

    Attributes
    ----------
    width : int
        Bits of an element, 2 to 16, two's complement.
    lanes : int
        Pairs per beat, 1 to 64.
    u_bits : 8, 10, 12, 16, 20 or 24
        k, bits of the random numbers.
    """

    width: Width = 8
    lanes: Annotated[int, Field(strict=True, ge=1, le=64)] = 2
    u_bits: Literal[8, 10, 12, 16, 20, 24] = 16

    @property
    def latency(self):
        return 1

    @property
    def input_layout(self):
        return ArrayLayout(ArrayLayout(signed(self.width), 2), self.lanes)

    @property
    def output_layout(self):
        return StructLayout({"entries": ArrayLayout(entry_layout(signed(self.width + 1), 2), self.lanes),
                             "u": ArrayLayout(unsigned(self.u_bits), self.lanes)})


class MVUEUnit(Unit):
    """Pairs to entries.

    Parameters
    ----------
    config : MVUEConfig

    Members
    -------
    i : In(stream of lanes pairs)
    o : Out(stream of {entries, u})
        ``entries[lane]`` {value, index}: one bit wider than an element; index 1 for a pair of zeros. ``u[lane]``: the
        number that chose it.
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
            "i": In(stream.Signature(config.input_layout)),
            "o": Out(stream.Signature(config.output_layout)),
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
        valid, free = Signal(), Signal()
        m.d.comb += [free.eq(~valid | self.o.ready), self.o.valid.eq(valid), self.i.ready.eq(free)]
        with m.If(free):
            m.d.sync += valid.eq(self.i.valid)
        out = Signal(self.o.payload.shape(), name="out", reset_less=True)
        m.d.comb += self.o.payload.eq(out)
        for lane in range(config.lanes):
            register = self._place(m, f"lfsr_{lane}", "lfsr", partial(LFSR, width=config.u_bits),
                                   next=self.i.valid & free, seed=self.seed[lane])
            value, index = self._pair(m, self.i.payload[lane], register.number, f"lane_{lane}")
            with m.If(free):
                m.d.sync += [out.entries[lane].value.eq(value), out.entries[lane].index.eq(index),
                             out.u[lane].eq(register.number)]
        return m

    def _pair(self, m, pair, u, name):
        config = self._config
        sizes = [Cat(magnitude(m, pair[k], name=f"{name}_magnitude_{k}")[0]) for k in range(2)]
        total = Signal(config.width + 1, name=f"{name}_total")
        scaled = Signal(config.width + 1 + config.u_bits, name=f"{name}_scaled")
        second = Signal(name=f"{name}_second")
        negative = Signal(name=f"{name}_negative")
        m.d.comb += [
            total.eq(sizes[0] + sizes[1]),
            scaled.eq(total * u),
            # The top bit is never set, for S is at most 2^width; reading it leaves no bit unused.
            second.eq(scaled[-1] | (scaled[:-1] >= Cat(Const(0, config.u_bits), sizes[0]))),
            negative.eq(Mux(second, pair[1][-1], pair[0][-1])),
        ]
        value, _ = negated_if(m, list(total), negative, name=f"{name}_value")
        return Cat(value), second

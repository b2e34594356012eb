"""Requantisation: int32 sums of one channel to codes (docs/core.md; `tamis.golden.core.output.codes` states it).

    code = saturate(round((sum + bias) * multiplier / 2^shift) + zero_point), halves to even; then ReLU

One channel's parameters for all lanes. Latency: 5 cycles (bias; the product's carry-save tree; its sum; shift; round
and saturate), one beat per cycle. Why the multiplier has 16 bits: docs/reference/streams.md.

The trick: the shifter keeps no bit that cannot reach the code. It goes from the largest step down; after the step of
2^k at most 2^k - 1 places remain, so width + 1 + 2^k bits are enough. What falls off below is remembered as *sticky*;
what is cut above, where a step does not shift, says "beyond the range" unless it repeats the sign.
"""

from functools import partial

from amaranth.hdl import Cat, Const, EnableInserter, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.mac import multiply_add
from tamis.hdl.lib.make import itself

__all__ = ["PARAMETERS", "Requantise"]

PARAMETERS = StructLayout({"bias": signed(32), "multiplier": signed(16), "shift": 6})
PRODUCT = PARAMETERS["bias"].width + PARAMETERS["multiplier"].width
STAGES = 5


class Requantise(wiring.Component):
    """A stream of sums into a stream of codes.

    Parameters
    ----------
    lanes : int
        Sums per beat.
    width : int
        Bits of a code, 4 to 16.
    tag : int
        Bits that travel with each beat.

    Members
    -------
    i : In(stream of {sums, parameters, tag})
        lanes int32 sums of one channel and that channel's parameters.
    o : Out(stream of {codes, tag})
    zero_point : In(signed(width))
    relu : In(1)
        Both constant while beats are inside.
    """

    latency = STAGES

    def __init__(self, *, lanes, width, tag, make=itself):
        self._lanes, self._width, self._make = lanes, width, make
        super().__init__({
            "i": In(stream.Signature(StructLayout({"sums": ArrayLayout(signed(32), lanes), "parameters": PARAMETERS,
                                                   "tag": tag}))),
            "o": Out(stream.Signature(StructLayout({"codes": ArrayLayout(signed(width), lanes), "tag": tag}))),
            "zero_point": In(signed(width)),
            "relu": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        valid = [Signal(name=f"valid_{k}") for k in range(STAGES)]
        tags = [Signal(len(self.i.payload.tag), name=f"tag_{k}", reset_less=True) for k in range(STAGES)]
        free = Signal()
        m.d.comb += [free.eq(~valid[-1] | self.o.ready), self.i.ready.eq(free), self.o.valid.eq(valid[-1]),
                     self.o.payload.tag.eq(tags[-1])]
        parameters = self.i.payload.parameters
        multiplier = Signal(signed(16), reset_less=True)
        shifts = [Signal(6, name=f"shift_{k}", reset_less=True) for k in range(3)]
        with m.If(free):
            m.d.sync += [Cat(valid).eq(Cat(self.i.valid, valid[:-1])), Cat(tags).eq(Cat(self.i.payload.tag, tags[:-1])),
                         multiplier.eq(parameters.multiplier), Cat(shifts).eq(Cat(parameters.shift, shifts[:-1]))]
        for k in range(self._lanes):
            name = f"lane_{k}"
            m.submodules[name] = lane = self._make(f"requantise_lane_{self._width}", partial(Lane, self._width), name)
            m.d.comb += [lane.move.eq(free), lane.sum.eq(self.i.payload.sums[k]), lane.bias.eq(parameters.bias),
                         lane.multiplier.eq(multiplier), lane.shift.eq(shifts[-1]), lane.zero_point.eq(self.zero_point),
                         lane.relu.eq(self.relu), self.o.payload.codes[k].eq(lane.code)]
        return m


class Lane(wiring.Component):
    """One sum; parameters as its stages need them: bias with the sum, multiplier a cycle later, shift three.

    Members
    -------
    move : In(1)
        All stages take what is before them.
    sum, bias : In(signed(32)); multiplier : In(signed(16)); shift : In(6); zero_point : In(signed(width)); relu : In(1)
    code : Out(signed(width))
    """

    def __init__(self, width):
        self._width = width
        super().__init__({"move": In(1), "sum": In(signed(32)), "bias": In(signed(32)), "multiplier": In(signed(16)),
                          "shift": In(6), "zero_point": In(signed(width)), "relu": In(1),
                          "code": Out(signed(width))})

    def elaborate(self, platform):
        m = Module()
        biased = Signal(signed(32), reset_less=True)
        product = Signal(PRODUCT, reset_less=True)
        m.d.sync += [
            biased.eq(_saturated_sum(m, self.sum, self.bias, "total")),
            product.eq(multiply_add(m, [(self.multiplier, biased)], None, PRODUCT, register=True, name="scale")),
        ]
        self._round(m, *self._shift(m, product))
        return EnableInserter(self.move)(m)

    def _shift(self, m, product):
        """(Low bits of product / 2^shift and the first that rounding drops, sign, beyond, sticky), a cycle later."""
        value, sign = Cat(Const(0, 1), product), product[-1]
        beyond, sticky = [], []
        for step in reversed(range(len(self.shift))):
            move, kept = 1 << step, self._width + 1 + (1 << step)
            moved = Cat(value[move:], sign.replicate(max(0, kept + move - len(value))))
            cut = value[kept - 1:]
            off = Signal(name=f"beyond_{step}")
            lost = Signal(name=f"sticky_{step}")
            rest = Signal(kept, name=f"shifted_{step}")
            m.d.comb += [rest.eq(Mux(self.shift[step], moved[:kept], value[:kept])),
                         off.eq(~self.shift[step] & cut.any() & ~cut.all()),
                         lost.eq(self.shift[step] & value[:move].any())]
            beyond.append(off)
            sticky.append(lost)
            value = rest
        ends = Cat(value, sign, Cat(beyond).any(), Cat(sticky).any())
        scaled = Signal(len(ends), name="scaled", reset_less=True)
        m.d.sync += scaled.eq(ends)
        return scaled[:-3], *scaled[-3:]

    def _round(self, m, scaled, sign, beyond, sticky):
        width, floor, half = self._width, scaled[1:], scaled[0]
        up = Signal(name="round_up")
        total = Signal(width + 2, name="round_total")
        off = Signal(name="round_off")
        code = Signal(signed(width), name="rounded", reset_less=True)
        top = total[width - 1:]  # the sign's copies, if the code is in range
        limit = Cat((~sign).replicate(width - 1), sign)
        m.d.comb += [up.eq(half & (sticky | floor[0])),
                     total.eq(floor.as_signed() + self.zero_point + up),
                     off.eq(beyond | (top.any() & ~top.all())),
                     self.code.eq(code)]
        m.d.sync += code.eq(Mux(self.relu & sign, self.zero_point.as_unsigned(), Mux(off, limit, total[:width])))


def _saturated_sum(m, a, b, name):
    """a + b of two int32, saturating."""
    total, out = Signal(33, name=name), Signal(32, name=f"{name}_sat")
    limit = Cat((~total[32]).replicate(31), total[32])
    m.d.comb += [total.eq(a + b), out.eq(Mux(total[32] ^ total[31], limit, total[:32]))]
    return out

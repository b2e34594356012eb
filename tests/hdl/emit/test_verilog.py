"""Hardware in its natural form (counters with +, comparisons with constants, Switch, FSM) gives Verilog that has no
warning and computes what Python's integers do."""

import random

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.emit.verilog import verilog
from tests.support.replay import replay
from tests.support.simulate import pack, unpack

INPUT = StructLayout({"a": 6, "b": signed(8), "code": 3})
OUTPUT = StructLayout({"chosen": 8, "total": signed(9), "low": 3, "signs": 2, "bounds": 4, "count": 3})


class Natural(wiring.Component):
    """An FSM takes {a, b, code}, then offers the results of every kind of expression."""

    def __init__(self) -> None:
        super().__init__({"i": In(stream.Signature(INPUT)), "o": Out(stream.Signature(OUTPUT))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held = Signal(INPUT)
        count = Signal(3)
        a, b = held.a, held.b
        out = self.o.payload
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.d.sync += held.eq(self.i.payload)
                    m.next = "OFFER"
            with m.State("OFFER"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += count.eq(count + 1)
                    m.next = "TAKE"
        m.d.comb += [out.total.eq(a + b), out.low.eq(a - 3), out.count.eq(count),
                     out.signs.eq((b < 0) + (a != 9)),
                     out.bounds.eq((a <= 9) + (a >= 3) + (b > -5) + (a == 5))]
        with m.Switch(held.code):
            with m.Case(1):
                m.d.comb += out.chosen.eq(a + 3)
            with m.Case(2, 5):
                m.d.comb += out.chosen.eq(a - b)
            with m.Default():
                m.d.comb += out.chosen.eq(Mux(a >= 3, 4, a[:3] << 1))
        return m


def results(a: int, b: int, code: int, count: int) -> list[int]:
    """What `Natural` offers, as unsigned fields."""
    chosen = a + 3 if code == 1 else a - b if code in (2, 5) else 4 if a >= 3 else a % 8 * 2
    bounds = (a <= 9) + (a >= 3) + (b > -5) + (a == 5)
    return [chosen % 256, (a + b) % 512, (a - 3) % 8, (b < 0) + (a != 9), bounds, count % 8]


def test_natural_form_has_no_warning(lint):
    lint(verilog(Natural(), "unit"))


def test_natural_form_computes_what_integers_do():
    rng = random.Random(1)
    inputs = [(rng.randrange(64), rng.randrange(-128, 128), rng.randrange(8)) for _ in range(3000)]
    sent = [pack((a, 6), (b, 8), (code, 3)) for a, b, code in inputs]
    words = replay(Natural(), sent, len(sent), stall=(0.2, 0.2))
    assert [unpack(word, 8, 9, 3, 2, 4, 3) for word in words] == [results(*one, k) for k, one in enumerate(inputs)]

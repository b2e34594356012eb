"""hdl/array/size.py: the sizes that a configuration promises are those of the elaborated array; more is refused."""

import re
import time

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.array.array import Array
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.array.size import LARGEST_INPUTS, input_bits, skew_lines
from tamis.hdl.config import ConfigError
from tamis.hdl.emit.generate import Modules

CONFIGS = [
    {"patterns": "2:4", "rows": 4, "cols": 6, "alpha": 2, "beta": 2},
    {"patterns": "1:8,2:8", "rows": 8, "cols": 4, "alpha": 1, "beta": 1, "pipeline": "both", "acc_width": 21},
    {"patterns": "3:5", "rows": 6, "cols": 4, "alpha": 4, "beta": 2, "pipeline": "select", "b_width": 3},
    {"patterns": "1:1", "rows": 3, "cols": 5, "alpha": 1, "beta": 3, "pipeline": "multiply", "a_width": 5},
    {"patterns": "4:4", "rows": 4, "cols": 2, "alpha": 2, "beta": 1, "a_signed": False, "b_signed": False},
]


@pytest.mark.parametrize("fields", CONFIGS, ids=lambda fields: fields["patterns"])
def test_sizes_are_those_of_the_module(fields):
    config = ArrayConfig.parse(fields)
    modules = Modules("top")
    text = rtlil.convert(Array(config, make=modules.make), name="top", emit_src=False)
    inputs = re.findall(r"^ *wire width (\d+) input \d+ ", text, re.MULTILINE)
    assert sum(map(int, inputs)) == input_bits(config)
    lines = re.findall(r"^ *wire width (\d+) \\\w+_skew(?:_\d+)?$", text, re.MULTILINE)
    assert sorted(map(int, lines)) == sorted(skew_lines(config))


@pytest.mark.parametrize("fields, text", [
    ({"patterns": "2:4", "rows": 4, "cols": 1024}, "rows x cols = 4 x 1024 must have at most 65534 bits of inputs"),
    ({"patterns": "1:32", "rows": 128, "cols": 1, "b_width": 16}, "rows x cols = 128 x 1 must have at most 65534 bits"),
    ({"patterns": "2:4", "rows": 4, "cols": 900, "alpha": 1}, "must have at most 2097152 bits of skew registers"),
    ({"patterns": "32:32", "rows": 1024, "cols": 1, "beta": 1}, "must have at most 65536 bits in a skew register"),
])
def test_what_cannot_be_built_is_refused_at_once(fields, text):
    began = time.perf_counter()
    with pytest.raises(ConfigError) as caught:
        ArrayConfig.parse(fields)
    assert text in str(caught.value) and "\n" not in str(caught.value)
    assert time.perf_counter() - began < 1


class Wide(wiring.Component):
    """A module with that many bits of inputs, in two ports."""

    def __init__(self, bits):
        super().__init__({"left": In(bits // 2), "right": In(bits - bits // 2), "out": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.out.eq(self.right[-1])
        return m


def test_the_limit_on_inputs_is_amaranths():
    """One bit more than is legal and Amaranth gives up; the most that is legal converts."""
    assert "module" in rtlil.convert(Wide(LARGEST_INPUTS), name="wide", emit_src=False)
    with pytest.raises(AssertionError):
        rtlil.convert(Wide(LARGEST_INPUTS + 1), name="wide", emit_src=False)

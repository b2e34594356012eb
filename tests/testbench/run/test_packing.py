"""testbench/run/packing.py: bits go where the manifest says, and come back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.testbench.run.packing import Ports, from_bits, from_strings, to_bits, to_words

MANIFEST = {"ports": [{"name": name, "direction": direction, "width": width} for name, direction, width in (
    ("clk", "input", 1), ("x", "input", 3), ("y", "output", 2), ("z", "input", 4))]}


@given(st.integers(1, 48), st.booleans(), st.data())
def test_bits_and_back(width, signed, data):
    low = -(1 << width - 1) if signed else 0
    values = data.draw(st.lists(st.integers(low, low + (1 << width) - 1), min_size=1, max_size=9))
    assert from_bits(to_bits(np.array(values), width), signed).tolist() == values


def test_words_have_the_first_bit_lowest():
    assert to_words(np.array([[1, 0, 0, 0, 0, 0, 0, 0, 1, 1], [0] * 9 + [1]], np.uint8)) == [0b1100000001, 0b1000000000]


def test_strings_have_the_first_bit_last_and_unknowns_marked():
    assert from_strings(["01x", "Z10"], 3).tolist() == [[2, 1, 0], [0, 1, 2]]


@pytest.mark.parametrize("direction, want", [("input", {"x": slice(0, 3), "z": slice(3, 7)}),
                                             ("output", {"y": slice(0, 2)})])
def test_ports_lie_in_the_manifest_s_order_without_the_clock(direction, want):
    assert dict(Ports(MANIFEST, direction).items()) == want

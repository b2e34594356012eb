"""numpy arrays to wide port words and back: many cycles at once, element 0 in the lowest bits.

A simulator handle costs microseconds whatever its width, so each cycle is one wide `stimulus` and one wide `response`;
all the bit work happens here, in bulk, before and after the simulation.
"""

import numpy as np


def to_bits(x, width):
    """(..., width) uint8 of zeros and ones, least significant first, from integers (...)."""
    return ((x.astype(np.int64)[..., None] >> np.arange(width)) & 1).astype(np.uint8)


def from_bits(bits, signed):
    """int64 (...) from (..., width) bits, least significant first."""
    width = bits.shape[-1]
    value = (bits.astype(np.int64) << np.arange(width)).sum(axis=-1)
    return value - ((bits[..., -1].astype(np.int64) << width) if signed else 0)


def to_words(bits):
    """A list of ints, one for each row of (cycles, width) bits."""
    return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(bits, axis=1, bitorder="little")]


def from_strings(strings, width):
    """(cycles, width) uint8 from strings of 0, 1, X, Z, most significant first; 2 marks what is neither 0 nor 1."""
    text = np.frombuffer("".join(strings).encode("ascii"), np.uint8).reshape(len(strings), width)[:, ::-1]
    return np.where(text == ord("0"), 0, np.where(text == ord("1"), 1, 2)).astype(np.uint8)


class Ports:
    """Where each port's bits lie in the test-bench top's stimulus or response, in the manifest's order."""

    def __init__(self, manifest, direction):
        self._slices = {}
        start = 0
        for port in manifest["ports"]:
            if port["direction"] == direction and port["name"] != "clk":
                self._slices[port["name"]] = slice(start, start + port["width"])
                start += port["width"]
        self.width = start

    def __getitem__(self, name):
        return self._slices[name]

    def items(self):
        return self._slices.items()

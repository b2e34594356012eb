"""A memory: one write port with an enable for each part of a word, one read port.

A module of its own, so that it can be exchanged for a macro. Latency: 1 cycle from `read_enable` to `read_data`, which
holds until the next read. A read of the word that is written in the same cycle gives the old one, or, `transparent`,
the new one. What it holds at power-up is unknown.
"""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

__all__ = ["Ram", "place_ram"]


class Ram(wiring.Component):
    """`depth` words of `width` bits, written in `parts` parts.

    Members
    -------
    write_enable : In(parts)
        Part k is bits k * width / parts and up.
    write_address, write_data : In
    read_enable, read_address : In
    read_data : Out(width)
    """

    def __init__(self, *, width, depth, parts=1, transparent=False):
        self._width, self._transparent = width, transparent
        self.memory = Memory(shape=width, depth=depth, init=[])
        address = (depth - 1).bit_length()
        super().__init__({
            "write_enable": In(parts),
            "write_address": In(address),
            "write_data": In(width),
            "read_enable": In(1),
            "read_address": In(address),
            "read_data": Out(width),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory = memory = self.memory
        write = memory.write_port(granularity=self._width // len(self.write_enable))
        read = memory.read_port(transparent_for=(write,) if self._transparent else ())
        m.d.comb += [write.en.eq(self.write_enable), write.addr.eq(self.write_address),
                     write.data.eq(self.write_data), read.en.eq(self.read_enable), read.addr.eq(self.read_address),
                     self.read_data.eq(read.data)]
        return m


def place_ram(place, m, name, *, width, depth, parts=1, transparent=False, **inputs):
    """Put in a `Ram`; the role says its size, so that memories of one size are one module. Returns its read_data."""
    role = f"ram_{width}x{depth}" + (f"_parts{parts}" if parts > 1 else "") + "_through" * transparent
    return place(m, name, role, lambda: Ram(width=width, depth=depth, parts=parts, transparent=transparent),
                 **inputs).read_data

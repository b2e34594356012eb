"""A memory: one write port with an enable for each part of a word, one read port.

A module of its own, so that it can be exchanged for a macro. Latency: 1 cycle from `read.enable` to `read.data`, which
holds until the next read. A read of the word that is written in the same cycle gives the old one, or, `transparent`,
the new one. What it holds at power-up is unknown.
"""

from functools import partial

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.make import Make

__all__ = ["Ram", "make_ram", "write_signature"]


def write_signature(*, width: int, address: int, parts: int = 1) -> wiring.Signature:
    """A write port, from the side that writes: an enable for each part, an address of that many bits, a word."""
    return wiring.Signature({"enable": Out(parts), "address": Out(address), "data": Out(width)})


class Ram(wiring.Component):
    """`depth` words of `width` bits, written in `parts` parts.

    Members
    -------
    write : In {enable, address, data}
        Bit k of enable writes bits k * width / parts and up.
    read : In {enable, address; data}
    """

    def __init__(self, *, width: int, depth: int, parts: int = 1, transparent: bool = False) -> None:
        self._width, self._parts, self._transparent = width, parts, transparent
        self.memory = Memory(shape=width, depth=depth, init=[])
        address = (depth - 1).bit_length()
        super().__init__({
            "write": In(write_signature(width=width, address=address, parts=parts)),
            "read": In(wiring.Signature({"enable": Out(1), "address": Out(address), "data": In(width)})),
        })

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = self.memory
        write = memory.write_port(granularity=self._width // self._parts)
        read = memory.read_port(transparent_for=(write,) if self._transparent else ())
        m.d.comb += [write.en.eq(self.write.enable), write.addr.eq(self.write.address),
                     write.data.eq(self.write.data), read.en.eq(self.read.enable), read.addr.eq(self.read.address),
                     self.read.data.eq(read.data)]
        return m


def make_ram(make: Make, name: str, *, width: int, depth: int, parts: int = 1, transparent: bool = False) -> Ram:
    """Make a `Ram`; the role says its size, so that memories of one size are one module."""
    role = f"ram_{width}x{depth}" + (f"_parts{parts}" if parts > 1 else "") + "_through" * transparent
    return make(role, partial(Ram, width=width, depth=depth, parts=parts, transparent=transparent), name)

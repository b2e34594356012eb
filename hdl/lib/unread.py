"""Bits that nobody reads, on purpose; linters take the name for it."""

from amaranth.hdl import Cat, Signal

__all__ = ["unread"]


def unread(m, *values):
    """Say that it is meant: carries, and fields that only another part of the core needs."""
    bits = Cat(*values)
    signal = Signal(len(bits), name="unused", attrs={"keep": 1})
    m.d.comb += signal.eq(bits)

"""How large the memories and the widest port of a core are, from its configuration alone.

Amaranth writes the initial content of a memory bit by bit, and yosys reads it, before the content is dropped: two
seconds and 130 MB for each million bits. A larger buffer is refused in the configuration, not after minutes.
"""

from typing import TYPE_CHECKING

from tamis.hdl.array.size import LARGEST_INPUTS
from tamis.hdl.core.layouts import a_layout, b_layout

if TYPE_CHECKING:
    from tamis.hdl.core.config import CoreConfig

__all__ = ["LARGEST_MEMORY", "memories", "too_large"]

LARGEST_MEMORY = 20 << 20  # bits of a core's memory modules together: about 3 GB and a minute of conversion


def memories(config: "CoreConfig") -> dict[str, tuple[int, int]]:
    """{buffer: (bits of a word, words)} of each memory module; the two banks of accumulators are one module."""
    a, b = a_layout(config), b_layout(config)
    return {"A": (a.word_bits, 1 << a.address_bits), "B": (b.word_bits, 1 << b.address_bits),
            "accumulators": (config.acc_width * config.array.cols, config.columns)}


def too_large(config: "CoreConfig") -> str | None:
    """Why the core cannot be built, in one line; None if it can."""
    bits = {name: width * depth for name, (width, depth) in memories(config).items()}
    if sum(bits.values()) > LARGEST_MEMORY:
        most = max(bits, key=lambda name: bits[name])
        return (f"columns = {config.columns} and b_slots = {config.b_slots} must make buffers of at most "
                f"{LARGEST_MEMORY} bits, not {sum(bits.values())}, of which {most} has {bits[most]}; choose fewer "
                "columns, slots, or rows x cols of the array")
    a = a_layout(config)
    ports = a.word_bits + a.entries + 2 * a.address_bits + config.m  # written: enables, address, data; read: less
    if ports > LARGEST_INPUTS:
        return (f"rows x cols = {config.array.rows} x {config.array.cols} must have a buffer of A with at most "
                f"{LARGEST_INPUTS} bits of inputs, not {ports}; choose fewer columns or a smaller beta")
    return None

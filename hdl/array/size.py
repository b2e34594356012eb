"""How large the top module of an array is, from its configuration alone: what Amaranth can convert, and in what memory.

Amaranth numbers the bits of a module's inputs together, and those of a register, with 16 bits; wide ports that are cut
into several do not change the sum. It keeps an object for each bit of a register.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamis.hdl.array.config import ArrayConfig

__all__ = ["LARGEST_INPUTS", "LARGEST_LINE", "LARGEST_SKEW", "input_bits", "skew_lines"]

LARGEST_INPUTS = (1 << 16) - 2  # bits of a module's inputs, clk and rst among them
LARGEST_LINE = 1 << 16  # bits of one register
LARGEST_SKEW = 1 << 21  # bits of all skew registers: 2 GB and two minutes of conversion


def input_bits(config: "ArrayConfig") -> int:
    """Bits of all inputs of the top module: clk, rst, load, valid, a, b, c."""
    entries = config.cols * config.beta * (config.a_width + config.index_width)
    return 4 + entries + config.blocks * config.m * config.b_width + config.cols * config.acc_width


def skew_lines(config: "ArrayConfig") -> list[int]:
    """Bits of each register with which the top module delays its ports, without those of none."""
    columns = range(config.pe_cols)
    entries, sums = config.alpha * config.beta, config.alpha * config.acc_width
    block = config.m * config.b_width
    last_reader = (((k + 1) * config.rows_per_block - 1) // config.beta for k in range(config.blocks))
    lines = [config.pe_rows - 1, config.latency]  # load, valid
    lines += [block * wait for wait in last_reader]
    if config.after_select:
        lines += [entries * bits for q in columns for bits in (config.a_width * (q + 1), config.index_width * q)]
    else:
        lines += [entries * (config.a_width + config.index_width) * q for q in columns]
    lines += [sums * (q + 1 + config.stages) for q in columns]
    lines += [sums * q for q in columns]  # c_out
    return [bits for bits in lines if bits]

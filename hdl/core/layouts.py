"""Layouts that the loaders and the buffers share."""

from types import SimpleNamespace

from amaranth.lib.data import ArrayLayout, StructLayout

from tamis.hdl.core.descriptor import BLOCK_BITS, ChunkShape
from tamis.hdl.units.decompress import DecompressConfig

__all__ = ["a_layout", "b_job_layout", "b_layout", "beat_layout", "compressed_layout"]


def beat_layout(bits):
    """A beat of an AXI4-Stream."""
    return StructLayout({"data": bits, "keep": bits // 8, "last": 1})


def a_layout(config):
    """A's job, and the words of its buffer: {word, pass, slot} from the lowest address bit."""
    array, shape = config.array, ChunkShape(config)
    entries = array.cols * array.beta
    return SimpleNamespace(
        job=StructLayout({"last_block": BLOCK_BITS, "terms": ArrayLayout(shape.code_bits, 3)}),
        entries=entries, word_bits=entries * (array.a_width + array.index_width),
        address_bits=shape.words + shape.passes + 1)


def b_layout(config):
    """The words of B's buffer: a chunk's blocks of one column; {column, slot} from the lowest address bit.

    `together`: blocks that a beat brings; a column's last beat is number `group_bits` at most. `parts`: what is written
    at once, a block or, if a beat is less, a beat.
    """
    shape = ChunkShape(config)
    block = config.m * config.array.b_width
    together = min(config.chunk_blocks, max(1, config.b_bits // block))
    return SimpleNamespace(block_bits=block, word_bits=block * config.chunk_blocks, together=together,
                           group_bits=shape.blocks - (together.bit_length() - 1),
                           parts=config.chunk_blocks * max(1, block // config.b_bits),
                           slot_bits=config.b_slots.bit_length() - 1,
                           address_bits=shape.columns + config.b_slots.bit_length() - 1)


def b_job_layout(config):
    """What B's loader needs of a job: its short form and, where B may be compressed, whether it is."""
    shape = ChunkShape(config)
    return StructLayout({
        "kind": 1, "reuse": 1, **({"compressed": 1} if config.b_n else {}),
        "last_column": shape.columns, "last_group": b_layout(config).group_bits,
        "last_chunk": BLOCK_BITS - shape.blocks})


def compressed_layout(config):
    """Compressed B: a step is a beat of values, `together` blocks of one column; a beat of masks serves `steps` steps.

    `block`: the DecompressConfig of one; `code_bits`: of its mask.
    """
    block = DecompressConfig(pattern=config.b_pattern, width=config.array.b_width, form="mask")
    code_bits = block.input_layout["metadata"].width
    together = min(config.chunk_blocks, config.b_bits // max(block.n * block.width, code_bits))
    return SimpleNamespace(block=block, code_bits=code_bits, together=together,
                           steps=config.b_bits // (together * code_bits))

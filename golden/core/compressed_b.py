"""A chunk of compressed B on the stream (docs/core.md): a beat of masks, then the beats of values that they describe.

A *step* is a beat of values: `together` blocks of one column, N values each. Its masks are `mask_bits` of the beat of
masks before it, which serves `steps` of them. All are powers of two, so that nothing on the way needs a byte shifter.
"""

from types import SimpleNamespace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tamis.golden._check import int64, integer
from tamis.golden.core.config import Core
from tamis.golden.core.record import pack_records, signed_of
from tamis.golden.units.decompress import compressed, decompressed, is_nibble

__all__ = ["chunk_beats", "compress_chunk", "decompress_chunk", "sizes"]


def sizes(core: Core) -> SimpleNamespace:
    """{code_bits: of a block's mask; together: blocks of a step; mask_bits; steps: of a beat of masks}."""
    pattern = core.b_pattern
    code = 4 if is_nibble(pattern, "mask") else core.m
    together = min(core.chunk_blocks, core.b_bits // max(pattern.n * core.array.b_width, code))
    return SimpleNamespace(code_bits=code, together=together, mask_bits=together * code,
                           steps=core.b_bits // (together * code))


def _steps(columns: int, blocks: int, core: Core) -> int:
    return columns * -(-blocks // sizes(core).together)


def chunk_beats(columns: int, blocks: int, core: Core) -> int:
    """Beats of a chunk."""
    columns, blocks = integer(columns, "columns", 0), integer(blocks, "blocks", 0)
    steps = _steps(columns, blocks, core)
    return steps + -(-steps // sizes(core).steps)


def compress_chunk(blocks: ArrayLike, core: Core) -> bytes:
    """The bytes of blocks (T, S, M), columns padded with blocks of zeros to whole steps.

    Raises ValueError where more than N elements of a block are not zero.
    """
    pattern, size = core.b_pattern, sizes(core)
    blocks = int64(blocks, "blocks", ndim=3)
    if blocks.shape[2] != core.m:
        raise ValueError(f"blocks must have shape (T, S, {core.m}), not {blocks.shape}")
    blocks = np.pad(blocks, ((0, 0), (0, -blocks.shape[1] % size.together), (0, 0)))
    values, codes, illegal = compressed(blocks.reshape(-1, core.m), pattern, "mask")
    if illegal.any():
        raise ValueError(f"b must have at most {pattern.n} non-zeros in each {core.m} consecutive elements of K to be "
                         f"compressed, not {int(np.count_nonzero(blocks, -1).max())}")
    values, codes = values.reshape(-1, size.together * pattern.n), codes.reshape(-1, size.together)
    out = []
    for at in range(0, len(values), size.steps):
        out += [pack_records([(codes[at:at + size.steps].reshape(1, -1), size.code_bits)], core.b_bits),
                pack_records([(values[at:at + size.steps], core.array.b_width)], core.b_bits)]
    return b"".join(out)


def decompress_chunk(chunk: bytes, columns: int, blocks: int, core: Core) -> NDArray[np.int64]:
    """Its blocks (T, S, M) int64; zeros where a mask is illegal."""
    pattern, size, width = core.b_pattern, sizes(core), core.array.b_width
    beats = np.unpackbits(np.frombuffer(chunk, np.uint8).reshape(-1, core.b_bits // 8), axis=1, bitorder="little")
    is_mask = np.arange(len(beats)) % (size.steps + 1) == 0
    steps = _steps(columns, blocks, core)
    codes = beats[is_mask].reshape(-1, size.code_bits).astype(np.int64) @ (1 << np.arange(size.code_bits))
    values = beats[~is_mask][:, :size.together * pattern.n * width].reshape(-1, pattern.n, width)
    dense, _ = decompressed(signed_of(values), codes[:steps * size.together], pattern, "mask")
    return dense.reshape(columns, -1, core.m)[:, :blocks]

"""What the core's input streams carry, to the byte (docs/core.md): chunks of records of A, chunks of blocks of B.

A tile of A is a list of terms, each (values, indices) of shape (cols, K/M, N), as `golden.prune.compress` makes them; a
tile of B is (K, T).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tamis.golden import prune, tasd
from tamis.golden._check import flag, int64, integer, integers
from tamis.golden.core.compressed_b import compress_chunk, decompress_chunk
from tamis.golden.core.config import Core
from tamis.golden.core.descriptor import Job
from tamis.golden.core.record import pack_records, record_bits, signed_of
from tamis.golden.pattern import Pattern, Series

Entries = list[tuple[NDArray[Any], NDArray[Any]]]  # (values, indices) of each term

__all__ = ["Entries", "a_chunks", "a_entries", "a_terms", "b_blocks", "b_chunks", "beats", "matrix_b"]


def a_terms(a: ArrayLike, terms: Sequence[int], m: int) -> Entries:
    """A (cols, K) as a series: [(values, indices)] of each term N, greedily, in order."""
    m = integer(m, "m", 1)
    parts, _ = tasd.decompose(integers(a, "a", ndim=2), Series(tuple(Pattern(n, m) for n in terms)))
    return [prune.compress(part, Pattern(n, m)) for part, n in zip(parts, terms, strict=True)]


def matrix_b(b: ArrayLike, core: Core) -> NDArray[np.int64]:
    """B (K, T) as int64; TypeError or ValueError unless it is a matrix of integers of whole blocks, K before T."""
    b = int64(b, "b", ndim=2)
    if b.shape[0] % core.m:
        raise ValueError(f"b must have rows that are a multiple of {core.m}, not shape {b.shape}")
    return b


def a_chunks(entries: Entries, core: Core) -> list[bytes]:
    """The bytes of each chunk of A.

    entries : [(values, indices)] of each term, (cols, K/M, N); cols is that of the core.
    """
    ns, width, m = [v.shape[2] for v, _ in entries], core.array.a_width, core.m
    bits = record_bits(ns, m, width)
    values = np.concatenate([v for v, _ in entries], 2).transpose(1, 0, 2)
    indices = np.concatenate([i for _, i in entries], 2).transpose(1, 0, 2)
    fields = [(values, width)]
    if ns != [m]:
        fields.append((indices, core.array.index_width))
    return [pack_records([(x[k:k + core.chunk_blocks].reshape(-1, sum(ns)), w) for x, w in fields], bits)
            for k in range(0, values.shape[0], core.chunk_blocks)]


def a_entries(chunks: list[bytes], terms: Sequence[int], core: Core) -> Entries:
    """The inverse of `a_chunks`: [(values, indices)] of each term."""
    m, width, index, cols = core.m, core.array.a_width, core.array.index_width, core.array.cols
    bits = record_bits(terms, m, width)
    records = np.frombuffer(b"".join(chunks), np.uint8).reshape(-1, bits // 8)
    ones = np.unpackbits(records, axis=1, bitorder="little").astype(np.int64)
    dense = tuple(terms) == (m,)
    step = width + (0 if dense else index)
    entries = ones[:, :sum(terms) * step].reshape(len(ones), sum(terms), step)
    values = signed_of(entries[..., :width])
    indices = entries[..., width:] @ (1 << np.arange(step - width))
    if dense:
        indices = np.broadcast_to(np.arange(m), values.shape)
    cuts = np.cumsum(terms)[:-1]
    shape = (-1, cols, sum(terms))
    return list(zip(*(np.split(x.reshape(shape).transpose(1, 0, 2), cuts, axis=2) for x in (values, indices)),
                    strict=True))


def b_chunks(b: ArrayLike, core: Core, compressed: bool = False) -> list[bytes]:
    """The bytes of each chunk of B (K, T): column after column, padded with zeros to whole beats.

    compressed : as `tamis.golden.core.compressed_b` has it, N:M as ``core.b_pattern``; ValueError if B is not.
    """
    width, m = core.array.b_width, core.m
    b = matrix_b(b, core)
    blocks = b.T.reshape(b.shape[1], b.shape[0] // m, m)
    out = []
    for k in range(0, blocks.shape[1], core.chunk_blocks):
        part = blocks[:, k:k + core.chunk_blocks]
        if flag(compressed, "compressed"):
            out.append(compress_chunk(part, core))
            continue
        bits = part.shape[1] * m * width
        part = part.reshape(len(part), part.shape[1] * m)
        out.append(pack_records([(part, width)], -(-bits // core.b_bits) * core.b_bits))
    return out


def b_blocks(chunks: list[bytes], job: Job, core: Core) -> NDArray[np.int64]:
    """The inverse of `b_chunks`: the B (K, T) that a job loads."""
    width, m, parts = core.array.b_width, core.m, []
    for chunk, count in zip(chunks, job.chunks(core), strict=True):
        if job.b_compressed:
            parts.append(decompress_chunk(chunk, job.columns, count, core).reshape(job.columns, -1))
            continue
        beats_each = -(-count * m * width // core.b_bits)
        ones = np.unpackbits(np.frombuffer(chunk, np.uint8), bitorder="little")
        used = ones.reshape(-1, beats_each * core.b_bits)[:, :count * m * width]
        parts.append(signed_of(used.reshape(-1, count * m, width)))
    return np.concatenate(parts, 1).T


def beats(chunk: bytes, bits: int) -> list[tuple[int, int, bool]]:
    """A chunk of bytes as beats: [(data, keep, last)], integers; keep has a bit for each byte that is in the chunk."""
    size = integer(bits, "bits", 8) // 8
    words = [chunk[at:at + size] for at in range(0, len(chunk), size)]
    return [(int.from_bytes(word, "little"), (1 << len(word)) - 1, at == len(words) - 1)
            for at, word in enumerate(words)]

"""What the core's input streams carry, to the byte (docs/core.md): chunks of records of A, chunks of blocks of B.

A tile of A is a list of terms, each (values, indices) of shape (cols, K/M, N), as `golden.prune.compress` makes them; a
tile of B is (K, T).
"""

import numpy as np

from tamis.golden import prune, tasd
from tamis.golden.core.compressed_b import compress_chunk, decompress_chunk
from tamis.golden.core.record import pack_records, record_bits, signed_of
from tamis.golden.pattern import Pattern, Series

__all__ = ["a_chunks", "a_entries", "a_terms", "b_blocks", "b_chunks", "beats"]


def a_terms(a, terms, m):
    """A (cols, K) as a series: [(values, indices)] of each term N, greedily, in order."""
    parts, _ = tasd.decompose(a, Series(tuple(Pattern(n, m) for n in terms)))
    return [prune.compress(part, Pattern(n, m)) for part, n in zip(parts, terms, strict=True)]


def a_chunks(entries, core):
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
    return [pack_records([(x[k:k + core.span].reshape(-1, sum(ns)), w) for x, w in fields], bits)
            for k in range(0, values.shape[0], core.span)]


def a_entries(chunks, terms, core):
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


def b_chunks(b, core, compressed=False):
    """The bytes of each chunk of B (K, T): column after column, padded with zeros to whole beats.

    compressed : as `tamis.golden.core.compressed_b` has it, N:M as ``core.b_pattern``; ValueError if B is not.
    """
    width, m = core.array.b_width, core.m
    blocks = np.asarray(b).T.reshape(b.shape[1], -1, m)
    out = []
    for k in range(0, blocks.shape[1], core.span):
        part = blocks[:, k:k + core.span]
        if compressed:
            out.append(compress_chunk(part, core))
            continue
        bits = part.shape[1] * m * width
        out.append(pack_records([(part.reshape(len(part), -1), width)], -(-bits // core.b_bits) * core.b_bits))
    return out


def b_blocks(chunks, job, core):
    """The inverse of `b_chunks`: the B (K, T) that a job loads."""
    width, m, parts = core.array.b_width, core.m, []
    for chunk, count in zip(chunks, job.chunks(core), strict=True):
        if job.b_compressed:
            parts.append(decompress_chunk(chunk, job.columns, count, core).reshape(job.columns, -1))
            continue
        beats_each = -(-count * m * width // core.b_bits)
        ones = np.unpackbits(np.frombuffer(chunk, np.uint8), bitorder="little")
        ones = ones.reshape(-1, beats_each * core.b_bits)[:, :count * m * width].reshape(-1, count * m, width)
        parts.append(signed_of(ones))
    return np.concatenate(parts, 1).T


def beats(chunk, bits):
    """A chunk of bytes as beats: [(data, keep, last)], integers; keep has a bit for each byte that is in the chunk."""
    size = bits // 8
    words = [chunk[at:at + size] for at in range(0, len(chunk), size)]
    return [(int.from_bytes(word, "little"), (1 << len(word)) - 1, at == len(words) - 1)
            for at, word in enumerate(words)]

"""golden/core: formats there and back, the tile against a plain product, the cycles of simple sequences by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from tamis.golden import prune
from tamis.golden.core import compute, cycles, format
from tamis.golden.core.descriptor import WIDTHS, Job


def core(ns, rows=8, cols=4, m=4, width=8, overflow="wrap", b_bits=64):
    """What golden reads of a CoreConfig."""
    share = ns[0]
    array = SimpleNamespace(rows=rows, cols=cols, beta=4, pe_rows=rows // 4, latency=rows // 4 + 1, a_width=width,
                            b_width=width, index_width=(m - 1).bit_length(), overflow=overflow,
                            patterns=[SimpleNamespace(n=n, m=m) for n in ns])
    return SimpleNamespace(array=array, m=m, chunk_blocks=rows // share, columns=16, b_slots=4, a_bits=64,
                           b_bits=b_bits, acc_width=32)


@pytest.mark.parametrize("terms", [(1,), (2, 1), (4,), (1, 1, 2)])
@pytest.mark.parametrize("blocks", [1, 8, 11])
def test_formats(terms, blocks):
    c, rng = core([1, 2, 4]), np.random.default_rng(blocks)
    a, b = rng.integers(-128, 128, (4, 4 * blocks)), rng.integers(-128, 128, (4 * blocks, 5))
    entries = format.a_terms(a, terms, 4)
    chunks = format.a_chunks(entries, c)
    assert len(chunks) == -(-blocks // 8)
    for (v, i), (v2, i2) in zip(entries, format.a_entries(chunks, terms, c), strict=True):
        assert (v == v2).all() and (i == i2).all()
    b_chunks = format.b_chunks(b, c)
    assert (format.b_blocks(b_chunks, Job(columns=5, blocks=blocks), c) == b).all()
    for chunk in b_chunks:
        beats = format.beats(chunk, 64)
        assert [last for *_, last in beats] == [False] * (len(beats) - 1) + [True]
        assert sum(data << 64 * k for k, (data, *_) in enumerate(beats)) == int.from_bytes(chunk, "little")


@pytest.mark.parametrize("terms", [(1,), (2, 1), (4,)])
def test_tile_is_the_product(terms):
    c, rng = core([1, 2, 4]), np.random.default_rng(1)
    a, b = rng.integers(-128, 128, (4, 36)), rng.integers(-128, 128, (36, 5))
    entries = format.a_terms(a, terms, 4)
    kept = sum(prune.decompress(v, i, f"{v.shape[2]}:4") for v, i in entries)
    sums, overflows = compute.tile(entries, b, c)
    assert (sums == (kept @ b).T).all() and overflows == 0
    if terms == (4,):
        assert (kept == a).all()


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_overflow(overflow):
    c = core([4], width=16, overflow=overflow)
    a, b = np.full((4, 16), -32768), np.full((16, 1), -32768)
    sums, overflows = compute.tile(format.a_terms(a, (4,), 4), b, c)
    assert (sums == (0 if overflow == "wrap" else (1 << 31) - 1)).all()  # a pass of 8 rows is 2^33: two passes
    assert overflows == 8


def test_pack_is_the_table():
    assert sum(WIDTHS.values()) == 80
    assert Job(kind=1, columns=3, blocks=0).pack() == 7
    assert Job(columns=0, blocks=0, zero_point=-1).pack() == 0xFF << 71


def test_compute_bound_cycles():
    """Reused B, one term of one pass: the go of each job is max(T, rows / beta) after the last while A keeps up."""
    c = core([1, 2, 4], b_bits=512)
    jobs = [Job(columns=16, blocks=8, n0=4, b_keep=1)] + [Job(columns=16, blocks=8, n0=4, b_reuse=1, b_keep=1)] * 5
    times = cycles.schedule(jobs, c, lambda k, cycle: (cycle, cycle + 1))
    assert cycles.compute_cycles(jobs[0], c) == 4 * 16
    assert np.diff([t.go[0] for t in times]).tolist() == [64] * 5
    assert [t.tile - t.go[0] for t in times] == [64 + c.array.latency + 2] * 6

"""golden/units/tasd.py against a block at a time in plain Python, and against tamis.golden.tasd."""

import re

import numpy as np
import pytest

from tamis.golden import tasd
from tamis.golden.units.tasd import marks, ranked, streamed

CORNERS = np.array([-128, -127, 127, 0, 0, 5, -5, 1, -1])


def _blocks(m, count, seed=0):
    rng = np.random.default_rng(seed)
    blocks = rng.integers(-128, 128, (count, m))
    corner = rng.random(blocks.shape) < 0.5
    blocks[corner] = rng.choice(CORNERS, corner.sum())
    return blocks.astype(np.int8), rng.integers(0, 1 << m, count)


def _order(block):
    return sorted(range(len(block)), key=lambda k: (-abs(int(block[k])), k))


@pytest.mark.parametrize("m", [4, 8, 16])
def test_ranked(m):
    blocks, masks = _blocks(m, 500)
    values, indices, residual = ranked(blocks, masks)
    for block, mask, value, index, left in zip(blocks, masks, values, indices, residual, strict=True):
        order = _order(block)
        assert index.tolist() == order
        assert value.tolist() == [block[k] for k in order]
        assert left == any(block[k] for k in order[int(mask).bit_length():])


@pytest.mark.parametrize("m", [4, 8])
def test_streamed(m):
    blocks, masks = _blocks(m, 500, seed=1)
    beats = []
    for block, mask in zip(blocks, masks.tolist(), strict=True):
        order, total = _order(block), max(1, mask.bit_length())
        beats += [(block[k], k, bool(mask >> p & 1), p == total - 1, any(block[j] for j in order[p + 1:]))
                  for p, k in enumerate(order[:total])]
    assert list(zip(*(part.tolist() for part in streamed(blocks, masks)), strict=True)) == beats


@pytest.mark.parametrize("series", ["4:8+1:8", "1:8", "8:8", "4:8+2:8+1:8", "2:8+2:8"])
def test_terms_are_golden_tasd_s(series):
    blocks, _ = _blocks(8, 300, seed=2)
    terms, rest = tasd.decompose(blocks, series)
    mask = marks(series, 8)
    values, indices, residual = ranked(blocks, mask)
    ends = [0, *(p + 1 for p in range(8) if mask >> p & 1)]
    for term, start, end in zip(terms, ends[:-1], ends[1:], strict=True):
        dense = np.zeros_like(blocks)
        np.put_along_axis(dense, indices[:, start:end], values[:, start:end], -1)
        assert np.array_equal(dense, term)
    assert np.array_equal(residual, rest.any(-1))


def test_no_blocks():
    assert [part.shape for part in ranked(np.zeros((0, 4), np.int8), 1)] == [(0, 4), (0, 4), (0,)]


def test_marks():
    assert marks("4:8+1:8", 8) == 0b11000
    assert marks("16:16", 16) == 1 << 15
    for series in ("8:8+1:8", "2:4"):
        with pytest.raises(ValueError, match=f"^series must have terms of M = 8 .* in all, not '{re.escape(series)}'$"):
            marks(series, 8)
    with pytest.raises(ValueError, match=r"^marks must be from 0 to 15 for blocks of 4, not 16 to 16$"):
        ranked(np.zeros((1, 4), np.int8), 16)

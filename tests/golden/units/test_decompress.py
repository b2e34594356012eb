"""golden/units/decompress.py: against loops over positions, every small block, and both ways round."""

import itertools

import numpy as np
import pytest

from tamis.golden import metadata
from tamis.golden.units.decompress import compressed, decompressed

CASES = [("2:4", "pairs"), ("1:2", "pairs"), *((pattern, form) for pattern in ("1:2", "2:4", "3:4", "1:5", "4:4")
                                               for form in ("index", "mask"))]


def every_block(m):
    return np.array(list(itertools.product((0, 3, -7), repeat=m)))


@pytest.mark.parametrize(("pattern", "form"), CASES)
def test_there_and_back(pattern, form):
    n, m = map(int, pattern.split(":"))
    blocks = every_block(m)
    values, codes, over = compressed(blocks, pattern, form)
    assert values.shape == (len(blocks), n)
    dense, illegal = decompressed(values, codes, pattern, form)
    assert not illegal.any()  # what a compressor writes is always legal
    for block, back, lost in zip(blocks.tolist(), dense.tolist(), over.tolist(), strict=True):
        nonzeros = [k for k in range(m) if block[k]]
        assert lost == (len(nonzeros) > n)
        if not lost:
            assert back == block
        elif form == "index" or pattern not in ("1:2", "2:4"):
            assert back == [value if k in nonzeros[-n:] else 0 for k, value in enumerate(block)]
        else:
            assert sum(value != 0 for value in back) == n
            assert all(new in (0, old) for new, old in zip(back, block, strict=True))


def test_spare_entries_are_the_zeros_of_lowest_index():
    _, codes, _ = compressed(np.array([[0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 1], [0, 2, 0, 0]]), "3:4")
    assert codes.tolist() == [[0, 1, 2], [0, 1, 3], [0, 1, 3], [0, 1, 2]]


def test_every_nibble_of_2_4():
    legal = {"pairs": {i | j << 2: (i, j) for i in range(4) for j in range(i + 1, 4)},
             "mask": {1 << i | 1 << j: (i, j) for i in range(4) for j in range(i + 1, 4)}}
    for form, table in legal.items():
        blocks, illegal = decompressed(np.array([[5, -6]] * 16), np.arange(16), "2:4", form)
        for code in range(16):
            want = [0] * 4
            for place, value in zip(table.get(code, ()), (5, -6), strict=False):
                want[place] = value
            assert (blocks[code].tolist(), bool(illegal[code])) == (want, code not in table)


def test_every_nibble_of_1_2():
    for form, first, second in (("pairs", 0x4, 0xE), ("mask", 0b0011, 0b1100)):
        blocks, illegal = decompressed(np.array([[9]] * 16), np.arange(16), "1:2", form)
        for code in range(16):
            assert blocks[code].tolist() == [9 * (code == first), 9 * (code == second)]
            assert illegal[code] == (code not in (first, second))


@pytest.mark.parametrize(("pattern", "dtype", "form"), [("2:4", "int16", "pairs"), ("2:4", "int16", "mask"),
                                                       ("1:2", "tf32", "pairs"), ("1:2", "tf32", "mask")])
def test_nibbles_are_those_of_a_whole_matrix(pattern, dtype, form):
    m = int(pattern[-1])
    rng = np.random.default_rng(0)
    matrix = rng.integers(-3, 4, (6, 16)) * (rng.random((6, 16)) < 0.4)
    values, words = metadata.encode(matrix, dtype, {"pairs": "index"}.get(form, form))
    got, codes, _ = compressed(matrix.reshape(-1, m), pattern, form)
    nibbles = [int(word) >> 4 * k & 15 for word in words.reshape(-1) for k in range(4)]
    assert codes.tolist() == nibbles and got.reshape(-1).tolist() == values.reshape(-1).tolist()


@pytest.mark.parametrize(("n", "m"), [(1, 3), (2, 3), (3, 5), (2, 6)])
def test_every_code(n, m):
    bits = (m - 1).bit_length()
    codes = np.array(list(itertools.product(range(1 << bits), repeat=n)))
    values = np.arange(1, n + 1) * np.ones((len(codes), 1), int)
    blocks, illegal = decompressed(values, codes, f"{n}:{m}")
    for code, block, bad in zip(codes.tolist(), blocks.tolist(), illegal, strict=True):
        assert bad == (len(set(code)) < n or max(code) >= m)
        assert block == [0 if bad or k not in code else 1 + code.index(k) for k in range(m)]
    values = np.arange(1, n + 1) * np.ones((1 << m, 1), int)
    blocks, illegal = decompressed(values, np.arange(1 << m), f"{n}:{m}", "mask")
    for mask, (block, bad) in enumerate(zip(blocks.tolist(), illegal, strict=True)):
        ones = [k for k in range(m) if mask >> k & 1]
        assert bad == (len(ones) != n)
        assert block == [0 if bad or k not in ones else 1 + ones.index(k) for k in range(m)]


def test_validation():
    with pytest.raises(ValueError, match=r"^pattern must be 2:4 or 1:2 for form 'pairs', not 2:8$"):
        compressed(np.zeros((1, 8), int), "2:8", "pairs")
    with pytest.raises(ValueError, match=r"^blocks must have shape \(B, 4\) for 2:4, not \(1, 8\)$"):
        compressed(np.zeros((1, 8), int), "2:4")
    with pytest.raises(ValueError, match=r"^codes must be from 0 to 15, not 16 to 16$"):
        decompressed(np.zeros((1, 2), int), np.array([16]), "2:4", "mask")
    with pytest.raises(ValueError, match=r"^values and codes must have shapes \(B, 2\) and \(1,\) for 2:4"):
        decompressed(np.zeros((1, 2), int), np.zeros((1, 2), int), "2:4", "pairs")
    with pytest.raises(ValueError, match=r"^form must be one of 'index', 'pairs', 'mask', not 'coo'$"):
        decompressed(np.zeros((1, 2), int), np.zeros((1, 2), int), "2:4", "coo")

"""tamis.golden.metadata against loops, tables, other software (torch, if installed) and black boxes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.golden import metadata, sas

# What a compressor writes for the sixteen patterns of non-zeros, element 0 first.
NIBBLES = {
    "0000": (2, 3), "0001": (2, 3), "0010": (2, 3), "0100": (1, 2), "1000": (0, 2), "1100": (0, 1), "1010": (0, 2),
    "1001": (0, 3), "0110": (1, 2), "0101": (1, 3), "0011": (2, 3), "0111": (1, 3), "1011": (0, 3), "1101": (0, 1),
    "1110": (0, 1), "1111": (0, 1),
}  # fmt: skip
FORMATS = {"float16": (np.float16, 16, 4), "int8": (np.int8, 32, 8), "tf32": (np.float32, 8, 4)}


def legal(rng, shape, dtype, zeros=0.3):
    """A random matrix with at most half of each block non-zero."""
    block = 2 if dtype == "tf32" else 4
    blocks = (*shape[:-1], shape[-1] // block, block)
    x = rng.integers(1, 100, blocks) * rng.choice([-1, 1], blocks)
    keep = rng.random(x.shape).argsort(-1).argsort(-1) < block // 2
    keep &= rng.random(x.shape) > zeros
    return (x * keep).reshape(shape).astype(FORMATS[dtype][0])


def slow_words(dense, dtype, encoding):
    """Word by word, as text of binary digits."""
    per = FORMATS[dtype][2]
    block = 2 if dtype == "tf32" else 4
    words = []
    for start in range(0, len(dense), per * block):
        text = ""
        for b in range(per):
            flags = ["01"[bool(v)] for v in dense[start + b * block : start + (b + 1) * block]]
            i, j = NIBBLES["".join(f * (4 // block) for f in flags)]
            nibble = f"{j:02b}{i:02b}" if encoding == "index" else "".join("01"[p in (i, j)] for p in (3, 2, 1, 0))
            text = nibble + text
        words.append(int(text, 2))
    return words


@given(st.sampled_from(sorted(FORMATS)), st.sampled_from(["index", "mask"]), st.integers(0, 2**32 - 1))
def test_encode_is_the_loop_and_decode_its_inverse(dtype, encoding, seed):
    rng = np.random.default_rng(seed)
    number, unit, _ = FORMATS[dtype]
    lead = [(), (3,), (2, 2), (0,)][seed % 4]
    dense = legal(rng, (*lead, unit * 2), dtype)
    before = dense.copy()
    values, words = metadata.encode(dense, dtype, encoding, strict=True)
    assert values.dtype == number and words.dtype == (np.uint32 if dtype == "int8" else np.uint16)
    for place in np.ndindex(lead):
        assert words[place].tolist() == slow_words(dense[place].tolist(), dtype, encoding)
    assert np.array_equal(metadata.decode(values, words, dtype, encoding), dense) and np.array_equal(dense, before)
    signed = words.view(np.int32 if dtype == "int8" else np.int16)
    assert np.array_equal(metadata.decode(values, signed, dtype, encoding), dense)


def test_all_sixteen_patterns():
    blocks = np.array(list(product((0, 1), repeat=4)), np.int8)
    values, words = metadata.encode(np.concatenate([blocks.ravel(), blocks.ravel()]) * 5, "int8")
    nibbles = [int(digit, 16) for word in words[:2] for digit in reversed(f"{int(word):08x}")]
    want = [NIBBLES["".join(map(str, block))] for block in blocks.tolist()]
    assert nibbles == [i | j << 2 for i, j in want]
    assert values[:32].tolist() == [int(b[p]) * 5 for b, pair in zip(blocks, want, strict=True) for p in pair]


def test_tf32_pairs():
    """First, second, none, both: 0x4, 0xE, 0xE, 0x4."""
    values, words = metadata.encode(np.array([7, 0, 0, 8, 0, 0, 5, 6], np.float32))
    assert words.tolist() == [0x4EE4] and values.tolist() == [7, 8, 0, 5]
    assert metadata.encode(np.array([7, 0, 0, 8, 0, 0, 5, 6], np.float32), encoding="mask")[1].tolist() == [0x3CC3]


def slow_reorder(rows, cols, word_bits):
    """Interweave rows, swap anti-diagonals, lay out in columns of pairs: three moves of a list of lists."""
    group, weave = (32, 4) if word_bits == 16 else (16, 2)
    logical = [[(r, c) for c in range(cols)] for r in range(rows)]
    woven = [None] * rows
    for r, row in enumerate(logical):
        inside = r % group
        woven[r - inside + inside % 8 * weave + inside // 8] = row
    for r in range(0, rows, 2):
        for c in range(0, cols, 2):
            woven[r][c + 1], woven[r + 1][c] = woven[r + 1][c], woven[r][c + 1]
    stored = [woven[r][c + i] for c in range(0, cols, 2) for r in range(rows) for i in (0, 1)]
    return [stored.index((r, c)) for r in range(rows) for c in range(cols)]


@pytest.mark.parametrize(("rows", "cols", "bits"), [(32, 2, 16), (64, 6, 16), (16, 2, 32), (48, 4, 32)])
def test_reorder_offsets_are_the_moves(rows, cols, bits):
    offsets = metadata.reorder_offsets(rows, cols, bits)
    assert offsets.tolist() == slow_reorder(rows, cols, bits)
    assert sorted(offsets.tolist()) == list(range(rows * cols))


@given(st.integers(0, 2**32 - 1))
def test_sas_metadata_is_the_compressed_projection(seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (3, 16)).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = -0.0
    direct = metadata.sas_metadata(x)
    values, words = metadata.encode(sas.project(x, 1), "tf32")
    digits = [f"{a:04x}{b:04x}" for a, b in zip(direct.ravel(), words.ravel(), strict=True)]
    flat = x.reshape(-1, 4)
    for word, text in enumerate(digits):
        for place in range(4):
            mine, compressed = text[3 - place], text[7 - place]
            value = flat[word, place]
            assert mine == ("e" if np.signbit(value) else "4")
            assert compressed == (mine if value else "e")
    assert np.array_equal(values, x)
    assert metadata.sas_metadata(np.array([1, -1, 0, -128], np.int8)).tolist() == [0xE4E4]


def black_box(rng, shape, dtype, kind):
    """A compressor that stores its metadata in an order of its own, and the calls it has had."""
    calls = []
    number, unit, per = FORMATS[dtype]
    words = shape[0] * shape[1] // unit
    order = rng.permutation(words if kind == "words" else words * per)

    def compress(dense):
        calls.append(dense)
        assert dense.shape == shape and dense.dtype == number
        _, logical = metadata.encode(dense, dtype, strict=True)
        logical = logical.ravel()
        if kind == "nibbles":
            digits = [int(d, 16) for w in logical for d in reversed(f"{int(w):0{per}x}")]
            logical = np.array(digits, np.uint8)
        return logical[order].reshape(shape[0], -1)

    return compress, calls, order


@pytest.mark.parametrize("dtype", sorted(FORMATS))
@pytest.mark.parametrize("kind", ["words", "nibbles"])
def test_discover_any_order(dtype, kind):
    rng = np.random.default_rng(31)
    shape = (6, 3 * FORMATS[dtype][1])
    compress, calls, order = black_box(rng, shape, dtype, kind)
    offsets = metadata.discover_reorder(compress, shape, dtype)
    assert np.array_equal(order[offsets], np.arange(order.size))
    nibbles = shape[0] * shape[1] // (2 if dtype == "tf32" else 4)
    assert 2 ** (len(calls) - 1) < nibbles <= 2 ** len(calls)


def test_discover_the_paper_s_case_in_ten_probes():
    calls = []

    def compress(dense):
        calls.append(1)
        stored = np.empty(256, np.uint16)
        stored[metadata.reorder_offsets(32, 8, 16)] = metadata.encode(dense)[1].ravel()
        return stored.reshape(32, 8)

    assert np.array_equal(metadata.discover_reorder(compress, (32, 64)), metadata.reorder_offsets(32, 8, 16))
    assert len(calls) == 10


def test_discover_one_nibble_worth_of_words():
    assert metadata.discover_reorder(lambda dense: metadata.encode(dense)[1], (1, 8)).tolist() == [0]


@pytest.mark.parametrize(("dtype", "rows", "k"), [("float16", 64, 64), ("int8", 48, 128), ("tf32", 32, 64)])
def test_torch_agrees(dtype, rows, k):
    torch = pytest.importorskip("torch")
    conversions = pytest.importorskip("torch.sparse._semi_structured_conversions")
    rng = np.random.default_rng(41)
    dense = legal(rng, (rows, k), dtype)
    packed, stored = conversions.sparse_semi_structured_from_dense_cutlass(torch.from_numpy(dense))
    values, words = metadata.encode(dense, dtype)
    assert np.array_equal(packed.numpy(), values)
    offsets = metadata.reorder_offsets(rows, words.shape[1], words.itemsize * 8)
    assert np.array_equal(stored.numpy().ravel()[offsets].view(words.dtype), words.ravel())
    back = conversions.sparse_semi_structured_to_dense_cutlass(packed, stored)
    assert np.array_equal(back.numpy(), dense)

    def compress(dense):
        return conversions.sparse_semi_structured_from_dense_cutlass(torch.from_numpy(dense))[1].numpy()

    assert np.array_equal(metadata.discover_reorder(compress, (rows, k), dtype), offsets)


def test_torch_is_wrong_where_the_docs_say_so():
    """If these fail, torch was repaired: take the sentence out of docs/papers/sas.md."""
    torch = pytest.importorskip("torch")
    conversions = pytest.importorskip("torch.sparse._semi_structured_conversions")
    with pytest.raises((RuntimeError, IndexError)):  # an odd number of words: its 2x2 swap leaves the matrix
        conversions.sparse_semi_structured_from_dense_cutlass(torch.eye(32, 48).half())
    tile = torch.tensor([[-9.0, 1, 2, 3], [1, -9, 2, 3], [1, 2, -9, 3], [1, 2, 3, -9]])
    pruned = conversions._sparse_semi_structured_tile(tile.clone())
    assert not (pruned == -9).any()  # sorts by value, not by magnitude
    full = torch.arange(1, 33).reshape(1, 32).repeat(32, 1).half()
    packed, _ = conversions.sparse_semi_structured_from_dense_cutlass(full)
    assert packed[0, :2].tolist() == [1, 2]  # keeps positions 0 and 1 of (1, 2, 3, 4), without a word


Z16, Z8 = np.zeros(16, np.float16), np.zeros(8, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: metadata.encode(Z8[:4]), ValueError, r"dense must have a last axis that is a multiple of 8.*\(4,\)"),
        (lambda: metadata.encode(Z8 * np.nan), ValueError, "dense must be finite"),
        (lambda: metadata.encode(np.zeros(16)), ValueError, "dtype must be one of 'float16', .*, not 'float64'"),
        (lambda: metadata.encode(Z16, 3), ValueError, "dtype must be one of .*, not '3'"),
        (lambda: metadata.encode(Z16, encoding="bits"), ValueError, "encoding must be one of 'index', 'mask', not"),
        (lambda: metadata.encode(Z16 + 1, strict=True), ValueError, "dense must have at most 2 non-zeros in every 4"),
        (lambda: metadata.encode(Z8 + 1, strict=True), ValueError, "dense must have at most 1 non-zeros in every 2"),
        (lambda: metadata.decode(Z16[:8], [1.0]), TypeError, "words must hold integers, not float64"),
        (lambda: metadata.decode(Z16[:7], [0x4444]), ValueError, r"values must have shape \(8,\) .*, not \(7,\)"),
        (lambda: metadata.decode(Z16[:8], [0x4440]), ValueError, "words must hold index nibbles of 2:4, not 0x0"),
        (lambda: metadata.decode(Z8[:4], [0x4448]), ValueError, "words must hold index nibbles of 1:2, not 0x8"),
        (lambda: metadata.decode(Z16[:8], [0x3337], None, "mask"), ValueError, "mask nibbles of 2:4, not 0x7"),
        (lambda: metadata.decode(Z16[:8], [1 << 16]), ValueError, "words must fit in 16 bits, not 65536"),
        (lambda: metadata.reorder_offsets(16, 2, 16), ValueError, "rows must be a multiple of 32 for 16-bit words"),
        (lambda: metadata.reorder_offsets(16, 3, 32), ValueError, "cols must be a multiple of 2 for 32-bit words, not"),
        (lambda: metadata.reorder_offsets(16, 2, 8), ValueError, "word_bits must be one of 16, 32, not 8"),
        (lambda: metadata.reorder_offsets(0, 2, 16), ValueError, "rows must be at least 1, not 0"),
        (lambda: metadata.sas_metadata([1.0, 2]), ValueError, "x must have a last axis that is a multiple of 4"),
        (lambda: metadata.sas_metadata([np.inf] * 4), ValueError, "x must be finite"),
        (lambda: metadata.discover_reorder(3, (1, 8)), TypeError, "compress must be callable, not 3"),
        (lambda: metadata.discover_reorder(abs, (1, 9)), ValueError, "shape must have a last side .* multiple of 8"),
        (lambda: metadata.discover_reorder(abs, (1, 8)), TypeError, "compress result must hold integers"),
        (lambda: metadata.discover_reorder(lambda d: Z8.astype(int), (1, 8)), ValueError,
         r"compress result must hold 4 nibbles, not shape \(8,\)"),
        (lambda: metadata.discover_reorder(lambda d: np.array([0x4443]), (1, 8)), ValueError,
         "compress result must hold nibbles 0x4 and 0xe, not 0x3"),
        (lambda: metadata.discover_reorder(lambda d: np.array([0x4444]), (1, 8)), ValueError,
         "compress result must hold every nibble once"),
        (lambda: metadata.discover_reorder(lambda d: metadata.encode(d)[1] >> 4 | metadata.encode(d)[1] << 12, (1, 8)),
         ValueError, "compress result must keep words whole"),
    ],
)  # fmt: skip
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

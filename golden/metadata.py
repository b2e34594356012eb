"""Sparse metadata as tensor cores read it: nibbles, words and the order they are stored in (sas-supplement, E).

A block's nibble holds two 2-bit positions, i0 | i1 << 2; nibbles fill words from the least significant end, four to a
16-bit word for 16-bit values, eight to a 32-bit word for int8. TF32 is 1:2, written as 2:4 over 16-bit halves: 0x4
keeps the first element (halves 0 and 1), 0xE the second. The other encoding in use is a mask: bit i for position i.

Which two positions stand for a block with fewer non-zeros is the format's choice, not ours: (2, 3) for an all-zero
one, and so on (``_pair``), as cuSPARSELt and CUTLASS-based tools write it.
"""

from typing import NamedTuple

import numpy as np

from tamis.golden import _check
from tamis.golden._check import finite, integer, integers, items, real, restored, shown, tail

ENCODINGS = ("index", "mask")


class _Format(NamedTuple):
    block: int  # dense elements to a nibble
    kept: int  # values to a nibble
    word: type  # nibbles come in these
    probe: type  # what a dense matrix of this format is made of


_HALF = _Format(4, 2, np.uint16, np.float16)
_BYTE = _Format(4, 2, np.uint32, np.int8)
_TF32 = _Format(2, 1, np.uint16, np.float32)
_FORMATS = {"float16": _HALF, "bfloat16": _HALF, "int16": _HALF, "uint16": _HALF, "int8": _BYTE, "uint8": _BYTE,
            "float8_e4m3fn": _BYTE, "float8_e5m2": _BYTE, "tf32": _TF32, "float32": _TF32}  # fmt: skip


def _format(dtype):
    name = dtype
    if not isinstance(dtype, str):
        try:
            name = np.dtype(dtype).name
        except TypeError:
            name = shown(dtype)
    return _FORMATS[_check.choice(name, "dtype", tuple(_FORMATS))]


def _per_word(form):
    return np.dtype(form.word).itemsize * 2


def _pair(flags):
    """The two of four positions that stand for a block (..., 4) of non-zero flags; the lower one first.

    With exactly two non-zeros, those. With fewer: 0000, 0001 and 0010 as (2, 3), 0100 as (1, 2), 1000 as (0, 2). With
    more: those that a small logic circuit finds first, (0, 1) if both are non-zero, else 3 before 2.
    """
    m0, m1, _, m3 = np.moveaxis(flags, -1, 0)
    first = np.where(m0, 0, np.where(m1, 1, 2))
    second = np.where(m0 & m1, 1, np.where(m3 | ~(m0 | m1), 3, 2))
    return first.astype(np.uint8), second.astype(np.uint8)


def _pack(nibbles, form):
    per = _per_word(form)
    groups = nibbles.reshape(*nibbles.shape[:-1], nibbles.shape[-1] // per, per)
    words = np.zeros(groups.shape[:-1], form.word)
    for place in range(per):
        words |= groups[..., place].astype(form.word) << form.word(4 * place)
    return words


def _unpack(words, count):
    """Nibbles (..., W * count) uint8 of words (..., W), the least significant first."""
    shifts = np.arange(count, dtype=np.uint32) * 4
    nibbles = (words[..., None].astype(np.uint32) >> shifts & 15).astype(np.uint8)
    return nibbles.reshape(*words.shape[:-1], words.shape[-1] * count)


def encode(dense, dtype=None, encoding="index", strict=False):
    """Values and metadata words, in logical order, of a 2:4 (16-bit, int8) or 1:2 (TF32) matrix.

    Parameters
    ----------
    dense : (..., K) finite numbers, K a multiple of 16 (16-bit), 32 (int8) or 8 (TF32)
    dtype : "float16", "bfloat16", "int16" (all alike), "int8", or "tf32" / "float32", also as numpy dtypes; None takes
        dense's own. It selects the format; values keep dense's dtype.
    encoding : "index" or "mask"
    strict : bool
        False does as hardware compressors do with a block of too many non-zeros: some are dropped without a word (a
        full 1:2 pair is 0x4). True refuses it.

    Returns
    -------
    values : (..., K/2), two for a block of four, one for a pair
    words : (..., W) uint16 or, for int8, uint32

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    given = dense
    dense = finite(real(dense, "dense", min_ndim=1), "dense")
    form = _format(np.asarray(given).dtype if dtype is None else dtype)
    _check.choice(encoding, "encoding", ENCODINGS)
    tail(dense, form.block * _per_word(form), "dense")
    blocks = dense.reshape(*dense.shape[:-1], dense.shape[-1] // form.block, form.block)
    flags = blocks != 0
    if _check.flag(strict, "strict") and (flags.sum(axis=-1) > form.kept).any():
        raise ValueError(f"dense must have at most {form.kept} non-zeros in every {form.block}: prune it first")
    first, second = _pair(flags if form.block == 4 else np.repeat(flags, 2, axis=-1))
    if form.block == 4:
        values = np.take_along_axis(blocks, np.stack([first, second], axis=-1).astype(np.intp), -1)
    else:
        values = np.take_along_axis(blocks, (first >> 1)[..., None].astype(np.intp), -1)
    one = np.uint8(1)
    nibbles = first | second << np.uint8(2) if encoding == "index" else one << first | one << second
    values = values.reshape(*dense.shape[:-1], dense.shape[-1] // 2)
    return restored(values, given), _pack(nibbles, form)


def decode(values, words, dtype=None, encoding="index"):
    """The dense matrix of ``encode``'s values and words.

    Parameters
    ----------
    values : (..., K/2) numbers
    words : (..., W) integers, W as ``encode`` returns, signed ones read as their bits
    dtype, encoding : as for ``encode``; None takes the dtype of values

    Returns
    -------
    (..., K), dtype of values

    Raises
    ------
    TypeError, ValueError
        For arguments outside these, or a nibble that names no two positions.
    """
    given = values
    values = real(values, "values", min_ndim=1)
    form = _format(np.asarray(given).dtype if dtype is None else dtype)
    _check.choice(encoding, "encoding", ENCODINGS)
    words = _bits(integers(words, "words", min_ndim=1), form)
    shape = (*words.shape[:-1], words.shape[-1] * _per_word(form) * form.kept)
    if values.shape != shape:
        raise ValueError(f"values must have shape {shape} for words of shape {words.shape}, not {values.shape}")
    nibbles = _unpack(words, _per_word(form))
    table = _POSITIONS[encoding][nibbles]
    if form.block == 2:
        table = np.where((table == (0, 1)).all(-1), 0, np.where((table == (2, 3)).all(-1), 1, -1))[..., None]
    if (table < 0).any():
        bad = int(nibbles[(table < 0).any(-1)].flat[0])
        raise ValueError(f"words must hold {encoding} nibbles of {form.kept}:{form.block}, not {bad:#x}")
    out = np.zeros((*nibbles.shape, form.block), values.dtype)
    np.put_along_axis(out, table, values.reshape(*nibbles.shape, form.kept), -1)
    return restored(out.reshape(*values.shape[:-1], values.shape[-1] * 2), given)


def _positions():
    tables = {}
    for encoding in ENCODINGS:
        table = np.full((16, 2), -1)
        for i in range(4):
            for j in range(i + 1, 4):
                table[i | j << 2 if encoding == "index" else 1 << i | 1 << j] = i, j
        tables[encoding] = table
    return tables


_POSITIONS = _positions()


def _bits(words, form):
    width = np.dtype(form.word).itemsize * 8
    if words.size and not (words.min() >= -(1 << (width - 1)) and words.max() < 1 << width):
        raise ValueError(f"words must fit in {width} bits, not {int(words.max())}")
    return (words.astype(np.int64) & ((1 << width) - 1)).astype(form.word)


def reorder_offsets(rows, cols, word_bits):
    """Where each metadata word is stored: stored.ravel()[offsets] == logical.ravel(), for logical (rows, cols).

    Rows are interwoven within groups of g, the anti-diagonal of every 2x2 is swapped, and pairs of columns are stored
    column-major: (g, w) = (32, 4) for 16-bit words, (16, 2) for 32-bit words.

    Parameters
    ----------
    rows : int, a multiple of 32 (16-bit words) or 16 (32-bit words)
    cols : int, words to a row, even
    word_bits : 16 or 32

    Returns
    -------
    (rows * cols,) intp

    Raises
    ------
    TypeError, ValueError
        For arguments outside these. (With odd cols the 2x2 swap would leave the matrix.)
    """
    word_bits = _check.choice(integer(word_bits, "word_bits"), "word_bits", (16, 32))
    group, weave = (32, 4) if word_bits == 16 else (16, 2)
    rows, cols = integer(rows, "rows", 1), integer(cols, "cols", 1)
    for name, value, factor in (("rows", rows, group), ("cols", cols, 2)):
        if value % factor:
            raise ValueError(f"{name} must be a multiple of {factor} for {word_bits}-bit words, not {value}")
    r, c = np.indices((rows, cols))
    r = r // group * group + (r % 8) * weave + r % group // 8
    swap = (c % 2) - (r % 2)  # 1 at the top right of a 2x2, -1 at the bottom left
    r, c = r + swap, c - swap
    return (c // 2 * 2 * rows + 2 * r + c % 2).reshape(-1)


def sas_metadata(x):
    """Metadata of the 1:2 SAS projection of x, straight from its signs: 0x4 for +, 0xE for - (E).

    Equals ``encode(sas.project(x, 1), "tf32")`` but where x is zero: SAS writes 0x4 for +0.0, a compressor that sees
    the pair (0, 0) writes 0xE. Leave those out of a comparison.

    Parameters
    ----------
    x : (..., C) integers or finite floats, C a multiple of 4

    Returns
    -------
    (..., C/4) uint16

    Raises
    ------
    TypeError, ValueError
        For an x outside these.
    """
    x = finite(tail(real(x, "x", min_ndim=1), _per_word(_TF32), "x"), "x")
    sign = np.signbit(x) if x.dtype.kind == "f" else x < 0
    return _pack(np.where(sign, np.uint8(0xE), np.uint8(0x4)), _TF32)


def discover_reorder(compress, shape, dtype="tf32"):
    """The order in which a black box stores metadata, from its answers alone (E's impulse response, in log2 probes).

    The paper flips one nibble a probe from 0xE to 0x4 and looks for it. Here every nibble has its number as a code and
    probe b flips those whose bit b is set: n nibbles take ceil(log2 n) calls, 10 instead of 1024 for 32x64 in TF32.

    Parameters
    ----------
    compress : callable from a dense matrix of ``shape`` to its stored metadata: integer words of the format's width, or
        one element per nibble
    shape : (rows, K) of the dense matrix, K as for ``encode``
    dtype : format, as for ``encode``

    Returns
    -------
    (n,) intp for n stored elements: ``compress(a).ravel()[offsets]`` is the metadata of a in logical order

    Raises
    ------
    TypeError
        If compress is not callable or does not return integers.
    ValueError
        If the shape does not fit the format, or the answers are no reordering: neither 0x4 nor 0xE somewhere, a wrong
        size, not every code once, or words taken apart (return nibbles then).
    """
    if not callable(compress):
        raise TypeError(f"compress must be callable, not {shown(compress)}")
    form = _format(dtype)
    sides = [integer(side, "shape", 1) for side in items(shape, "shape")]
    if len(sides) != 2:
        raise ValueError(f"shape must be (rows, K), not {shown(shape)}")
    rows, k = sides
    unit = form.block * _per_word(form)
    if k % unit:
        raise ValueError(f"shape must have a last side that is a multiple of {unit}, not {shape}")
    count = rows * k // form.block
    code = np.arange(count)
    low = np.repeat([1, 0], form.block // 2)  # nibble 0x4; its reverse is 0xE
    found, packed = np.zeros(count, np.intp), False
    for bit in range(max(1, (count - 1).bit_length())):
        flip = (code >> bit & 1).astype(bool)
        dense = np.where(flip[:, None], low, low[::-1]).astype(form.probe).reshape(rows, k)
        stored = integers(compress(dense), "compress result")
        packed = stored.size != count
        if packed and stored.size * _per_word(form) != count:
            raise ValueError(f"compress result must hold {count} nibbles, not shape {stored.shape}")
        nibbles = _unpack(_bits(stored.reshape(-1), form), _per_word(form)) if packed else stored.reshape(-1)
        strange = (nibbles != 0x4) & (nibbles != 0xE)
        if strange.any():
            raise ValueError(f"compress result must hold nibbles 0x4 and 0xe, not {int(nibbles[strange][0]):#x}")
        found |= (nibbles == 0x4).astype(np.intp) << bit
    if not np.array_equal(np.sort(found), code):
        raise ValueError("compress result must hold every nibble once, whatever their order")
    offsets = np.empty(count, np.intp)
    offsets[found] = code
    if packed:
        words = offsets.reshape(-1, _per_word(form))
        if not (words == words[:, :1] + np.arange(_per_word(form))).all() or (words[:, 0] % _per_word(form)).any():
            raise ValueError("compress result must keep words whole; return one element per nibble instead")
        return words[:, 0] // _per_word(form)
    return offsets

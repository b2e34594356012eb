"""What the decompressor and the compressor output, to the bit: N:M entries to dense blocks and back.

A block's entries say where they belong in one of three forms:

========  ==================================================  ====================================================
form      metadata of a block                                 legal
========  ==================================================  ====================================================
index     N positions, one beside each value                  distinct, below M, in any order (`tamis.golden.prune`)
pairs     a nibble of `tamis.golden.metadata`, "index" encoding     what that decodes; 2:4, or 1:2 as TF32 writes it
mask      M bits, values by ascending position; for 2:4 and   N ones; for 2:4 and 1:2 what `golden.metadata` decodes
          1:2 a nibble of `tamis.golden.metadata`
========  ==================================================  ====================================================

An illegal block decodes to zeros and is flagged. A block of more than N non-zeros cannot be compressed: it is flagged,
and gives the N non-zeros of highest index, in the nibble forms those that ``tamis.golden.metadata.encode`` keeps.
"""

import numpy as np

from tamis.golden import _check, metadata, prune

__all__ = ["FORMS", "compressed", "decompressed", "is_nibble"]

FORMS = ("index", "pairs", "mask")
_FORMATS = {"2:4": "int16", "1:2": "tf32"}  # patterns that have a nibble, by the name that golden.metadata gives them


def is_nibble(pattern, form):
    """Whether a block's metadata is a nibble of `golden.metadata`. Raises ValueError for pairs of no such pattern."""
    known = str(_check.pattern(pattern)) in _FORMATS
    if _check.choice(form, "form", FORMS) == "pairs" and not known:
        raise ValueError(f"pattern must be 2:4 or 1:2 for form 'pairs', not {pattern}")
    return known and form != "index"


def _encoding(form):
    return "index" if form == "pairs" else "mask"


def _table(pattern, form):
    """(16, N) positions that each nibble names, -1 where it names none: what ``metadata.decode`` makes of it."""
    table = np.full((16, pattern.n), -1)
    for nibble in range(16):
        values = np.tile(np.arange(1, pattern.n + 1), 4)
        try:
            dense = metadata.decode(values, [nibble * 0x1111], _FORMATS[str(pattern)], _encoding(form))
        except ValueError:
            continue
        for place in range(pattern.n):
            table[nibble, place] = np.flatnonzero(dense[:pattern.m] == place + 1)[0]
    return table


def _positions(codes, pattern, form):
    """Positions (B, N) of the entries, and which blocks are legal."""
    if form == "index":
        ordered = np.sort(codes, -1)
        return codes, (codes < pattern.m).all(-1) & (ordered[:, 1:] > ordered[:, :-1]).all(-1)
    if is_nibble(pattern, form):
        table = _table(pattern, form)[codes]
        return table, (table >= 0).all(-1)
    ones = (codes[:, None] >> np.arange(pattern.m) & 1).astype(bool)
    legal = ones.sum(-1) == pattern.n
    positions = np.zeros((len(codes), pattern.n), np.intp)
    positions[legal] = np.nonzero(ones[legal])[1].reshape(-1, pattern.n)
    return positions, legal


def decompressed(values, codes, pattern, form="index"):
    """Dense blocks.

    Parameters
    ----------
    values : (B, N) integers
    codes : integers, (B, N) in form "index", else (B,); of the bits that the metadata has, legal or not
    pattern : Pattern, or text such as "2:4"
    form : "index", "pairs" or "mask"

    Returns
    -------
    blocks : (B, M), dtype of values; zeros where illegal
    illegal : (B,) bool

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    pattern = _check.pattern(pattern)
    bits = 4 if is_nibble(pattern, form) else (pattern.m - 1).bit_length() if form == "index" else pattern.m
    values, codes = _check.integers(values, "values", ndim=2), _check.int64(codes, "codes")
    shape = values.shape if form == "index" else values.shape[:1]
    if values.shape[1] != pattern.n or codes.shape != shape:
        raise ValueError(f"values and codes must have shapes (B, {pattern.n}) and {shape} for {pattern} in form "
                         f"{form!r}, not {values.shape} and {codes.shape}")
    if codes.size and not (codes.min() >= 0 and codes.max() < 1 << bits):
        raise ValueError(f"codes must be from 0 to {(1 << bits) - 1}, not {codes.min()} to {codes.max()}")
    positions, legal = _positions(codes, pattern, form)
    blocks = np.zeros((len(values), pattern.m), values.dtype)
    dense = prune.decompress(values[legal][:, None], positions[legal][:, None], pattern)
    blocks[legal] = dense
    return blocks, ~legal


def compressed(blocks, pattern, form="index"):
    """Entries of dense blocks.

    With at most N non-zeros: all of them, in index order; entries that are left over hold zeros of the block, those of
    lowest index as ``golden.prune.compress`` says or, in the nibble forms, those of ``golden.metadata.encode``.

    Parameters
    ----------
    blocks : (B, M) integers
    pattern : Pattern, or text such as "2:4"
    form : "index", "pairs" or "mask"

    Returns
    -------
    values : (B, N), dtype of blocks
    codes : int64, (B, N) in form "index", else (B,)
    illegal : (B,) bool, more than N non-zeros

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    pattern = _check.pattern(pattern)
    nibble = is_nibble(pattern, form)
    blocks = _check.integers(blocks, "blocks", ndim=2)
    if blocks.shape[1] != pattern.m:
        raise ValueError(f"blocks must have shape (B, {pattern.m}) for {pattern}, not {blocks.shape}")
    illegal = np.count_nonzero(blocks, -1) > pattern.n
    if nibble:
        count = len(blocks)
        whole = np.concatenate([blocks, np.zeros((-count % 4, pattern.m), blocks.dtype)])
        values, words = metadata.encode(whole.reshape(-1), _FORMATS[str(pattern)], _encoding(form))
        codes = (words.astype(np.int64)[:, None] >> np.arange(0, 16, 4) & 15).reshape(-1)
        return values.reshape(-1, pattern.n)[:count], codes[:count], illegal
    later = np.flip(np.cumsum(np.flip(blocks != 0, -1), -1), -1)  # non-zeros from here on
    values, indices = prune.compress(np.where(later <= pattern.n, blocks, 0), pattern)
    values, indices = values.reshape(-1, pattern.n), indices.reshape(-1, pattern.n).astype(np.int64)
    return values, indices if form == "index" else (1 << indices).sum(-1), illegal

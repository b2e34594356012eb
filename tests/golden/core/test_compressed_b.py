"""golden/core/compressed_b.py: a chunk byte by byte as docs/core.md has it; there and back; its beats."""

import numpy as np
import pytest

from tamis.golden.core import compressed_b, format
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.layouts import compressed_layout


def core(pattern, b_bits, *, width=8, rows=8):
    n, m = map(int, pattern.split(":"))
    array = {"patterns": f"{n}:{m},{m}:{m}", "rows": m * rows // 8, "cols": 4, "b_width": width, "acc_width": 40}
    return CoreConfig.parse({"array": array, "columns": 16, "b_pattern": pattern, "b_bits": b_bits})


def test_a_chunk_by_hand():
    """2:8 of int8 in beats of 64: four blocks a beat of values, masks for two of those in a beat of masks."""
    c = core("2:8", 64, rows=64)
    b = np.zeros((8, 3), int)
    b[1, 0], b[6, 0] = 5, -1
    b[7, 1] = 9
    b[3, 2], b[4, 2] = 1, 2
    rest = "03 03 03"  # masks of three blocks of zeros
    wanted = [f"42 {rest} 81 {rest}", "05 ff 00 00 00 00 00 00", "00 09 00 00 00 00 00 00",
              f"18 {rest} 00 00 00 00", "01 02 00 00 00 00 00 00"]
    assert format.b_chunks(b, c, compressed=True) == [bytes.fromhex("".join(wanted))]


@pytest.mark.parametrize(("pattern", "b_bits", "width"), [
    ("1:2", 32, 8), ("2:4", 64, 8), ("2:4", 512, 4), ("1:4", 32, 16), ("4:8", 128, 8), ("1:8", 64, 8), ("1:16", 32, 4)])
def test_there_and_back(pattern, b_bits, width):
    c, rng = core(pattern, b_bits, width=width), np.random.default_rng(1)
    n, m, half = c.b_pattern.n, c.m, 1 << width - 1
    for blocks, columns in ((1, 1), (c.chunk_blocks, 5), (2 * c.chunk_blocks + 1, 16)):
        dense = np.zeros((columns, blocks, m), int)
        places = rng.permuted(np.broadcast_to(np.arange(m), dense.shape), axis=-1)[..., :n]
        np.put_along_axis(dense, places, rng.integers(-half, half, (columns, blocks, n)), -1)
        b = dense.reshape(columns, -1).T
        chunks = format.b_chunks(b, c, compressed=True)
        job = Job(columns=columns, blocks=blocks, n0=n, b_compressed=1)
        assert (format.b_blocks(chunks, job, c) == b).all()
        assert [8 * len(chunk) // b_bits for chunk in chunks] == [
            compressed_b.chunk_beats(columns, size, c) for size in job.chunks(c)]
    found, layout = compressed_b.sizes(c), compressed_layout(c)
    assert (found.code_bits, found.together, found.steps) == (layout.code_bits, layout.together, layout.steps)


def test_not_n_of_m():
    with pytest.raises(ValueError, match=r"at most 2 non-zeros in each 8 consecutive elements of K .* not 3"):
        format.b_chunks(np.array([[1, 2, 0, 0, 3, 0, 0, 0]]).T, core("2:8", 64), compressed=True)

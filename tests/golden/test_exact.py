"""tamis.golden._exact against Python's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tamis.golden import _exact


def slow(a, b):
    return [[sum(int(x) * int(y) for x, y in zip(r, c, strict=True)) for c in b.T] for r in a]


@given(st.data(), st.sampled_from(["i1", "u1", "i2", "i4", "u4"]), st.sampled_from(["i1", "i2", "i4"]))
def test_small(data, first, second):
    i, k, j = (data.draw(st.integers(0, 4)) for _ in range(3))
    a, b = data.draw(hnp.arrays(first, (i, k))), data.draw(hnp.arrays(second, (k, j)))
    got = _exact.matmul(a, b)
    assert got.dtype == np.int64 and got.shape == (i, j)
    wrapped = [[(v + 2**63) % 2**64 - 2**63 for v in row] for row in slow(a, b)]
    assert got.tolist() == wrapped


@pytest.mark.parametrize(("dtype", "k"), [("i1", 1022), ("i1", 1023), ("i1", 5000), ("i2", 9000), ("i4", 300)])
@pytest.mark.parametrize("fill", ["lowest", "random"])
def test_chunks_never_round(dtype, k, fill):
    info = np.iinfo(dtype)
    a = np.full((2, k), info.min, dtype)
    b = np.full((k, 2), info.min + 1, dtype)
    if fill == "random":
        rng = np.random.default_rng(k)
        a, b = (rng.integers(info.min, info.max, x.shape, dtype, endpoint=True) for x in (a, b))
    exact = slow(a, b)
    assert _exact.matmul(a, b).tolist() == [[(v + 2**63) % 2**64 - 2**63 for v in row] for row in exact]


def test_batches_and_floats():
    rng = np.random.default_rng(0)
    a, b = rng.integers(-128, 128, (3, 2, 4)).astype("i1"), rng.integers(-128, 128, (3, 4, 2)).astype("i1")
    assert [slow(x, y) for x, y in zip(a, b, strict=True)] == _exact.matmul(a, b).tolist()
    assert _exact.matmul(a.astype("f4"), b).dtype == np.float32

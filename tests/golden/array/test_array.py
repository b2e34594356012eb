"""golden/array.py against matrix products written as loops, and against counting passes one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.golden.array import Accumulator, Pass, cycles, gemm, ideal_cycles, starts, tile
from tamis.golden.pattern import Pattern


def sparse(rng, i, k, pattern):
    """(i, k) int8 values with at most n of every m non-zero, in random places."""
    a = np.zeros((i, k), np.int8)
    for row in range(i):
        for block in range(0, k, pattern.m):
            width = min(pattern.m, k - block)
            for place in rng.permutation(width)[:pattern.n]:
                a[row, block + place] = rng.integers(-128, 128)
    return a


designs = st.tuples(
    st.sampled_from(["1:1", "1:2", "2:4", "3:5", "1:8", "4:8", "7:7", "2:3"]).map(Pattern.parse),
    st.integers(1, 4), st.integers(1, 5), st.sampled_from([1, 2]), st.integers(0, 2**32 - 1))


@settings(max_examples=60, deadline=None)
@given(designs)
def test_gemm_of_a_matrix_that_is_n_m_is_the_plain_product(drawn):
    pattern, multiple, cols, beta, seed = drawn
    rng = np.random.default_rng(seed)
    rows = pattern.n * multiple * beta
    i, k, j = rng.integers(1, 12), rng.integers(1, 40), rng.integers(1, 9)
    a, b = sparse(rng, i, k, pattern), rng.integers(-128, 128, (k, j), dtype=np.int8)
    start = rng.integers(-1000, 1000, (i, j))
    _, outputs, c = gemm(a, b, pattern, rows=rows, cols=cols, beta=beta, rows_per_block=pattern.n, c=start)
    exact = [[int(start[x, y]) + sum(int(a[x, z]) * int(b[z, y]) for z in range(k)) for y in range(j)]
             for x in range(i)]
    assert c.tolist() == exact
    assert all(out.shape == (j, cols) for out in outputs)


def test_a_dense_matrix_is_pruned_to_its_largest():
    a = np.array([[1, -9, 3, 8]], np.int8)
    _, _, c = gemm(a, np.array([[1], [10], [100], [1000]]), Pattern(2, 4), rows=2, cols=1)
    assert c.tolist() == [[-90 + 8000]]


@pytest.mark.parametrize("mode, want", [("wrap", -128 + 72), ("saturate", 127)])
def test_overflow_acts_once_for_every_pe_row(mode, want):
    # 100 + 100 leaves int8 after the first row; -1000 in the second row of the same PE brings an exact sum back.
    one = Pass(np.array([[100], [100]]), np.zeros((2, 1), int), np.ones((1, 2, 1), int), np.array([[0]]))
    assert one.output(1, Accumulator(8, True, mode)).tolist() == [[want]]
    back = Pass(np.array([[100], [-90]]), one.indices, one.blocks, np.array([[100]]))
    assert back.output(2, Accumulator(8, True, mode)).tolist() == [[110]]
    assert back.output(1, Accumulator(8, True, mode)).tolist() == [[{"wrap": 110, "saturate": 37}[mode]]]


@pytest.mark.parametrize("signed", [True, False])
def test_wrap_is_what_fixed_width_numpy_does(signed):
    exact = np.array([-(2**20), -129, -128, -1, 0, 127, 128, 255, 256, 2**20 + 3])
    kind = np.int8 if signed else np.uint8
    assert Accumulator(8, signed).fit(exact).tolist() == exact.astype(kind).tolist()


@pytest.mark.parametrize("lengths", [[5], [1, 1, 1], [9, 2, 3, 9], [4, 4, 4]])
def test_passes_start_as_soon_as_the_stream_and_the_wave_of_entries_are_through(lengths):
    now, want = 0, []
    for length in lengths:
        want.append(now)
        now += length if length > 4 else 4
    assert starts(lengths, 4).tolist() == want


def test_cycles_of_the_issue_and_of_ragged_shapes():
    two_four = Pattern(2, 4)
    assert ideal_cycles(64, 64, 64, two_four, rows=16, cols=16) == 512
    for alpha, beta in ((16, 1), (16, 4), (1, 16)):
        # 8 passes of 64 columns, then the last column crosses the PE rows and PE columns.
        assert cycles(64, 64, 64, two_four, rows=16, cols=16, alpha=alpha, beta=beta) == 512 + 16 // beta + 16 // alpha
    # K = 5 is two blocks of 4, 4 entries: one tile; I = 17 is two; T = 1 waits for 8 PE rows.
    assert cycles(17, 5, 1, two_four, rows=16, cols=16, alpha=16, beta=2) == 8 + 1 + 8 + 1
    assert cycles(17, 5, 1, two_four, rows=16, cols=16, alpha=16, beta=2, stages=2) == 8 + 1 + 8 + 1 + 2


def test_tiles_cover_a_and_end_in_zeros():
    a = np.arange(1, 7, dtype=np.int8).reshape(2, 3)
    tiles = tile(a, Pattern(1, 2), 2, 4)
    assert tiles.values.shape == (1, 1, 2, 4)
    assert tiles.values[0, 0].tolist() == [[2, 5, 0, 0], [3, 6, 0, 0]]
    assert tiles.indices[0, 0].tolist() == [[1, 1, 0, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("call, text", [
    (lambda: tile(np.zeros(4, np.int8), Pattern(2, 4), 4, 4), r"a must be \(I, K\), not of shape \(4,\)"),
    (lambda: tile(np.zeros((4, 4), np.int8), Pattern(2, 4), 3, 4), "rows must be a multiple of N = 2, not 3"),
    (lambda: gemm(np.zeros((4, 4), np.int8), np.zeros((5, 2), int), Pattern(2, 4), rows=2, cols=2),
     r"b must be \(K, J\) with K = 4, not of shape \(5, 2\)"),
    (lambda: gemm(np.zeros((4, 4), np.int8), np.zeros((4, 2), int), Pattern(2, 4), rows=2, cols=2,
                  c=np.zeros((2, 2), int)),
     r"c must be \(I, J\) = \(4, 2\), not of shape \(2, 2\)"),
])
def test_shapes_that_do_not_fit_are_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


SMALL = {"a": np.ones((2, 4), np.int8), "b": np.ones((4, 3), np.int8), "pattern": "2:4", "rows": 4, "cols": 2,
         "beta": 2}


@pytest.mark.parametrize(("change", "error", "message"), [
    ({"a": np.full((2, 4), 0.7)}, TypeError, "a must hold integers, not float64"),
    ({"b": np.full((4, 3), np.nan)}, TypeError, "b must hold integers, not float64"),
    ({"a": np.ma.masked_equal(np.ones((2, 4), int), 1)}, TypeError, "a must not be a masked array"),
    ({"beta": 3}, ValueError, "beta must divide rows = 4, not 3"),
    ({"rows_per_block": 2, "pattern": "1:4"}, ValueError, "rows_per_block must divide N = 1, not 2"),
    ({"b": np.ones((3, 4), np.int8)}, ValueError, r"b must be \(K, J\) with K = 4, not of shape \(3, 4\)"),
    ({"pattern": 24}, TypeError, "pattern must be a Pattern or text such as '2:4', not 24"),
])
def test_operands_are_checked(change, error, message):
    assert (gemm(**SMALL)[2] == 2).all()
    with pytest.raises(error, match=message):
        gemm(**(SMALL | change))


@pytest.mark.parametrize("mode", ["saturated", "Wrap", None])
def test_mode_of_the_accumulator_is_checked(mode):
    with pytest.raises(ValueError, match="mode must be one of 'wrap', 'saturate', not"):
        Accumulator(8, True, mode)


@pytest.mark.parametrize(("i", "k", "j"), [(0, 4, 3), (2, 0, 3), (2, 4, 0), (0, 0, 0)])
def test_empty_operands_give_empty_results(i, k, j):
    c = np.arange(i * j).reshape(i, j)
    passes, outputs, result = gemm(np.zeros((i, k), int), np.zeros((k, j), int), "2:4", rows=4, cols=2, c=c)
    assert passes == outputs == [] and (result == c).all() and result.shape == (i, j)
    assert cycles(i, k, j, "2:4", rows=4, cols=2, alpha=2, beta=2) == 0

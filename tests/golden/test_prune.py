"""tamis.golden.prune against loops over single blocks and brute force over all masks."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tamis.golden.pattern import Pattern
from tamis.golden.prune import compress, decompress, expected_macs, sr_ste_grad, topn_mask

DTYPES = [np.int8, np.uint8, np.int16, np.int32, np.uint64, np.int64, np.float16, np.float32, np.float64]


def slow_topn(block, n):
    """Positions of the n largest, by Python's exact numbers: magnitude first, then the lower index."""
    exact = [abs(value.item()) for value in block]
    return sorted(sorted(range(len(exact)), key=lambda i: (-exact[i], i))[:n])


def slow_mask(x, pattern):
    out = np.zeros(x.shape, bool)
    for place in np.ndindex(*x.shape[:-1], x.shape[-1] // pattern.m):
        *lead, block = place
        start = block * pattern.m
        for i in slow_topn(x[(*lead, slice(start, start + pattern.m))], pattern.n):
            out[(*lead, start + i)] = True
    return out


@st.composite
def cases(draw, largest=9):
    pattern = Pattern(draw(st.integers(1, m := draw(st.integers(1, largest)))), m)
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    lead = draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3, min_side=0)) if draw(st.booleans()) else ()
    shape = (*lead, pattern.m * draw(st.integers(0, 4)))
    if dtype.kind == "f":
        elements = hnp.from_dtype(dtype, allow_nan=False, allow_infinity=False)
        elements |= st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, -0.5])
    else:
        elements = hnp.from_dtype(dtype) | st.integers(0, 2)
    return draw(hnp.arrays(dtype, shape, elements=elements)), pattern


@given(cases())
def test_topn_mask_is_the_loop(case):
    x, pattern = case
    before = x.tobytes()
    mask = topn_mask(x, pattern)
    assert mask.dtype == bool and np.array_equal(mask, slow_mask(x, pattern))
    assert x.tobytes() == before


@pytest.mark.parametrize("pattern", ["1:1", "3:3", "1:2", "2:4", "5:8", "7:16", "13:31", "16:32", "9:33", "20:64"])
@pytest.mark.parametrize("dtype", [np.int8, np.float32])
def test_every_block_size_and_chunk(pattern, dtype):
    pattern = Pattern.parse(pattern)
    rng = np.random.default_rng(3)
    x = rng.integers(-128, 128, (2, 40 * pattern.m)).astype(dtype)
    assert np.array_equal(topn_mask(x, pattern), slow_mask(x, pattern))


def test_more_than_one_chunk():
    x = np.random.default_rng(4).integers(-3, 4, (70_001, 8)).astype(np.float32)
    whole = topn_mask(x, "4:8")
    assert np.array_equal(whole[-300:], slow_mask(x[-300:], Pattern(4, 8)))
    assert np.array_equal(whole[4000:4300], slow_mask(x[4000:4300], Pattern(4, 8)))
    assert (whole.sum(-1) == 4).all()


def test_mask_minimises_the_squared_error():
    rng = np.random.default_rng(5)
    for m in range(1, 7):
        for n in range(1, m + 1):
            for block in rng.integers(-4, 5, (20, m)):
                kept = (block * block * topn_mask(block, Pattern(n, m))).sum()
                assert kept == max(sum(int(block[i]) ** 2 for i in pick) for pick in combinations(range(m), n))


def test_ties_go_to_the_lower_index():
    assert topn_mask([1, -1, 1, -1], "2:4").tolist() == [True, True, False, False]
    assert topn_mask([0.0, -0.0, 0.0, -0.0], "1:4").tolist() == [True, False, False, False]
    assert topn_mask([0, 5, 0, 0], "2:4").tolist() == [True, True, False, False]


def test_lowest_integer_is_the_largest_magnitude():
    assert topn_mask(np.array([127, -128], np.int8), "1:2").tolist() == [False, True]
    assert topn_mask(np.array([2**63 - 1, -(2**63)], np.int64), "1:2").tolist() == [False, True]
    assert topn_mask(np.array([2**63, 2**64 - 1], np.uint64), "1:2").tolist() == [False, True]
    assert topn_mask(np.array([2**53, 2**53 + 1]), "1:2").tolist() == [False, True]  # one in float64


def test_denormals_are_not_zero():
    assert topn_mask(np.array([0, 5e-324, 0, -1e-323]), "2:4").tolist() == [False, True, False, True]


def test_foreign_byte_order_and_strides():
    x = np.random.default_rng(6).standard_normal((8, 16)).astype(">f4")
    assert np.array_equal(topn_mask(x, "2:4"), slow_mask(x.astype("f4"), Pattern(2, 4)))
    y = x.astype("f4")[::2, ::-1]
    assert np.array_equal(topn_mask(y, "2:4"), slow_mask(np.array(y), Pattern(2, 4)))


@given(cases())
def test_sign_scale_and_idempotence(case):
    x, pattern = case
    mask = topn_mask(x, pattern)
    if x.dtype.kind == "f":
        assert np.array_equal(topn_mask(-x, pattern), mask)
        with np.errstate(all="ignore"):
            doubled = 2 * x
        if np.isfinite(doubled).all() and (np.abs(x[x != 0]) > np.finfo(x.dtype).tiny).all():
            assert np.array_equal(topn_mask(doubled, pattern), mask)
    view = np.where(mask, x, x.dtype.type(0))
    assert np.array_equal(view * topn_mask(view, pattern), view)


@given(cases())
def test_compress_is_the_loop_and_decompress_its_inverse(case):
    x, pattern = case
    values, indices = compress(x, pattern)
    assert values.shape == indices.shape == (*x.shape[:-1], x.shape[-1] // pattern.m, pattern.n)
    assert values.dtype == x.dtype and indices.dtype == np.intp
    blocks = x.reshape(*values.shape[:-1], pattern.m)
    for place in np.ndindex(*values.shape[:-1]):
        assert indices[place].tolist() == slow_topn(blocks[place], pattern.n)
        assert values[place].tobytes() == blocks[place][indices[place]].tobytes()
    dense = decompress(values, indices, pattern)
    assert dense.dtype == x.dtype
    assert np.array_equal(dense, np.where(slow_mask(x, pattern), x, x.dtype.type(0)))
    again = compress(dense, pattern)
    assert np.array_equal(decompress(*again, pattern), dense)


def test_compress_fills_with_distinct_legal_indices():
    values, indices = compress(np.zeros((2, 8), np.int8), "3:4")
    assert not values.any() and indices.tolist() == [[[0, 1, 2]] * 2] * 2
    values, indices = compress([0, 0, 0, 7], "2:4")
    assert values.tolist() == [[0, 7]] and indices.tolist() == [[0, 3]]


def test_decompress_takes_entries_in_any_order():
    assert decompress([[5, 6]], np.array([[3, 0]], np.uint8), "2:4").tolist() == [6, 0, 0, 5]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: topn_mask([1, 2, 3], "2:4"), ValueError, r"x must have a last axis that is a multiple of 4.*\(3,\)"),
        (lambda: topn_mask(3.0, "2:4"), ValueError, r"x must have at least 1 dimension\(s\), not shape \(\)"),
        (lambda: topn_mask([1, np.nan], "1:2"), ValueError, r"x must be finite, not nan at \[1\]"),
        (lambda: topn_mask([[1, 2], [-np.inf, 0]], "1:2"), ValueError, r"x must be finite, not -inf at \[1, 0\]"),
        (lambda: topn_mask([1j, 2], "1:2"), TypeError, "x must hold integers or floats .*complex128"),
        (lambda: topn_mask([True, False], "1:2"), TypeError, "x must hold integers or floats .*bool"),
        (lambda: topn_mask(["a", "b"], "1:2"), TypeError, "x must hold integers or floats"),
        (lambda: topn_mask([1, 2], "3:2"), ValueError, "pattern must be N:M with 1 <= N <= M, not '3:2'"),
        (lambda: topn_mask([1, 2], 2), TypeError, "pattern must be a Pattern or text such as '2:4', not 2"),
        (lambda: compress([1, 2, 3], "1:2"), ValueError, "x must have a last axis that is a multiple of 2"),
        (lambda: compress([None, 2], "1:2"), TypeError, "x must hold integers or floats"),
        (lambda: decompress([[1]], [[0]], "2:4"), ValueError, r"values must have a last axis of 2 for 2:4.*\(1, 1\)"),
        (lambda: decompress([1], [0], "1:4"), ValueError, "values must have at least 2"),
        (lambda: decompress([[1], [1]], [[0]], "1:4"), ValueError, "indices must have the shape of values"),
        (lambda: decompress([[1]], [[0.0]], "1:4"), TypeError, "indices must hold integers, not float64"),
        (lambda: decompress([[1]], [[4]], "1:4"), ValueError, "indices must be from 0 to 3, not 4"),
        (lambda: decompress([[1]], [[-1]], "1:4"), ValueError, "indices must be from 0 to 3, not -1"),
        (lambda: sr_ste_grad([1.0], [1.0, 2], [True], 0), ValueError, r"weight must have the shape of grad, \(1,\)"),
        (lambda: sr_ste_grad([1.0], [1.0], [1], 0), TypeError, "mask must hold bools, not int64"),
        (lambda: sr_ste_grad([1.0], [1.0], [True, False], 0), ValueError, r"mask must have shape \(1,\), not \(2,\)"),
        (lambda: sr_ste_grad([1.0], [1.0], [True], -1), ValueError, "decay must be at least 0, not -1"),
        (lambda: sr_ste_grad([np.inf], [1.0], [True], 1), ValueError, "grad must be finite"),
        (lambda: expected_macs((2, 4)), TypeError, "pattern must be a Pattern or text"),
        (lambda: decompress([[1, 2]], [[3, 3]], "2:4"), ValueError, "indices must be distinct within a block.*3"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_sr_ste_grad_is_the_loop():
    grad = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
    weight = np.array([[4, -8], [2, 0]])
    mask = np.array([[True, False], [False, True]])
    got = sr_ste_grad(grad, weight, mask, 0.25)
    assert got.dtype == np.float64
    for place in np.ndindex(2, 2):
        assert got[place] == grad[place] + (0 if mask[place] else 0.25 * weight[place])
    assert sr_ste_grad(grad, grad, mask, 0.5).dtype == np.float32


@pytest.mark.parametrize("m", range(1, 7))
def test_expected_macs_by_enumeration(m):
    for n in range(1, m + 1):
        masks = [set(pick) for pick in combinations(range(m), n)]
        assert expected_macs(Pattern(n, m)) == sum(len(a & b) for a in masks for b in masks) / len(masks) ** 2
    assert expected_macs("2:4") == 1.0  # Eq. 18


def test_torch_s_pruner_agrees_up_to_ties():
    torch = pytest.importorskip("torch")
    pruning = pytest.importorskip("torch.ao.pruning")
    model = torch.nn.Sequential(torch.nn.Linear(64, 32, bias=False))
    weight = np.random.default_rng(15).standard_normal((32, 64)).astype(np.float32)
    model[0].weight.data = torch.from_numpy(weight.copy())
    sparsifier = pruning.WeightNormSparsifier(sparsity_level=1.0, sparse_block_shape=(1, 4), zeros_per_block=2)
    sparsifier.prepare(model, [{"tensor_fqn": "0.weight"}])
    sparsifier.step()
    mask = model[0].parametrizations.weight[0].mask.numpy()
    assert np.array_equal(mask.astype(bool), topn_mask(weight, "2:4"))
    assert torch.tensor([-128], dtype=torch.int8).abs().item() == -128  # docs/papers: not a magnitude


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 40))
def test_n_per_block(n, m):
    if n > m:
        n, m = m, n
    x = np.random.default_rng(n * 41 + m).standard_normal((3, 2 * m))
    assert (topn_mask(x, Pattern(n, m)).reshape(3, 2, m).sum(-1) == n).all()

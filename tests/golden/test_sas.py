"""tamis.golden.sas against loops over elements, wide tensors, and differences of a linear function."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tamis.golden import sas

DTYPES = st.sampled_from([np.int8, np.int32, np.float16, np.float32, np.float64])


def slow_sign(value):
    return int(str(value.item()).startswith("-"))  # "-0.0" too


def slow_index(channels, bits):
    count = len(channels)
    return [sum(slow_sign(channels[(c - i) % count]) * 2**i for i in range(bits)) for c in range(count)]


@st.composite
def tensors(draw):
    dtype = np.dtype(draw(DTYPES))
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5))
    elements = hnp.from_dtype(dtype)
    if dtype.kind == "f":
        elements = hnp.from_dtype(dtype, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0])
    x = draw(hnp.arrays(dtype, shape, elements=elements))
    return x, draw(st.integers(1, 4)), draw(st.integers(-len(shape), len(shape) - 1))


@given(tensors())
def test_sign_index_is_the_loop(case):
    x, bits, axis = case
    before = x.tobytes()
    index = sas.sign_index(x, bits, axis)
    moved, lanes = np.moveaxis(index, axis, -1), np.moveaxis(x, axis, -1)
    for place in np.ndindex(lanes.shape[:-1]):
        assert moved[place].tolist() == slow_index(lanes[place], bits)
    assert x.tobytes() == before


def test_signs_of_zero_and_of_the_lowest_integer():
    assert sas.sign_index([0.0, -0.0, 5.0], 1).tolist() == [0, 1, 0]
    assert sas.sign_index(np.array([-128, 0, 127], np.int8), 2).tolist() == [1, 2, 0]
    assert sas.sign_index(np.array([200, 3], np.uint8), 2).tolist() == [0, 0]
    assert sas.sign_index([-1.0, 1.0], 3).tolist() == [0b101, 0b010]  # circular, and round more than once


@given(tensors(), st.sampled_from(["interleaved", "pattern"]))
def test_project_is_the_loop(case, layout):
    x, bits, axis = case
    m = 2**bits
    wide, lanes = (np.moveaxis(a, axis, -1) for a in (sas.project(x, bits, axis, layout), x))
    for place in np.ndindex(lanes.shape[:-1]):
        count = lanes.shape[-1]
        expected = [0] * (count * m)
        for c, index in enumerate(slow_index(lanes[place], bits)):
            expected[c * m + index if layout == "interleaved" else index * count + c] = lanes[place][c]
        assert wide[place].tolist() == expected
    assert wide.dtype == x.dtype


@given(tensors())
def test_interleaved_is_one_to_m(case):
    x, bits, axis = case
    wide = np.moveaxis(sas.project(x, bits, axis), axis, -1)
    blocks = wide.reshape(*wide.shape[:-1], -1, 2**bits)
    assert (np.count_nonzero(blocks, axis=-1) <= 1).all()
    assert np.array_equal(blocks.sum(-1, dtype=x.dtype), np.moveaxis(x, axis, -1))


@st.composite
def products(draw):
    dtype = draw(st.sampled_from([np.int8, np.float64]))
    o, c, p, bits = (draw(st.integers(1, k)) for k in (4, 6, 4, 3))
    values = hnp.from_dtype(np.dtype(np.int8))
    weight = draw(hnp.arrays(np.int8, (o, 2**bits, c), elements=values)).astype(dtype)
    return weight, draw(hnp.arrays(np.int8, (c, p), elements=values)).astype(dtype), bits


@given(products())
def test_matmul_is_the_wide_product_in_both_layouts(case):
    weight, x, bits = case
    got = sas.matmul(weight, x, bits)
    assert got.dtype == (np.int64 if x.dtype == np.int8 else np.float64)
    o, m, c = weight.shape
    pattern = sas.project(x, bits, 0, "pattern").astype(int)
    assert np.array_equal(got, weight.astype(int).reshape(o, m * c) @ pattern)
    permuted = weight.astype(int).swapaxes(1, 2).reshape(o, c * m)
    assert np.array_equal(got, permuted @ sas.project(x, bits, 0, "interleaved").astype(int))
    for p in range(x.shape[1]):
        index = slow_index(x[:, p], bits)
        narrow = [sum(int(weight[row, index[k], k]) * int(x[k, p]) for k in range(c)) for row in range(o)]
        assert got[:, p].tolist() == narrow


@given(products())
def test_the_released_layer_is_the_signed_one_with_slot_1_negated(case):
    weight, x, _ = case
    weight = weight[:, :2]
    wide = sas.project(x, 1, 0, "pattern", magnitude=True)
    negated = weight.astype(int) * np.array([1, -1])[None, :, None]
    released = weight.astype(int).reshape(len(weight), -1) @ wide.astype(int)
    assert np.array_equal(released, sas.matmul(negated, x, 1))


def test_the_released_layer_slot_by_slot():
    x = np.array([3, -4, 0, -128], np.int8)
    wide = sas.project(x, 1, magnitude=True)
    assert wide.dtype == np.uint8 and wide.tolist() == [3, 0, 0, 4, 0, 0, 0, 128]


def slow_conv2d(x, weight, bits, padding):
    batch, channels, height, width = x.shape
    outputs, _, _, kh, kw = weight.shape
    y = np.zeros((batch, outputs, height + 2 * padding - kh + 1, width + 2 * padding - kw + 1), int)
    index = np.zeros(x.shape, int)
    for b, h, w in np.ndindex(batch, height, width):
        index[b, :, h, w] = slow_index(x[b, :, h, w], bits)
    for b, o, r, s in np.ndindex(y.shape):
        for c, i, j in np.ndindex(channels, kh, kw):
            h, w = r + i - padding, s + j - padding
            if 0 <= h < height and 0 <= w < width:
                y[b, o, r, s] += int(weight[o, index[b, c, h, w], c, i, j]) * int(x[b, c, h, w])
    return y


@st.composite
def convolutions(draw):
    b, c, h, w, o, kh, kw, bits = (draw(st.integers(1, k)) for k in (2, 3, 4, 4, 2, 3, 3, 2))
    padding = draw(st.integers(0, 2))
    h, w = max(h, kh - 2 * padding), max(w, kw - 2 * padding)
    dtype = draw(st.sampled_from([np.int8, np.float32]))
    x = draw(hnp.arrays(np.int8, (b, c, h, w))).astype(dtype)
    weight = draw(hnp.arrays(np.int8, (o, 2**bits, c, kh, kw))).astype(dtype)
    return x, weight, bits, padding


@settings(max_examples=60)
@given(convolutions())
def test_conv2d_is_the_loop(case):
    y = sas.conv2d(*case)
    assert np.array_equal(y, slow_conv2d(*case))
    assert y.dtype == (np.int64 if case[0].dtype == np.int8 else np.float32)


@settings(max_examples=40)
@given(convolutions(), st.integers(0, 2**32 - 1))
def test_backward_is_the_difference_of_a_linear_function(case, seed):
    """y is linear in the weight, and in x while no sign changes: unit steps give every derivative exactly."""
    x, weight, bits, padding = case
    x = np.where(x >= 0, x.clip(0, 100) + 1, x.clip(-100, 0) - 1).astype(np.int64)  # steps of 1/2 keep every sign
    weight = weight.astype(np.int64)
    rng = np.random.default_rng(seed)
    grad_y = rng.integers(-9, 10, slow_conv2d(x, weight, bits, padding).shape)
    dx, dweight = sas.conv2d_backward(grad_y, x, weight, bits, padding)
    assert dx.dtype == dweight.dtype == np.int64 and dx.shape == x.shape and dweight.shape == weight.shape

    def loss(x, weight):
        return int((slow_conv2d(x, weight, bits, padding) * grad_y).sum())

    base = loss(x, weight)
    for place in [tuple(rng.integers(0, s) for s in weight.shape) for _ in range(6)]:
        moved = weight.copy()
        moved[place] += 1
        assert loss(x, moved) - base == dweight[place]
    for place in [tuple(rng.integers(0, s) for s in x.shape) for _ in range(6)]:
        moved = x.copy()
        moved[place] *= 2  # same sign, same index
        assert loss(moved, weight) - base == dx[place] * x[place]
    floats = sas.conv2d_backward(grad_y.astype(np.float64), x, weight, bits, padding)
    assert np.array_equal(floats[0], dx) and np.array_equal(floats[1], dweight)


def test_appendix_b():
    assert (sas.sws_width(288, 8), sas.sws_width(64, 8)) == (815, 181)
    assert sas.sws_multiplies(288, 64, 8) == 18440 and 288 * 64 == 18432
    assert sas.sws_width(5, 1) == 5 and sas.sws_multiplies(5, 7, 1) == 35


@given(st.integers(1, 10**9), st.integers(1, 64))
def test_sws_width_is_the_nearest(channels, m):
    width = sas.sws_width(channels, m)
    assert (2 * width - 1) ** 2 < 4 * m * channels**2 < (2 * width + 1) ** 2


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9))
def test_sws_multiplies_walks_the_chunks(c_in, c_out, m):
    elements = list(range(sas.sws_width(c_in, m) * sas.sws_width(c_out, m)))
    assert sas.sws_multiplies(c_in, c_out, m) == len([elements[i : i + m] for i in range(0, len(elements), m)])


def circle(count):
    angle = np.arange(count) * 2 * np.pi / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_trajectory_of_simple_maps():
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    assert sas.trajectory_length(lambda p: 3 * p, square) == 3.0
    assert sas.trajectory_length(lambda p: p * 0, square) == 0.0
    assert sas.trajectory_length(lambda p: p[:, :1], square) == 0.5
    closed = np.vstack([square, square[:1]])
    assert sas.trajectory_length(lambda p: 3 * p, closed) == 3.0
    assert sas.trajectory_length(lambda p: 2 * p.astype(np.float32), circle(1000)) == pytest.approx(2, 1e-6)


def test_sas_bends_a_circle_more_than_relu():
    """Fig. A1's comparison on networks of equal multiply count, averaged over random weights."""
    points, width, depth = circle(500), 8, 4

    def run(layer, seed):
        rng = np.random.default_rng(seed)
        first = rng.standard_normal((width, 2))
        return sas.trajectory_length(lambda p: layer(first @ p.T, rng).T, points)

    def relu(h, rng):
        for _ in range(depth):
            h = rng.standard_normal((width, width)) * np.sqrt(2 / width) @ np.maximum(h, 0)
        return h

    def structured(h, rng):
        for _ in range(depth):
            h = sas.matmul(rng.standard_normal((width, 4, width)) / np.sqrt(width), h, 2)
        return h

    assert np.mean([run(structured, s) for s in range(40)]) > 2 * np.mean([run(relu, s) for s in range(40)])


X, W = np.ones((1, 2, 3, 3)), np.ones((1, 4, 2, 2, 2))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: sas.sign_index([np.nan, 1], 1), ValueError, r"x must be finite, not nan at \[0\]"),
        (lambda: sas.sign_index([True], 1), TypeError, "x must hold integers or floats .* not bool"),
        (lambda: sas.sign_index(3, 1), ValueError, r"x must have at least 1 dimension\(s\)"),
        (lambda: sas.sign_index([1], 0), ValueError, "bits must be from 1 to 16, not 0"),
        (lambda: sas.sign_index([1], 1.5), TypeError, "bits must be an int, not 1.5"),
        (lambda: sas.sign_index([1], 1, 1), ValueError, "axis must be from -1 to 0, not 1"),
        (lambda: sas.project([1], 1, layout="wide"), ValueError, "layout must be one of 'interleaved', 'pattern', not"),
        (lambda: sas.project([1], 2, magnitude=True), ValueError, "magnitude must be False unless bits is 1"),
        (lambda: sas.matmul(np.ones((2, 2, 3)), np.ones((4, 1)), 1), ValueError, r"weight must have shape \(O, 2, 4"),
        (lambda: sas.matmul(np.ones((2, 4)), np.ones((4, 1)), 1), ValueError, "weight must have 3 dimensions"),
        (lambda: sas.matmul(np.ones((2, 2, 4)), np.ones(4), 1), ValueError, "x must have 2 dimensions"),
        (lambda: sas.matmul(np.full((1, 2, 1), np.inf), np.ones((1, 1)), 1), ValueError, "weight must be finite"),
        (lambda: sas.conv2d(X[0], W, 2, 0), ValueError, "x must have 4 dimensions"),
        (lambda: sas.conv2d(X, W, 1, 0), ValueError, r"weight must have shape \(O, 2, 2, ...\)"),
        (lambda: sas.conv2d(X, W, 2, -1), ValueError, "padding must be at least 0, not -1"),
        (lambda: sas.conv2d(X[..., :1], W, 2, 0), ValueError, "weight must have a kernel no larger than the padded x"),
        (lambda: sas.conv2d_backward(X, X, W, 2, 0), ValueError, r"grad_y must have shape \(1, 1, 2, 2\), not"),
        (lambda: sas.sws_width(0, 2), ValueError, "channels must be at least 1, not 0"),
        (lambda: sas.sws_multiplies(1, 1, 0), ValueError, "m must be at least 1, not 0"),
        (lambda: sas.trajectory_length(3, X[0, 0]), TypeError, "network must be callable, not 3"),
        (lambda: sas.trajectory_length(abs, X[0, 0]), ValueError, "points must trace a path of positive length"),
        (lambda: sas.trajectory_length(lambda p: p[1:], np.eye(3)), ValueError, "network output must have 3 rows"),
    ],
)  # fmt: skip
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

"""tamis.golden.quant against exact rationals."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tamis.golden import quant

INT32 = st.integers(-(2**31), 2**31 - 1)


def half_even(fraction):
    """Python rounds Fractions to nearest, halves to even."""
    return round(fraction)


def saturated(value, bits):
    return max(-(2 ** (bits - 1)), min(2 ** (bits - 1) - 1, value))


@given(INT32 | st.integers(-300, 300), INT32 | st.integers(-3, 3), st.integers(0, 62), st.integers(2, 16))
def test_requantize_is_the_rational(acc, multiplier, shift, bits):
    got = quant.requantize(acc, multiplier, shift, bits)
    assert got.dtype == (np.int8 if bits <= 8 else np.int16)
    assert int(got) == saturated(half_even(Fraction(acc * multiplier, 2**shift)), bits)


def test_requantize_halves_go_to_even_and_both_ends_saturate():
    acc = np.arange(-9, 10)
    assert quant.requantize(acc, 1, 1).tolist() == [half_even(Fraction(int(a), 2)) for a in acc]
    assert quant.requantize([1, 3, 5, -1, -3, -5], 1, 1).tolist() == [0, 2, 2, 0, -2, -2]
    assert quant.requantize([-200, -128, 127, 128], 1, 0).tolist() == [-128, -128, 127, 127]


def test_requantize_takes_a_multiplier_and_shift_for_each_channel():
    acc = np.array([[100, 100, 100], [-7, -7, -7]], np.int32)
    before = acc.copy()
    got = quant.requantize(acc, np.array([1, 3, 1 << 30]), np.array([1, 2, 31]))
    assert got.tolist() == [[50, 75, 50], [-4, -5, -4]]
    assert np.array_equal(acc, before)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 62))
def test_rounding_shift_is_the_rational(x, shift):
    assert int(quant.rounding_shift(x, shift)) == half_even(Fraction(x, 2**shift))


SCALES = st.sampled_from([8, 16, 32]).flatmap(
    lambda bits: st.tuples(st.just(bits), st.floats(2.0 ** (bits - 64), 2.0 ** (bits - 2))))


@given(SCALES)
@example((32, 2.0**-32))
@example((32, 2.0**30))
@example((16, 2.0**-48))
@example((16, 1 - 2.0**-20))
def test_multiplier_and_shift_is_the_nearest(case):
    bits, scale = case
    low, high = 2 ** (bits - 2), 2 ** (bits - 1)
    multiplier, shift = quant.multiplier_and_shift(scale, bits)
    assert low <= multiplier < high and 0 <= shift <= 62
    error = abs(Fraction(multiplier, 2**shift) - Fraction(scale))
    for other in range(max(0, shift - 2), min(62, shift + 2) + 1):
        nearest = half_even(Fraction(scale) * 2**other)
        if low <= nearest < high:
            assert error <= abs(Fraction(nearest, 2**other) - Fraction(scale))


@given(hnp.arrays(np.float64, st.integers(0, 6), elements=st.floats(-1e6, 1e6)), st.integers(2, 16))
def test_symmetric_codes_are_the_nearest(x, bits):
    q, scale = quant.quantize_symmetric(x, bits)
    top = 2 ** (bits - 1) - 1
    assert np.abs(q.astype(int)).max(initial=0) <= top
    for code, value in zip(q.tolist(), x.tolist(), strict=True):
        assert code == max(-top, min(top, half_even(Fraction(value / scale))))
    assert np.array_equal(quant.quantize_symmetric(-x, bits)[0], -q)
    if x.any() and np.abs(x).max() > 1e-300:
        assert np.abs(q.astype(int)).max() == top


def test_symmetric_with_a_given_scale_clips_and_keeps_halves_even():
    q, scale = quant.quantize_symmetric([0.5, 1.5, 2.5, -0.5, -1.5, 300, -300], 8, 1)
    assert q.dtype == np.int8 and scale == 1.0 and q.tolist() == [0, 2, 2, 0, -2, 127, -127]


def test_all_zero_takes_scale_one():
    assert quant.quantize_symmetric(np.zeros(3))[1] == 1.0
    q, scale, zero = quant.quantize_asymmetric(np.zeros(3))
    assert (q.tolist(), scale, zero) == ([0, 0, 0], 1.0, 0)


@given(hnp.arrays(np.float64, st.integers(0, 6), elements=st.floats(-1e6, 1e6)), st.integers(2, 16))
def test_asymmetric_range_and_zero(x, bits):
    q, scale, zero = quant.quantize_asymmetric(x, bits)
    top = 2**bits - 1
    assert q.dtype == (np.uint8 if bits <= 8 else np.uint16) and q.max(initial=0) <= top and 0 <= zero <= top
    back = quant.dequantize(q, scale, zero)
    for value, restored, code in zip(x.tolist(), back.tolist(), q.tolist(), strict=True):
        assert abs(restored - value) <= scale * 1.0000001  # half a step for the value, half for the zero point
        assert value != 0 or code == zero
    exact, _, point = quant.quantize_asymmetric(np.arange(-4.0, 12.0), 4)
    assert exact.tolist() == list(range(16)) and point == 4


@given(st.data(), st.sampled_from([np.int8, np.uint8, np.int16, np.uint16]), st.booleans())
def test_matmul_is_python_integers(data, dtype, saturate):
    i, k, j = (data.draw(st.integers(0, 4)) for _ in range(3))
    a = data.draw(hnp.arrays(dtype, (i, k)))
    b = data.draw(hnp.arrays(np.int8, (k, j)))
    got = quant.matmul(a, b, saturate)
    assert got.dtype == np.int32 and got.shape == (i, j)
    for r in range(i):
        for c in range(j):
            exact = sum(int(x) * int(y) for x, y in zip(a[r], b[:, c], strict=True))
            wrapped = (exact + 2**31) % 2**32 - 2**31
            assert got[r, c] == (saturated(exact, 32) if saturate else wrapped)


def test_matmul_wraps_or_saturates_at_32_bits():
    a, b = np.full((1, 1 << 17), -128, np.int8), np.full((1 << 17, 1), -128, np.int8)
    assert quant.matmul(a, b).item() == -(2**31)  # 2^31 wraps
    assert quant.matmul(a, b, saturate=True).item() == 2**31 - 1
    assert quant.matmul(np.zeros((1, 1 << 21), np.int8), np.zeros((1 << 21, 1), np.int8)).item() == 0


@given(st.integers(-(2**62), 2**62), st.integers(2, 32))
def test_narrow(x, bits):
    wrapped = (x + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
    assert int(quant.narrow(x, bits, False)) == wrapped
    assert int(quant.narrow(x, bits, True)) == saturated(x, bits)


def test_narrow_keeps_the_input_dtype_exact():
    assert quant.narrow(np.array([255], np.uint8), 8, True).tolist() == [127]
    assert quant.narrow(np.array([255], np.uint8), 8, False).tolist() == [-1]
    assert quant.narrow(np.array([2**64 - 1], np.uint64), 8, False).tolist() == [-1]
    assert quant.narrow(np.array([2**64 - 1], np.uint64), 8, True).tolist() == [127]
    assert quant.narrow(np.array([-128], np.int8), 16, True).dtype == np.int32


def squared_error(x, clip):
    q, scale = quant.quantize_symmetric(x, 4, clip / 7)
    return ((quant.dequantize(q, scale) - x) ** 2).mean()


@pytest.mark.parametrize("draw", ["normal", "laplace", "logistic", "uniform", "triangular"])
def test_sawb_clip_is_close_to_the_best(draw):
    """Against a search over all clips: within a quarter of the least squared error, whatever the tails."""
    rng = np.random.default_rng(13)
    x = rng.triangular(-1, 0, 1, 20_000) if draw == "triangular" else getattr(rng, draw)(size=20_000)
    x = x - x.mean()
    top = np.abs(x).max()
    least = min(squared_error(x, top * share) for share in np.linspace(0.05, 1, 96))
    assert squared_error(x, quant.sawb_clip(x)) <= 1.25 * least


def test_sawb_clip_edges():
    x = np.random.default_rng(14).standard_normal(1000)
    assert quant.sawb_clip(3 * x) == pytest.approx(3 * quant.sawb_clip(x), rel=1e-14)
    assert quant.sawb_clip(-x) == quant.sawb_clip(x)
    assert quant.sawb_clip(np.zeros(3)) == 1.0 and quant.sawb_clip(np.array([2.0, -2.0])) == 2.0
    moments = 12.68 * np.sqrt(np.mean(x**2)) - 12.80 * np.mean(np.abs(x))
    assert quant.sawb_clip(x) == pytest.approx(moments, rel=1e-12)


def test_bops():
    assert quant.bops(1000, 4, 4, 0.5, 0.5) == 1000 * 2 * 2 == quant.bops(1000, 2, 2)
    assert quant.bops(10, 8, 4) == 320.0


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: quant.quantize_symmetric([np.nan]), ValueError, r"x must be finite, not nan at \[0\]"),
        (lambda: quant.quantize_symmetric(["1"]), TypeError, "x must hold integers or floats"),
        (lambda: quant.quantize_symmetric([1], 1), ValueError, "bits must be from 2 to 16, not 1"),
        (lambda: quant.quantize_symmetric([1], 8.0), TypeError, "bits must be an int, not 8.0"),
        (lambda: quant.quantize_symmetric([1], 8, 0), ValueError, "scale must be positive, not 0"),
        (lambda: quant.quantize_symmetric([1], 8, "x"), TypeError, "scale must be a number, not 'x'"),
        (lambda: quant.quantize_asymmetric([np.inf]), ValueError, "x must be finite"),
        (lambda: quant.quantize_asymmetric([1], 17), ValueError, "bits must be from 2 to 16, not 17"),
        (lambda: quant.dequantize([1.0], 1), TypeError, "q must hold integers, not float64"),
        (lambda: quant.dequantize([1], -1.0), ValueError, "scale must be positive, not -1.0"),
        (lambda: quant.matmul([[1.0]], [[1]]), TypeError, "a must hold integers, not float64"),
        (
            lambda: quant.matmul(np.ones((1, 1), np.int8), [[1]]),
            TypeError,
            "b must hold integers of at most 16 bits, not int64",
        ),
        (
            lambda: quant.matmul(np.ones((1, 2), np.int8), np.ones((3, 1), np.int8)),
            ValueError,
            "b must have 2 rows",
        ),
        (lambda: quant.narrow([1], 33, True), ValueError, "bits must be from 2 to 32, not 33"),
        (lambda: quant.rounding_shift([1], 63), ValueError, "shift must be from 0 to 62, not 63"),
        (lambda: quant.rounding_shift([1], -1), ValueError, "shift must be from 0 to 62, not -1"),
        (lambda: quant.rounding_shift([1.5], 1), TypeError, "x must hold integers"),
        (lambda: quant.rounding_shift(np.array([2**63], np.uint64), 1), ValueError, "x must fit in int64"),
        (lambda: quant.requantize([2**31], 1, 0), ValueError, "acc must fit in int32, not 2147483648"),
        (lambda: quant.requantize([1], 2**31, 0), ValueError, "multiplier must fit in int32, not 2147483648"),
        (lambda: quant.requantize([1], 1, 0, 17), ValueError, "bits must be from 2 to 16, not 17"),
        (lambda: quant.sawb_clip([1.0], 8), ValueError, "bits must be one of 4, not 8"),
        (lambda: quant.sawb_clip([np.nan]), ValueError, "x must be finite"),
        (lambda: quant.bops(-1, 4, 4), ValueError, "macs must be at least 0, not -1"),
        (lambda: quant.bops(1, 0, 4), ValueError, "weight_bits must be at least 1, not 0"),
        (lambda: quant.bops(1, 4, 4.0), TypeError, "activation_bits must be an int, not 4.0"),
        (lambda: quant.bops(1, 4, 4, 2), ValueError, "weight_density must be from 0 to 1, not 2"),
        (lambda: quant.multiplier_and_shift(1.0, 33), ValueError, "bits must be from 8 to 32, not 33"),
        (lambda: quant.multiplier_and_shift(0), ValueError, "scale must be from .*, not 0"),
        (lambda: quant.multiplier_and_shift(np.nan), ValueError, "scale must be finite, not nan"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

"""Quantised arithmetic: what the int8 datapath computes, to the bit.

Every rounding here is to nearest, halves to even. A symmetric grid runs from -(2^(b-1) - 1) to 2^(b-1) - 1: the code
-2^(b-1) is never produced by quantising (so that negation is exact), but it is legal as an operand and as a saturated
result, with magnitude 2^(b-1).
"""

import numpy as np

from tamis.golden import _exact
from tamis.golden._check import (
    between,
    broadcasts,
    choice,
    finite,
    flag,
    follows,
    int64,
    integer,
    integers,
    number,
    real,
)

INT32 = np.iinfo(np.int32)
CHUNK = 1 << 16


def _storage(bits, signed):
    width = 8 if bits <= 8 else 16
    return np.dtype(f"{'int' if signed else 'uint'}{width}")


def quantize_symmetric(x, bits=8, scale=None):
    """Codes q = clip(round(x / scale)) with x close to q * scale.

    Parameters
    ----------
    x : (...) finite numbers
    bits : int, 2 to 16
    scale : positive number, or None for max|x| / (2^(bits-1) - 1); an all-zero x takes scale 1

    Returns
    -------
    q : (...) int8 up to 8 bits, int16 above
    scale : float

    Raises
    ------
    TypeError, ValueError
        For x, bits or scale outside these.
    """
    x = finite(real(x, "x"), "x")
    top = (1 << (integer(bits, "bits", 2, 16) - 1)) - 1
    if scale is None:
        low, high = _ends(x)
        scale = max(high, -low) / top or 1.0
    scale = _positive(scale, "scale")
    return _codes(x, scale, 0, -top, top, _storage(bits, True)), scale


def quantize_asymmetric(x, bits=8):
    """Codes from 0 to 2^bits - 1 with x close to (q - zero_point) * scale; the range always includes 0, exactly.

    Parameters
    ----------
    x : (...) finite numbers
    bits : int, 2 to 16

    Returns
    -------
    q : (...) uint8 up to 8 bits, uint16 above
    scale : float
    zero_point : int, 0 to 2^bits - 1

    Raises
    ------
    TypeError, ValueError
        For x or bits outside these.
    """
    x = finite(real(x, "x"), "x")
    top = (1 << integer(bits, "bits", 2, 16)) - 1
    low, high = _ends(x)
    scale = _positive((high / top - low / top) or 1.0, "scale")
    zero_point = int(np.clip(np.rint(-low / scale), 0, top))
    return _codes(x, scale, zero_point, 0, top, _storage(bits, False)), scale, zero_point


def _ends(x):
    """Least and largest of x and 0, as floats."""
    return min(0.0, float(x.min(initial=0))), max(0.0, float(x.max(initial=0)))


def _chunks(x):
    """The flattened x as float64, a chunk at a time: (slice, chunk)."""
    flat = x.reshape(-1)
    for start in range(0, flat.size, CHUNK):
        window = slice(start, start + CHUNK)
        yield window, flat[window].astype(np.float64)


def _codes(x, scale, zero_point, low, high, dtype):
    out = np.empty(x.size, dtype)
    for window, chunk in _chunks(x):
        out[window] = np.clip(np.rint(chunk / scale) + zero_point, low, high)
    return out.reshape(x.shape)


def sawb_clip(x, bits=4):
    """Statistics-aware clipping value: 12.68 * sqrt(E[x^2]) - 12.80 * E|x|, for 4-bit symmetric codes (optimal-nm-mvue,
    section 6, which quantises so).

    The two moments tell how heavy the tails are; the constants are a published fit of the clip of least squared error
    over six common distributions, for a grid whose ends are the clip. Nearly constant magnitudes fall outside that fit:
    the result then is max|x|, which it never exceeds.

    Parameters
    ----------
    x : (...) finite numbers
    bits : 4, the only width that the fit is known here for

    Returns
    -------
    float, positive; 1.0 for an all-zero x. ``quantize_symmetric(x, 4, clip / 7)`` applies it.

    Raises
    ------
    TypeError, ValueError
        For x or bits outside these.
    """
    x = finite(real(x, "x"), "x")
    choice(integer(bits, "bits"), "bits", (4,))
    low, high = _ends(x)
    top = max(high, -low)
    if top == 0:
        return 1.0
    first = second = 0.0
    for _, chunk in _chunks(x):
        ratio = np.abs(chunk) / top
        first += float(ratio.sum())
        second += float((ratio * ratio).sum())
    clip = 12.68 * (second / x.size) ** 0.5 - 12.80 * first / x.size
    return top * clip if 0 < clip < 1 else top


def bops(macs, weight_bits, activation_bits, weight_density=1.0, activation_density=1.0):
    """Bit operations of ``macs`` multiplies: macs * bits of both operands * the share of multiplies that remains.

    With both operands N:M and uniform masks, two non-zeros meet in (N/M)^2 of the multiplies (``prune.expected_macs``):
    4-bit at 2:4 and 4:8 costs what 2-bit dense does (optimal-nm-mvue, section 6). A systolic array gains N/M only:
    leave the second density at 1.

    macs : number, at least 0; bits : ints, at least 1; densities : numbers from 0 to 1. Returns a float. TypeError,
    ValueError otherwise.
    """
    macs = number(macs, "macs", 0)
    bits = integer(weight_bits, "weight_bits", 1) * integer(activation_bits, "activation_bits", 1)
    share = number(weight_density, "weight_density", 0, 1) * number(activation_density, "activation_density", 0, 1)
    return macs * bits * share


def dequantize(q, scale, zero_point=0):
    """(q - zero_point) * scale as float64, for codes of either kind."""
    return (int64(q, "q") - integer(zero_point, "zero_point", INT32.min, INT32.max)) * _positive(scale, "scale")


def matmul(a, b, saturate=False):
    """a @ b of integers into int32 accumulators, as the array computes it.

    Parameters
    ----------
    a : (..., I, K) int8, uint8 or int16
    b : (..., K, J) int8, uint8 or int16
    saturate : bool
        False wraps modulo 2^32, as two's complement adders do in any order of summation; True clips the exact sum once
        at the end (an adder that clips at each step can differ: its result depends on the order).

    Returns
    -------
    (..., I, J) int32

    Raises
    ------
    TypeError
        If an operand is not integer, or is wider than 16 bits.
    ValueError
        If the shapes do not fit.
    """
    a, b = integers(a, "a", min_ndim=2), integers(b, "b", min_ndim=2)
    for name, x in (("a", a), ("b", b)):
        if x.dtype.itemsize > 2:
            raise TypeError(f"{name} must hold integers of at most 16 bits, not {x.dtype}")
    saturate = flag(saturate, "saturate")
    return narrow(_exact.matmul(a, follows(a, b)), 32, saturate)


def narrow(x, bits, saturate):
    """Integers cut to ``bits`` (2 to 32, signed): wrapped, or clipped if ``saturate``. int32, or int8 up to 8 bits."""
    x = integers(x, "x")
    half = 1 << (integer(bits, "bits", 2, 32) - 1)
    dtype = np.int8 if bits <= 8 else np.int32
    if flag(saturate, "saturate"):
        return np.clip(x, *_range(x.dtype, -half, half - 1)).astype(dtype)
    with np.errstate(over="ignore"):
        low = x.astype(np.int64) & (2 * half - 1)
        return ((low ^ half) - half).astype(dtype)


def _range(dtype, low, high):
    info = np.iinfo(dtype)
    return max(low, info.min), min(high, info.max)


def rounding_shift(x, shift):
    """x / 2^shift rounded to nearest, halves to even, in integers alone.

    Parameters
    ----------
    x : (...) integers that fit in int64
    shift : integers from 0 to 62, broadcast against x

    Returns
    -------
    (...) int64
    """
    x = int64(x, "x")
    shift = broadcasts(between(int64(shift, "shift"), "shift", 0, 62), "shift", x.shape, "x")
    floor = x >> shift
    rest = x - (floor << shift)  # 0 <= rest < 2^shift
    half = (np.int64(1) << shift) >> 1
    up = (rest > half) | ((rest == half) & (half > 0) & (floor & 1 == 1))
    return floor + up


def requantize(acc, multiplier, shift, bits=8):
    """Accumulators to codes: saturate(round(acc * multiplier / 2^shift)), halves to even, no float anywhere.

    The product is exact in 64 bits; the one rounding is ``rounding_shift``; the result saturates at -2^(bits-1) and
    2^(bits-1) - 1, so -128 does come out of here.

    Parameters
    ----------
    acc : (...) integers that fit in int32
    multiplier : integers that fit in int32, broadcast against acc (one per output channel, say)
    shift : integers from 0 to 62, broadcast against acc
    bits : int, 2 to 16

    Returns
    -------
    (...) int8 up to 8 bits, int16 above

    Raises
    ------
    TypeError
        If an argument does not hold integers.
    ValueError
        If acc or multiplier does not fit in int32, or shift or bits is out of range.
    """
    acc, multiplier = _fits_int32(acc, "acc"), _fits_int32(multiplier, "multiplier")
    product = acc * broadcasts(multiplier, "multiplier", acc.shape, "acc")
    half = 1 << (integer(bits, "bits", 2, 16) - 1)
    return np.clip(rounding_shift(product, shift), -half, half - 1).astype(_storage(bits, True))


def multiplier_and_shift(scale, bits=16):
    """The multiplier of ``bits`` and the shift whose ratio multiplier / 2^shift is nearest to ``scale``.

    The multiplier is in [2^(bits-2), 2^(bits-1)), so the ratio is within 2^(1-bits) of scale, relatively; the core's
    output stage takes 16 bits.

    scale : number from 2^(bits-64) to 2^(bits-2), for which the shift is from 0 to 62
    bits : int, 8 to 32

    Raises
    ------
    TypeError, ValueError
        If scale or bits is not such a number.
    """
    bits = integer(bits, "bits", 8, 32)
    scale = number(scale, "scale", 2.0 ** (bits - 64), 2.0 ** (bits - 2))
    top = 1 << (bits - 1)
    fraction, exponent = np.frexp(scale)  # fraction in [0.5, 1)
    multiplier, shift = int(np.rint(fraction * top)), bits - 1 - int(exponent)
    if multiplier == top:  # rounded up to the next power of two
        multiplier, shift = top // 2, shift - 1
    return multiplier, shift


def _fits_int32(x, name):
    x = int64(x, name)
    bad = x[(x < INT32.min) | (x > INT32.max)]
    if bad.size:
        raise ValueError(f"{name} must fit in int32, not {bad.flat[0]}")
    return x


def _positive(value, name):
    if not number(value, name) > 0:
        raise ValueError(f"{name} must be positive, not {value!r}")
    return float(value)

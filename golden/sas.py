"""SAS: dense activations projected to structured sparse, M times wider ones (sas-supplement, section D and listing 2).

Every channel goes to one of M = 2^bits slots, chosen by the signs of itself and its bits - 1 lower neighbours:

    index[c] = sum over i < bits of signbit(x[(c - i) mod C]) << i

so the wide tensor is 1:M by construction and its index costs sign bits only. The value kept is x itself, sign included.

Errata: listing 2 does not run as printed. ``2^m`` is exclusive or in Python; ``roll(x[:, None], i, dims=1)`` rolls the
new axis of length 1, which does nothing; ``sum(dim=2)`` then adds up channels. The formula above is what it means.
"""

from math import isqrt

import numpy as np

from tamis.golden import _check, _exact
from tamis.golden._check import UNSIGNED, finite, integer, real

LAYOUTS = ("interleaved", "pattern")
MAX_BITS = 16


def _operands(x, bits, axis):
    x = finite(real(x, "x", min_ndim=1), "x")
    bits = integer(bits, "bits", 1, MAX_BITS)
    axis = integer(axis, "axis", -x.ndim, x.ndim - 1)
    return x, bits, axis % x.ndim


def _sign_index(x, bits, axis):
    sign = x < 0 if x.dtype.kind != "f" else np.signbit(x)
    index = np.zeros(x.shape, np.uint8 if bits <= 8 else np.uint16)
    for i in range(bits):
        index |= np.roll(sign, i, axis).astype(index.dtype) << index.dtype.type(i)
    return index


def sign_index(x, bits, axis=-1):
    """The slot of every channel, from the sign bits of ``bits`` circular neighbours.

    Parameters
    ----------
    x : (...) integers (two's complement sign) or finite floats; +0.0 has sign 0, -0.0 sign 1
    bits : int, 1 to 16; M = 2^bits
    axis : int, the channel axis

    Returns
    -------
    (...) intp from 0 to M - 1

    Raises
    ------
    TypeError, ValueError
        For x, bits or axis outside these.
    """
    return _sign_index(*_operands(x, bits, axis)).astype(np.intp)


def project(x, bits, axis=-1, layout="interleaved", magnitude=False):
    """The wide 1:M activation (listing 2, SAS_proj).

    Parameters
    ----------
    x : (..., C, ...) integers or finite floats, channels along ``axis``
    bits : int, 1 to 16
    layout : "interleaved" puts channel c at c*M + index, the 1:M layout that hardware compresses; "pattern" puts it at
        index*C + c, as listing 2 does. A weight permuted alike gives the same products.
    magnitude : bool
        The authors' released layer, M = 2 only: |x| in slot 0 where x > 0, else in slot 1. It equals the signed form
        with the slot-1 weights negated. Signed integers become unsigned ones of the same width, for |-128| = 128.

    Returns
    -------
    (..., M*C, ...), dtype of x

    Raises
    ------
    TypeError, ValueError
        For arguments outside these, or ``magnitude`` with bits other than 1.
    """
    given = x
    x, bits, axis = _operands(x, bits, axis)
    _check.choice(layout, "layout", LAYOUTS)
    if _check.flag(magnitude, "magnitude") and bits != 1:
        raise ValueError(f"magnitude must be False unless bits is 1, not with bits {bits}")
    if magnitude:
        index = (x <= 0).astype(np.uint8)
        x = np.abs(x)
        if x.dtype.kind == "i":
            x = x.view(UNSIGNED[x.dtype.itemsize])
    else:
        index = _sign_index(x, bits, axis)
    slot = axis + 1 if layout == "interleaved" else axis
    shape = list(x.shape)
    shape.insert(slot, 1 << bits)
    wide = np.zeros(shape, x.dtype)
    slots = np.moveaxis(wide, slot, 0)
    for i in range(1 << bits):
        np.copyto(slots[i], x, where=index == i)
    wide = wide.reshape(*x.shape[:axis], x.shape[axis] << bits, *x.shape[axis + 1 :])
    return wide if magnitude and x.dtype.kind == "u" else _check.restored(wide, given)


def _weight(weight, x, bits, channels, ndim):
    weight = finite(real(weight, "weight", ndim=ndim), "weight")
    if weight.shape[1:3] != (1 << bits, channels):
        raise ValueError(
            f"weight must have shape (O, {1 << bits}, {channels}, ...) for bits {bits} and x of shape {x.shape}, "
            f"not {weight.shape}"
        )
    return weight


def _wide(*arrays):
    """Operands in the type that their product is computed in: int64 if all are integers."""
    common = np.result_type(*arrays)
    return common if common.kind == "f" else np.dtype(np.int64)


def matmul(weight, x, bits):
    """W~ @ X~ without the wide tensor: y[o, p] = sum over c of weight[o, index[c, p], c] * x[c, p].

    Parameters
    ----------
    weight : (O, M, C) finite numbers, M = 2^bits
    x : (C, P) finite numbers, channels along axis 0
    bits : int, 1 to 16

    Returns
    -------
    (O, P) int64 if both are integers, else their common float type

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    x = real(x, "x", ndim=2)
    x, bits, _ = _operands(x, bits, 0)
    weight = _weight(weight, x, bits, x.shape[0], 3)
    index = _sign_index(x, bits, 0)
    out = np.zeros((weight.shape[0], x.shape[1]), _wide(weight, x))
    for slot in range(1 << bits):  # one slot's share of x at a time, never all M
        out += _exact.matmul(weight[:, slot], x * (index == slot))
    return out


def _image(x, weight, bits, padding):
    x = real(x, "x", ndim=4)
    x, bits, _ = _operands(x, bits, 1)
    weight = _weight(weight, x, bits, x.shape[1], 5)
    padding = integer(padding, "padding", 0)
    height, width = (size + 2 * padding - k + 1 for size, k in zip(x.shape[2:], weight.shape[3:], strict=True))
    if height < 1 or width < 1:
        raise ValueError(f"weight must have a kernel no larger than the padded x {x.shape}, not {weight.shape}")
    return x, weight, bits, padding, (height, width)


def _slots(x, bits, padding):
    """Yield each slot's share of x, zero elsewhere and in the border: (slot, (B, C, H + 2p, W + 2p))."""
    index = _sign_index(x, bits, 1)
    border = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    for slot in range(1 << bits):
        yield slot, index == slot, np.pad(x * (index == slot), border)


def _windows(weight, size):
    """Yield (i, j, slices): kernel positions, and what of a padded image they see."""
    height, width = size
    for i in range(weight.shape[3]):
        for j in range(weight.shape[4]):
            yield i, j, (..., slice(i, i + height), slice(j, j + width))


def conv2d(x, weight, bits, padding=0):
    """Convolution of the projected x, stride 1, without the wide tensor (listing 2, forward).

    The index comes from x before padding: a padded zero adds nothing whichever slot it is in.

    Parameters
    ----------
    x : (B, C, H, W) finite numbers
    weight : (O, M, C, kh, kw) finite numbers, M = 2^bits
    bits : int, 1 to 16
    padding : int, at least 0, zeros on all four sides

    Returns
    -------
    (B, O, H + 2*padding - kh + 1, W + 2*padding - kw + 1), int64 or the common float type

    Raises
    ------
    TypeError, ValueError
        For arguments outside these, or a kernel larger than the padded image.
    """
    x, weight, bits, padding, size = _image(x, weight, bits, padding)
    batch, outputs = x.shape[0], weight.shape[0]
    y = np.zeros((batch, outputs, size[0] * size[1]), _wide(weight, x))
    for slot, _, share in _slots(x, bits, padding):
        for i, j, window in _windows(weight, size):
            y += _exact.matmul(weight[:, slot, :, i, j], share[window].reshape(batch, x.shape[1], size[0] * size[1]))
    return y.reshape(batch, outputs, *size)


def conv2d_backward(grad_y, x, weight, bits, padding=0):
    """Gradients of ``conv2d``: dx gathers the weight at each channel's slot; none flows through the index.

    Parameters
    ----------
    grad_y : (B, O, H', W') finite numbers, the shape that ``conv2d`` returns
    x, weight, bits, padding : as for ``conv2d``

    Returns
    -------
    dx : shape of x
    dweight : shape of weight
        Both int64 if everything is an integer, else the common float type.

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    x, weight, bits, padding, size = _image(x, weight, bits, padding)
    grad_y = finite(real(grad_y, "grad_y", ndim=4), "grad_y")
    if grad_y.shape != (x.shape[0], weight.shape[0], *size):
        raise ValueError(f"grad_y must have shape {(x.shape[0], weight.shape[0], *size)}, not {grad_y.shape}")
    batch, channels, rows, columns = x.shape
    dtype = _wide(grad_y, weight, x)
    flat = grad_y.reshape(batch, weight.shape[0], size[0] * size[1])
    dx, dweight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for slot, here, share in _slots(x, bits, padding):
        spread = np.zeros(share.shape, dtype)
        for i, j, window in _windows(weight, size):
            seen = share[window].reshape(batch, channels, size[0] * size[1])
            dweight[:, slot, :, i, j] = _exact.matmul(flat, seen.swapaxes(1, 2)).sum(axis=0)
            back = _exact.matmul(weight[:, slot, :, i, j].T, flat)
            spread[window] += back.reshape(batch, channels, *size)
        dx += spread[..., padding : padding + rows, padding : padding + columns] * here
    return dx, dweight


def sws_width(channels, m):
    """Width of a 1:M weight-sparse layer with about the multiplies of the dense one: round(sqrt(M) * channels).

    Appendix B; in integers, so no width is lost to a rounded square root.
    """
    square = integer(m, "m", 1) * integer(channels, "channels", 1) ** 2
    root = isqrt(square)
    return root + (square - root * root > root)


def sws_multiplies(c_in, c_out, m):
    """Multiplies per output pixel of that layer: one for each M of the flattened weight, the last chunk shorter.

    Appendix B. Erratum: its example says Co = 128, but its numbers are Co = 64: 288*64 = 18432 dense, widths 815 and
    181, 815*181 = 18439 chunks of 8 and one of 3: 18440.
    """
    c_in, c_out = integer(c_in, "c_in", 1), integer(c_out, "c_out", 1)
    return -(-sws_width(c_in, m) * sws_width(c_out, m) // integer(m, "m", 1))


def trajectory_length(network, points):
    """Length of a closed path after ``network``, relative to its length before (Appendix A).

    Parameters
    ----------
    network : callable from (P, D) to (P, E) arrays
    points : (P, D) finite numbers, P at least 2, along a closed path (a circle, in the paper); the last point is joined
        to the first

    Returns
    -------
    float, at least 0

    Raises
    ------
    TypeError, ValueError
        If network is not callable or does not return one row for each point, or the path has no length.
    """
    points = _check.floating(points, "points", ndim=2)
    if not callable(network):
        raise TypeError(f"network must be callable, not {network!r}")
    before = _path(points)
    if not before > 0:
        raise ValueError(f"points must trace a path of positive length, not {before}")
    out = _check.floating(network(points), "network output", ndim=2)
    if len(out) != len(points):
        raise ValueError(f"network output must have {len(points)} rows, not shape {out.shape}")
    return _path(out) / before


def _path(points):
    steps = points.astype(np.float64) - np.roll(points, 1, axis=0)
    return float(np.linalg.norm(steps, axis=1).sum())

"""Argument checks that every golden module shares: one line that names the argument, its value and what is legal."""

import numbers

import numpy as np

from tamis.golden.pattern import Pattern, Series

UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


def pattern(value, name="pattern"):
    """A Pattern from a Pattern or from text such as "2:4"."""
    if isinstance(value, Pattern):
        return value
    if isinstance(value, str):
        return Pattern.parse(value)
    raise TypeError(f"{name} must be a Pattern or text such as '2:4', not {value!r}")


def series(value, name="series"):
    """A Series from a Series, a Pattern or text such as "4:8+1:8"."""
    if isinstance(value, Series):
        return value
    if isinstance(value, Pattern):
        return Series((value,))
    if isinstance(value, str):
        return Series.parse(value)
    raise TypeError(f"{name} must be a Series, a Pattern or text such as '4:8+1:8', not {value!r}")


def integer(value, name, low=None, high=None):
    """An int in [low, high], from any integral type but bool."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {value!r}")
    return _bounded(int(value), name, low, high)


def number(value, name, low=None, high=None):
    """A finite float in [low, high], from any real number but bool."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not np.isfinite(float(value)):
        raise ValueError(f"{name} must be finite, not {value!r}")
    return _bounded(float(value), name, low, high)


def _bounded(value, name, low, high):
    if (low is not None and value < low) or (high is not None and value > high):
        if high is None:
            legal = f"at least {low}"
        elif low is None:
            legal = f"at most {high}"
        else:
            legal = f"from {low} to {high}"
        raise ValueError(f"{name} must be {legal}, not {value!r}")
    return value


def choice(value, name, legal):
    """``value`` if it is one of ``legal``."""
    if value not in legal:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, legal))}, not {value!r}")
    return value


def real(x, name, ndim=None, min_ndim=0):
    """An array of native 8 to 64-bit integers or 16 to 64-bit floats; lists and scalars are converted."""
    x = _unmasked(x, name)
    if x.dtype.kind not in "iuf" or x.dtype.itemsize > 8:
        raise TypeError(f"{name} must hold integers or floats of at most 64 bits, not {x.dtype}")
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    return _dimensions(x, name, ndim, min_ndim)


def floating(x, name, ndim=None, min_ndim=0):
    """A finite array of floats, at least 32 bits wide: integers become float64, float16 becomes float32."""
    x = finite(real(x, name, ndim, min_ndim), name)
    if x.dtype.kind != "f":
        return x.astype(np.float64)
    return x.astype(np.float32) if x.dtype.itemsize < 4 else x


def integers(x, name, ndim=None, min_ndim=0):
    """An array of integers."""
    x = real(x, name, ndim, min_ndim)
    if x.dtype.kind == "f":
        raise TypeError(f"{name} must hold integers, not {x.dtype}")
    return x


def within(x: np.ndarray, name: str, low: int, high: int) -> np.ndarray:
    """``x`` itself, whose integers must lie from low to high; ValueError with the place of the first that does not."""
    bad = (x < low) | (x > high)
    if bad.any():
        place = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), x.shape))
        raise ValueError(f"{name} must be from {low} to {high}, not {x[place]} at {list(place)}")
    return x


def boolean(x, name, shape=None):
    """An array of bools, of ``shape`` if that is given."""
    x = _unmasked(x, name)
    if x.dtype != np.bool_:
        raise TypeError(f"{name} must hold bools, not {x.dtype}")
    if shape is not None and x.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {x.shape}")
    return x


def _unmasked(x, name):
    if np.ma.isMaskedArray(x):
        raise TypeError(f"{name} must not be a masked array, whose mask would be ignored: fill it first")
    return np.asarray(x)


def _dimensions(x, name, ndim, min_ndim):
    if ndim is not None and x.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions, not shape {x.shape}")
    if x.ndim < min_ndim:
        raise ValueError(f"{name} must have at least {min_ndim} dimension(s), not shape {x.shape}")
    return x


def finite(x, name):
    """``x`` itself; ValueError with the place of the first NaN or infinity."""
    if x.dtype.kind == "f":
        flat = x.reshape(-1)
        for start in range(0, flat.size, 1 << 20):
            good = np.isfinite(flat[start : start + (1 << 20)])
            if not good.all():
                place = np.unravel_index(start + int(np.argmin(good)), x.shape)
                place = tuple(int(i) for i in place)
                raise ValueError(f"{name} must be finite, not {x[place]} at {list(place)}")
    return x


def tail(x, m, name):
    """``x`` itself, whose last axis must be whole blocks of m."""
    if x.ndim == 0:
        raise ValueError(f"{name} must have at least 1 dimension(s), not shape {x.shape}")
    if x.shape[-1] % m:
        raise ValueError(f"{name} must have a last axis that is a multiple of {m}, not shape {x.shape}: pad it")
    return x


def uniforms(u, name, shape):
    """Float uniforms in [0, 1) of exactly ``shape``."""
    u = real(u, name)
    if u.dtype.kind != "f":
        raise TypeError(f"{name} must hold floats in [0, 1), not {u.dtype}")
    if u.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {u.shape}")
    if u.size and not (u.min() >= 0 and u.max() < 1):
        bad = u[~((u >= 0) & (u < 1))][0]
        raise ValueError(f"{name} must lie in [0, 1), not {bad}")
    return u


def magnitude_keys(x):
    """Unsigned integers of the same width that order like |x|: exact for every dtype.

    np.abs leaves the lowest signed integer negative (-128 in int8); read as unsigned it is 128. Finite floats order
    like their bits without the sign, denormals and -0.0 included, so a compare never rounds.
    """
    unsigned = UNSIGNED[x.dtype.itemsize]
    if x.dtype.kind == "u":
        return x
    if x.dtype.kind == "i":
        return np.abs(x).view(unsigned)
    return x.view(unsigned) & unsigned(np.iinfo(unsigned).max >> 1)

"""Argument checks that every golden module shares: one line that names the argument, its value and what is legal.

Arrays come in through `real`, `floating`, `integers` and `boolean`; the types of `ml_dtypes` become float32 there.
"""

import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tamis.golden import _small
from tamis.golden.pattern import Pattern, Series

UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
SHOWN = 60  # characters of a value in a message


def shown(value: object) -> str:
    """``value`` as a message shows it: on one line, and cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def pattern(value: object, name: str = "pattern") -> Pattern:
    """A Pattern from a Pattern or from text such as "2:4"."""
    if isinstance(value, Pattern):
        return value
    if isinstance(value, str):
        return Pattern.parse(value)
    raise TypeError(f"{name} must be a Pattern or text such as '2:4', not {shown(value)}")


def series(value: object, name: str = "series") -> Series:
    """A Series from a Series, a Pattern or text such as "4:8+1:8"."""
    if isinstance(value, Series):
        return value
    if isinstance(value, Pattern):
        return Series((value,))
    if isinstance(value, str):
        return Series.parse(value)
    raise TypeError(f"{name} must be a Series, a Pattern or text such as '4:8+1:8', not {shown(value)}")


def integer(value: Any, name: str, low: int | None = None, high: int | None = None) -> int:
    """An int in [low, high], from any integral type but bool."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {shown(value)}")
    return _bounded(int(value), name, low, high)


def number(value: Any, name: str, low: float | None = None, high: float | None = None) -> float:
    """A finite float in [low, high], from any real number but bool."""
    small = isinstance(value, np.generic) and _small.is_small(value.dtype)
    if not (isinstance(value, numbers.Real) or small) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, not {shown(value)}")
    return _bounded(number, name, low, high)


def _bounded(value: Any, name: str, low: Any, high: Any) -> Any:
    if (low is not None and value < low) or (high is not None and value > high):
        if high is None:
            legal = f"at least {low}"
        elif low is None:
            legal = f"at most {high}"
        else:
            legal = f"from {low} to {high}"
        raise ValueError(f"{name} must be {legal}, not {value!r}")
    return value


def flag(value: Any, name: str) -> bool:
    """A bool, from bool or numpy's."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be a bool, not {shown(value)}")
    return bool(value)


def choice(value: Any, name: str, legal: tuple[Any, ...]) -> Any:
    """``value`` if it is one of ``legal``, which are of one type."""
    kind = type(legal[0])
    if isinstance(value, bool) or not isinstance(value, kind) or value not in legal:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, legal))}, not {shown(value)}")
    return value


def items(values: Any, name: str) -> list[Any]:
    """The members of a sequence or another iterable, in order."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a sequence, not {shown(values)}")
    if isinstance(values, np.ndarray) and not _array(values, name).ndim:
        raise TypeError(f"{name} must be a sequence, not {shown(values)}")
    return list(values)


def real(x: Any, name: str, ndim: int | None = None, min_ndim: int = 0) -> NDArray[Any]:
    """An array of native 8 to 64-bit integers or 16 to 64-bit floats; lists and scalars are converted.

    Floats of `ml_dtypes` become float32, its integers int8 or uint8; `restored` brings their elements back.
    """
    x = _small.widened(_array(x, name))
    if x.dtype.kind not in "iuf" or x.dtype.itemsize > 8:
        raise TypeError(f"{name} must hold integers or floats of at most 64 bits, not {x.dtype}")
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    return _dimensions(x, name, ndim, min_ndim)


restored = _small.restored


def floating(x: Any, name: str, ndim: int | None = None, min_ndim: int = 0) -> NDArray[Any]:
    """A finite array of floats, at least 32 bits wide: integers become float64, float16 becomes float32."""
    x = finite(real(x, name, ndim, min_ndim), name)
    if x.dtype.kind != "f":
        return x.astype(np.float64)
    return x.astype(np.float32) if x.dtype.itemsize < 4 else x


def integers(x: Any, name: str, ndim: int | None = None, min_ndim: int = 0) -> NDArray[Any]:
    """An array of integers; an empty list counts as one."""
    given = x
    x = real(x, name, ndim, min_ndim)
    if x.dtype.kind == "f" and not x.size and not hasattr(given, "dtype"):
        return x.astype(np.int64)
    if x.dtype.kind == "f":
        raise TypeError(f"{name} must hold integers, not {np.asarray(given).dtype}")
    return x


def within(x: np.ndarray, name: str, low: int, high: int) -> np.ndarray:
    """``x`` itself, whose integers must lie from low to high; ValueError with the place of the first that does not."""
    bad = (x < low) | (x > high)
    if bad.any():
        place = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), x.shape))
        raise ValueError(f"{name} must be from {low} to {high}, not {x[place]} at {list(place)}")
    return x


def int64(x: Any, name: str, ndim: int | None = None, min_ndim: int = 0) -> NDArray[np.int64]:
    """An array of integers as int64; ValueError names one that does not fit."""
    x = integers(x, name, ndim, min_ndim)
    if x.dtype == np.uint64 and x.size and x.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name} must fit in int64, not {x.max()}")
    return x.astype(np.int64, copy=False)


def boolean(x: Any, name: str, shape: tuple[int, ...] | None = None) -> NDArray[np.bool_]:
    """An array of bools, of ``shape`` if that is given."""
    x = _array(x, name)
    if x.dtype != np.bool_:
        raise TypeError(f"{name} must hold bools, not {x.dtype}")
    if shape is not None and x.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {x.shape}")
    return x


def _array(x: Any, name: str) -> NDArray[Any]:
    if np.ma.isMaskedArray(x) or (isinstance(x, list | tuple) and any(np.ma.isMaskedArray(part) for part in x)):
        raise TypeError(f"{name} must not be a masked array, whose mask would be ignored: fill it first")
    try:
        return np.asarray(x)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"{name} must be an array of numbers in equal rows, not {shown(x)}") from None


def _dimensions(x: NDArray[Any], name: str, ndim: int | None, min_ndim: int) -> NDArray[Any]:
    if ndim is not None and x.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions, not shape {x.shape}")
    if x.ndim < min_ndim:
        raise ValueError(f"{name} must have at least {min_ndim} dimension(s), not shape {x.shape}")
    return x


def finite(x: NDArray[Any], name: str) -> NDArray[Any]:
    """``x`` itself; ValueError with the place of the first NaN or infinity."""
    if x.dtype.kind == "f":
        flat = x.reshape(-1)
        for start in range(0, flat.size, 1 << 20):
            good = np.isfinite(flat[start : start + (1 << 20)])
            if not good.all():
                index = np.unravel_index(start + int(np.argmin(good)), x.shape)
                place = tuple(int(i) for i in index)
                raise ValueError(f"{name} must be finite, not {x[place]} at {list(place)}")
    return x


def between(x: NDArray[Any], name: str, low: int, high: int) -> NDArray[Any]:
    """``x`` itself, integers; ValueError with the first that is not from ``low`` to ``high``."""
    if x.size and not (int(x.min()) >= low and int(x.max()) <= high):
        bad = int(x.min()) if int(x.min()) < low else int(x.max())
        raise ValueError(f"{name} must be from {low} to {high}, not {bad}")
    return x


def broadcasts(x: NDArray[Any], name: str, shape: tuple[int, ...], other: str) -> NDArray[Any]:
    """``x`` itself, whose shape must broadcast against that of the argument ``other``."""
    try:
        np.broadcast_shapes(x.shape, shape)
    except ValueError:
        raise ValueError(f"{name} must have a shape that broadcasts against {other} {shape}, not {x.shape}") from None
    return x


def follows(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """``b`` (..., K, J) itself, which must follow ``a`` (..., I, K) in a product."""
    if a.ndim < 2:
        raise ValueError(f"a must have at least 2 dimension(s), not shape {a.shape}")
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"b must have {a.shape[-1]} rows to follow a of shape {a.shape}, not shape {b.shape}")
    try:
        np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ValueError(f"b must have leading axes that broadcast against a {a.shape}, not shape {b.shape}") from None
    return b


def tail(x: NDArray[Any], m: int, name: str) -> NDArray[Any]:
    """``x`` itself, whose last axis must be whole blocks of m."""
    if x.ndim == 0:
        raise ValueError(f"{name} must have at least 1 dimension(s), not shape {x.shape}")
    if x.shape[-1] % m:
        raise ValueError(f"{name} must have a last axis that is a multiple of {m}, not shape {x.shape}: pad it")
    return x


def uniforms(u: Any, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
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


def magnitude_keys(x: NDArray[Any]) -> NDArray[Any]:
    """Unsigned integers of the same width that order like |x|: exact for every dtype.

    np.abs leaves the lowest signed integer negative (-128 in int8); read as unsigned it is 128. Finite floats order
    like their bits without the sign, denormals and -0.0 included, so a compare never rounds.
    """
    unsigned: Any = UNSIGNED[x.dtype.itemsize]
    if x.dtype.kind == "u":
        return x
    if x.dtype.kind == "i":
        return np.abs(x).view(unsigned)
    return x.view(unsigned) & unsigned(np.iinfo(unsigned).max >> 1)

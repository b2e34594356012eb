"""The small number types of the `ml_dtypes` package, recognised by the names of their dtypes: golden needs numpy only.

Each value of these types is a float32 (an int8 or uint8 for the small integers), so the conversion is exact. A result
that consists of the caller's own elements and zeros converts back exactly too.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_small", "restored", "widened"]

_FLOAT = re.compile(r"bfloat16|float[468]_e\dm\d\w*")
_INTEGER = re.compile(r"(u?int)[1-7]")
_NO_ZERO = "float8_e8m0fnu"  # powers of two only: no mask can be applied to an array of this type


def _wide(dtype: np.dtype[Any]) -> type | None:
    if dtype.kind not in "Vf" or dtype.name == _NO_ZERO:
        return None
    if _FLOAT.fullmatch(dtype.name):
        return np.float32
    found = _INTEGER.fullmatch(dtype.name)
    return None if found is None else np.int8 if found[1] == "int" else np.uint8


def is_small(dtype: np.dtype[Any]) -> bool:
    """Whether the dtype is bfloat16, a float of 4, 6 or 8 bits, or an integer of fewer than 8 bits."""
    return _wide(dtype) is not None


def widened(x: NDArray[Any]) -> NDArray[Any]:
    """``x`` as float32, int8 or uint8 if its dtype is small, else ``x`` itself."""
    wide = _wide(x.dtype)
    return x if wide is None else x.astype(wide)


def restored(result: NDArray[Any], x: Any) -> NDArray[Any]:
    """``result``, made of elements of ``x`` and zeros, in the dtype of ``x`` if that is small, else as it is."""
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if is_small(dtype) else result

"""Reads a file that a person gives: a bounded number of bytes of a regular file, decoded and parsed.

Parsers answer hostile text with exceptions of many kinds: tables that are nested too deep, integers of thousands of
digits, a name with a zero byte. Here all of them are `Unreadable`, which says why in one line; the caller names the
file. A device or a pipe is refused before anything is read from it, so that no reader waits or fills the memory.
"""

import json
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

__all__ = ["LARGEST", "Unreadable", "content_of", "json_of", "toml_of"]

LARGEST = 64 << 20  # bytes of a file of text
# A key of 32 parts and more: tomllib takes quadratic time for it.
_LONG_KEY = re.compile(r"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}""")
_SMALLEST_INT, _LARGEST_INT = -(1 << 63), (1 << 63) - 1  # what TOML promises


class Unreadable(ValueError):
    """A file that cannot be read; the text is one line that says why, without the name of the file."""


def content_of(path: str | Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file of at most `largest` bytes. Raises Unreadable."""
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise Unreadable("it is a folder")
        if not stat.S_ISREG(mode):
            raise Unreadable("it is no ordinary file")
        with open(path, "rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("its name has a zero byte") from None
    if len(content) > largest:
        raise Unreadable(f"it has more than {largest:,} bytes")
    return content


def toml_of(path: str | Path, largest: int = LARGEST) -> dict[str, Any]:
    """The tables of a TOML file, which may begin with a byte order mark. Raises Unreadable."""
    try:
        text = content_of(path, largest).decode("utf-8-sig")
        if _LONG_KEY.search(text):
            raise Unreadable("it has a key of more than 32 parts")
        tables = tomllib.loads(text)
        _check_integers(tables)
    except RecursionError:
        raise Unreadable("its values are nested too deep") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text ({error.reason} at byte {error.start})") from None
    except ValueError as error:  # tomllib.TOMLDecodeError, and int() of too many digits
        raise Unreadable(str(error)) from None
    return tables


def json_of(text: str | bytes) -> Any:
    """The data of a JSON text. Raises Unreadable."""
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("its values are nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {error}") from None


def _check_integers(value: object) -> None:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_integers(inner)
    elif isinstance(value, int) and not _SMALLEST_INT <= value <= _LARGEST_INT:
        raise Unreadable("it holds an integer of more than 64 bits")

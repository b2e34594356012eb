"""The cache folder of the user: built simulators, netlists, reports, scratch folders. Deleting it is always safe.

`built` keeps what takes long, by content hash, one builder at a time, whole or not at all.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import filelock
import platformdirs

__all__ = ["CacheError", "built", "find", "folder", "root"]


class CacheError(ValueError):
    """The cache folder cannot be used; the text says what to do."""


def root() -> Path:
    """The cache folder: $TAMIS_CACHE, or the user's."""
    return Path(os.environ.get("TAMIS_CACHE") or platformdirs.user_cache_dir("tamis", appauthor=False)).absolute()


def folder(kind: str) -> Path:
    """The folder `root()/kind`, created if missing. Raises CacheError if it cannot be written to."""
    path = root() / kind
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CacheError(f"cache folder {str(path)!r} cannot be made: {error.strerror}; set TAMIS_CACHE to another"
                         ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise CacheError(f"cache folder {str(path)!r} cannot be written to; set TAMIS_CACHE to another")
    return path


def built(kind: str, texts: Iterable[str], build: Callable[[Path], object]) -> Path:
    """The folder `root()/kind/<hash of texts>`, made by `build(folder)` unless it is there already.

    texts: strings that decide the result. A build that fails leaves nothing. make and Verilator need a path of plain
    characters, so another path is a CacheError.
    """
    final = _keyed(kind, texts)
    if not re.fullmatch(r"[A-Za-z0-9_./+-]+", str(final)):
        raise CacheError(f"cache folder must have a path of letters, digits and _ . / + - only, not {str(root())!r}; "
                         "set TAMIS_CACHE to another")
    folder(kind)
    with filelock.FileLock(f"{final}.lock"):
        done = final / ".done"
        if not done.exists():
            shutil.rmtree(final, ignore_errors=True)
            final.mkdir()
            try:
                build(final)
            except BaseException:
                shutil.rmtree(final, ignore_errors=True)
                raise
            done.touch()
    return final


def find(kind: str, texts: Iterable[str]) -> Path | None:
    """The folder that `built` made for the same kind and texts, or None."""
    found = _keyed(kind, texts)
    return found if (found / ".done").exists() else None


def _keyed(kind: str, texts: Iterable[str]) -> Path:
    return root() / kind / hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]

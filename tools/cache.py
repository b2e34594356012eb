"""Where built simulators are kept: by content hash, one builder at a time, whole or not at all."""

import hashlib
import os
import re
import shutil
from pathlib import Path

import filelock
import platformdirs


class CacheError(ValueError):
    """The cache folder cannot be used; the text says what to do."""


def root():
    """The cache folder: $TAMIS_CACHE, or the user's. make and Verilator need a path of plain characters."""
    folder = Path(os.environ.get("TAMIS_CACHE") or platformdirs.user_cache_dir("tamis")).absolute()
    if not re.fullmatch(r"[A-Za-z0-9_./+-]+", str(folder)):
        raise CacheError(f"cache folder must have a path of letters, digits and _ . / + - only, not {str(folder)!r}; "
                         "set TAMIS_CACHE to another")
    return folder


def built(kind, texts, build):
    """The folder `root()/kind/<hash of texts>`, made by `build(folder)` unless it is there already.

    texts: strings that decide the result. A build that fails leaves nothing.
    """
    final = _folder(kind, texts)
    final.parent.mkdir(parents=True, exist_ok=True)
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


def find(kind, texts):
    """The folder that `built` made for the same kind and texts, or None."""
    folder = _folder(kind, texts)
    return folder if (folder / ".done").exists() else None


def _folder(kind, texts):
    return root() / kind / hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]

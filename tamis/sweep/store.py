"""Outcomes of points, by the hash of all that decides them: what is finished is never done again, by any sweep.

One small JSON file each in the user's cache folder ($TAMIS_CACHE), written whole or not at all. A file that is no
outcome is as good as none. Deleting the folder is always safe.
"""

import errno
import json
import os
import tempfile
from pathlib import Path

from tamis.cli.errors import BadInput
from tamis.tools import cache

__all__ = ["load", "save", "write_whole"]


def load(key):
    """The stored outcome, or None."""
    try:
        outcome = json.loads(_path(key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return outcome if isinstance(outcome, dict) and outcome.get("status") in ("ok", "failed") else None


def save(key, outcome):
    """Stores an outcome. Raises BadInput if the disk is full."""
    write_whole(_path(key), json.dumps(outcome, sort_keys=True).encode())


def write_whole(path, content):
    """Writes a file so that a reader sees the old one, or none, or the whole new one; BadInput if the disk is full."""
    path = Path(path)
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    except OSError as error:
        _remove(part)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BadInput(f"no space left for {str(path)!r}; free some and run the same again: "
                           "all points that were finished are kept") from None
        raise
    except BaseException:
        _remove(part)
        raise


def _remove(part):
    if part is not None:
        Path(part).unlink(missing_ok=True)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _path(key):
    return cache.root() / "points" / key[:2] / f"{key}.json"

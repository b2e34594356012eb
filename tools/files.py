"""Writes a file whole or not at all."""

import errno
import os
import tempfile
from pathlib import Path

__all__ = ["NoSpace", "write_whole"]


class NoSpace(OSError):
    """The disk is full; the text is one line that names the file."""


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write a file so that a reader sees the old file, or none, or the whole new one.

    content : text is written as UTF-8.
    Raises NoSpace if the disk is full; the old file is then still there.
    """
    path = Path(path)
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with open(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o666 & ~_umask())
        os.replace(part, path)
    except OSError as error:
        _remove(part)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(f"no space left for {str(path)!r}; free some and run the same again") from None
        raise
    except BaseException:
        _remove(part)
        raise


def _remove(part: str | None) -> None:
    if part is not None:
        Path(part).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Writes a file whole or not at all, and keeps two commands from writing one folder at a time."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tamis.errors import BadInput

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["FULL", "NoSpace", "check_writable", "only_writer", "write_whole"]

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a full disk, a quota, a limit on the size of files


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
        if error.errno in FULL:
            raise NoSpace(f"no space left for {str(path)!r}; free some and run the same again") from None
        raise
    except BaseException:
        _remove(part)
        raise


def check_writable(folder: str | Path) -> None:
    """Raise BadInput if no file can be made in `folder`, or `folder` itself cannot be made, before the work begins."""
    nearest = Path(folder).absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise BadInput(f"output must be in a folder that can be written to; permission denied in {str(nearest)!r}")


@contextlib.contextmanager
def only_writer(folder: str | Path) -> Iterator[None]:
    """Make `folder` if missing, and hold it: another command that wants to write there meanwhile gets BadInput.

    A folder that was made here and is still empty at the end is removed. The lock is the system's, on the folder
    itself: it ends with the process and leaves no file.
    """
    folder = Path(folder)
    if fcntl is None or (folder.exists() and not folder.is_dir()):
        yield
        return
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(f"output {str(folder)!r} is being written by another command; wait for its end, or choose "
                           "another folder") from None
        try:
            yield
        finally:
            if made:
                with contextlib.suppress(OSError):  # not empty
                    folder.rmdir()
    finally:
        os.close(handle)


def _remove(part: str | None) -> None:
    if part is not None:
        Path(part).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Ends a command that is stopped: its child processes, its scratch files, its exit status.

Within `stoppable` every temporary file of the command and of its children lies in one scratch folder, which is removed
however the command ends. On SIGINT, SIGTERM or SIGHUP the signal handler kills all descendants while the tree of
processes is still whole, then raises `Stopped`, so that open files and locks are given back on the way out.
Where Python drops that exception, in a finaliser (`__del__`), the handler runs again a moment later.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from types import FrameType

import psutil

__all__ = ["Stopped", "kept_folder", "removed_if_stopped", "stoppable"]

_NAMES = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_outside: list[str] = []  # the machine's folder of temporary files, while `stoppable` has one of its own inside


class Stopped(BaseException):
    """The command got a signal; `status` is 128 + its number. No Exception: no handler of errors may keep it."""

    def __init__(self, number: int) -> None:
        super().__init__(_NAMES[signal.Signals(number).name])
        self.status = 128 + number


@contextlib.contextmanager
def stoppable(name: str = "tamis") -> Iterator[None]:
    """Run the body as a command called `name`: a signal ends it in one line on standard error, status 130 or 143.

    A second signal kills the process at once. Inside another `stoppable`, or outside the main thread, the body runs as
    it is.
    """
    if _outside or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in map(signal.Signals.__getitem__, _NAMES)
              if signal.getsignal(number) != signal.SIG_IGN}
    old = (tempfile.tempdir, os.environ.get("TMPDIR"))
    _outside.append(tempfile.gettempdir())
    report = sys.unraisablehook
    scratch = None
    try:
        for number in before:
            signal.signal(number, _stop)
        sys.unraisablehook = lambda dropped: None if _again(dropped.exc_value) else report(dropped)
        scratch = tempfile.mkdtemp(prefix="tamis_")
        tempfile.tempdir = os.environ["TMPDIR"] = scratch
        yield
    except Stopped as stopped:
        warnings.simplefilter("ignore")  # of what was being built: Amaranth's are printed when it is freed
        print(f"{name}: {stopped}; nothing half-written is left", file=sys.stderr)
        sys.exit(stopped.status)
    finally:
        tempfile.tempdir = old[0]
        if old[1] is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = old[1]
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        _outside.clear()
        sys.unraisablehook = report
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def removed_if_stopped(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Remove `folder` and all in it if a signal stops the body, and not if the body ends in another way."""
    try:
        yield
    except Stopped:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def kept_folder(prefix: str) -> str:
    """A new temporary folder that outlives the command, for results that a person may want to read."""
    return tempfile.mkdtemp(prefix=prefix, dir=_outside[0] if _outside else None)


def _stop(number: int, frame: FrameType | None) -> None:
    for name in _NAMES:
        if signal.getsignal(getattr(signal, name)) is _stop:
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    _kill_descendants()
    raise Stopped(number)


def _again(dropped: BaseException | None) -> bool:
    """Whether an exception that Python dropped is `Stopped`; its signal is then sent again a moment later."""
    if not isinstance(dropped, Stopped):
        return False
    number = dropped.status - 128
    signal.signal(number, _stop)
    threading.Timer(0.01, os.kill, (os.getpid(), number)).start()
    return True


def _kill_descendants() -> None:
    """Suspends all descendants first, so that none starts another in the meantime."""
    found: dict[int, psutil.Process] = {}
    while new := [process for process in psutil.Process().children(recursive=True)
                  if process.pid not in found and not _is_tracker(process)]:
        for process in new:
            found[process.pid] = process
            with contextlib.suppress(psutil.Error):
                process.suspend()
    for process in found.values():
        with contextlib.suppress(psutil.Error):
            process.kill()


def _is_tracker(process: psutil.Process) -> bool:
    """Whether this is Python's own process that frees named semaphores; it ends by itself after its parent."""
    try:
        return any("multiprocessing.resource_tracker" in word for word in process.cmdline())
    except psutil.Error:
        return False

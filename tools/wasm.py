"""Starts a YoWASP tool (yosys, nextpnr) in a folder of our own, which is all that it sees of the machine, as /job.

Left to itself such a tool has another /tmp than the machine, and does not find a relative path that begins like a root
folder. Its standard output is worthless (yosys loses it from the first `abc` on, exit status
still 0): results are files.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import platformdirs

from tamis.tools import cache

__all__ = ["JOB", "command", "execute"]

JOB = "/job/"  # where a tool finds its files


def command(package, function):
    """The command that runs a tool: `package`.`function`(arguments) in a Python of its own."""
    return (sys.executable, "-P", "-c", f"import sys, {package}; sys.exit({package}.{function}(sys.argv[1:]))")


def execute(words, folder, *, tool, log=None):
    """Exit status and the lines of standard error of the command `words` in `folder`.

    `log` (callable; None: a line on standard error) is told when `tool` compiles itself, which takes one to three
    minutes, once on a machine.
    """
    environment = {**os.environ, **_compiled(), "YOWASP_MOUNT": f"{JOB.rstrip('/')}=.", "TMPDIR": str(folder)}
    process = subprocess.Popen(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
    said = []
    try:
        for line in process.stderr:
            said.append(line.rstrip())
            if line.startswith("Preparing to run"):
                (log or _tell)(f"first start of {tool} on this machine: it compiles itself, one to three minutes, once")
        return process.wait(), said
    finally:  # a cancelled run must not leave the tool behind, writing into a folder that is being removed
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        process.stderr.close()


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _compiled() -> dict[str, str]:
    """The setting of where a tool keeps its compiled self: in our cache if the tool's usual place is read-only."""
    usual = os.environ.get("YOWASP_CACHE_DIR") or platformdirs.PlatformDirs("YoWASP", appauthor=False).user_cache_dir
    with contextlib.suppress(OSError):
        Path(usual).mkdir(parents=True, exist_ok=True)
        if os.access(usual, os.W_OK | os.X_OK):
            return {}
    return {"YOWASP_CACHE_DIR": str(cache.folder("yowasp"))}

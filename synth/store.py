"""Reports measured before, by the content of all that decides them: so the same measurement is not made twice.

One small JSON file per report in the user's cache folder, written whole or not at all. A file that cannot be read as a
report is as good as none. Deleting the folder is always safe.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from tamis.synth.area import SCHEMA, AreaReport
from tamis.tools.yosys import cache_folder

__all__ = ["key", "load", "save"]


def key(script, contents, version):
    """A hexadecimal name for what `script` measures of `contents` ({name: bytes}) with this yosys version."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return hashlib.sha256(json.dumps([SCHEMA, version, script, hashes]).encode()).hexdigest()


def load(name):
    """The stored AreaReport, marked as cached, or None."""
    try:
        report = AreaReport.from_json((_folder() / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report.model_copy(update={"cached": True})


def save(name, report):
    """Stores `report`; a reader sees the old file, or none, or the whole new one."""
    handle, part = tempfile.mkstemp(dir=_folder(), suffix=".part")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(report.to_json())
        os.replace(part, _folder() / f"{name}.json")
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _folder():
    folder = cache_folder() / "reports"
    folder.mkdir(exist_ok=True)
    return folder

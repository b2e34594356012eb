"""Reports measured before, by the content of all that decides them: so the same measurement is not made twice.

One small JSON file per report in the user's cache folder, written whole or not at all. A file that cannot be read as a
report is as good as none. Deleting the folder is always safe.
"""

import hashlib
import json

from tamis.synth.area import SCHEMA, AreaReport
from tamis.tools import cache
from tamis.tools.files import write_whole

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
    """Store `report`."""
    write_whole(_folder() / f"{name}.json", report.to_json())


def _folder():
    return cache.folder("synth") / "reports"

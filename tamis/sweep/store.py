"""Outcomes of points, by the hash of all that decides them: what is finished is never done again, by any sweep.

One small JSON file each in the user's cache folder ($TAMIS_CACHE), written whole or not at all. A file that is no
outcome is as good as none. Deleting the folder is always safe.
"""

import json

from tamis.tools import cache
from tamis.tools.files import write_whole

__all__ = ["load", "save"]


def load(key):
    """The stored outcome, or None."""
    try:
        outcome = json.loads(_path(key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return outcome if isinstance(outcome, dict) and outcome.get("status") in ("ok", "failed") else None


def save(key, outcome):
    """Stores an outcome. Raises tamis.tools.files.NoSpace if the disk is full."""
    write_whole(_path(key), json.dumps(outcome, sort_keys=True))


def _path(key):
    return cache.folder("points") / key[:2] / f"{key}.json"

"""Outcomes of points, by the hash of all that decides them: what is finished is never done again, by any sweep.

One small JSON file each in the user's cache folder ($TAMIS_CACHE), written whole or not at all. A file that is no
outcome, or half of one, is as good as none. Deleting the folder is always safe.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from tamis.synth.area import AreaReport
from tamis.synth.figures import Figures
from tamis.tools import cache
from tamis.tools.files import write_whole
from tamis.tools.inputs import content_of, json_of

__all__ = ["load", "save"]


class _Test(BaseModel):
    test: str
    failure: str | None


class _Gemm(BaseModel):
    pattern: str
    i: int
    k: int
    j: int
    predicted: int
    measured: int | None
    failure: str | None


class _Verification(BaseModel):
    simulator: str
    tests: list[_Test]
    gemms: list[_Gemm]


class _Area(AreaReport):
    figures: Figures


class _Measured(BaseModel):
    status: Literal["ok"]
    area: _Area
    verification: _Verification | None


class _Failed(BaseModel):
    status: Literal["failed"]
    reason: str


_OUTCOME: TypeAdapter[_Measured | _Failed] = TypeAdapter(_Measured | _Failed)


def load(key: str) -> dict[str, Any] | None:
    """The stored outcome, of `tamis.sweep.point.evaluate`, or None."""
    try:
        outcome = json_of(content_of(_path(key)))
        _OUTCOME.validate_json(json.dumps(outcome))
    except ValueError:  # Unreadable, or pydantic's
        return None
    return outcome


def save(key: str, outcome: dict[str, Any]) -> None:
    """Stores an outcome. Raises tamis.tools.files.NoSpace if the disk is full."""
    write_whole(_path(key), json.dumps(outcome, sort_keys=True))


def _path(key: str) -> Path:
    return cache.folder("points") / key[:2] / f"{key}.json"

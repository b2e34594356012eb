"""Kinds from outside the package."""

import pytest

from tamis.hdl.config import ConfigError
from tamis.hdl.emit import kinds
from tamis.hdl.units.sas import SASIndexUnit


class Other(SASIndexUnit):
    """A unit that calls itself as a unit of the package does."""


def test_a_kind_is_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(kinds.KINDS, "sas")
    kinds.register(SASIndexUnit)
    kinds.register(SASIndexUnit)
    assert kinds.named("sas") is SASIndexUnit
    with pytest.raises(ConfigError, match="kind must not be that of another unit, not 'sas'"):
        kinds.register(Other)
    assert kinds.named("sas") is SASIndexUnit

"""Everything that can be generated, verified and synthesised: {kind: the class of its component}.

A class has ``kind``, ``Config`` and ``title``; its objects have ``latencies``, ``port_text`` and ``flags``, as
`tamis.hdl.units.unit.Unit` says; `of` finds it by the configuration. A new kind is one line here, and a module in
`testbench/units` that says how it is checked.
"""

from typing import Any

from tamis.hdl.array.array import Array
from tamis.hdl.config import ConfigError
from tamis.hdl.core.core import TensorCore
from tamis.hdl.units.compress import Compressor
from tamis.hdl.units.condensed import CondensedUnit
from tamis.hdl.units.decompress import Decompressor
from tamis.hdl.units.mvue import MVUEUnit
from tamis.hdl.units.sas import SASIndexUnit
from tamis.hdl.units.tasd import PruneUnit, TASDUnit
from tamis.hdl.units.tasd_pool import TASDPool
from tamis.hdl.units.unit import Unit

__all__ = ["KINDS", "named", "of", "register"]

KINDS: dict[str, Any] = {component.kind: component for component in (
    Array,
    TASDUnit,
    TASDPool,
    PruneUnit,
    SASIndexUnit,
    MVUEUnit,
    CondensedUnit,
    Decompressor,
    Compressor,
    TensorCore,
)}


def register(component: type[Unit]) -> None:
    """Make the class of a unit from outside this package a kind; `generate` and `measure` then take its configuration.

    component : subclass of `tamis.hdl.units.unit.Unit`
    Raises ConfigError if another class has that kind.
    """
    if KINDS.setdefault(component.kind, component) is not component:
        raise ConfigError(f"kind must not be that of another unit, not {component.kind!r}")


def named(kind):
    """The component class of that kind. Raises ConfigError that lists the kinds."""
    if kind not in KINDS:
        raise ConfigError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    return KINDS[kind]


def of(config):
    """The component class that a configuration is for; TypeError if it is for none."""
    for component in KINDS.values():
        if type(config) is component.Config:
            return component
    raise TypeError(f"config must be the configuration of a kind, not {config!r}")

"""Everything that can be generated, verified and synthesised: {kind: the class of its component}.

A class has ``kind``, ``Config`` and ``title``; its objects have ``latencies``, ``port_text`` and ``flags``, as
`hdl.unit.Unit` says; `of` finds it by the configuration. A new kind is one line here, and a module in
`testbench/units` that says how it is checked.
"""

from hdl.array import Array
from hdl.compress import Compressor
from hdl.condensed import CondensedUnit
from hdl.config import ConfigError
from hdl.core.core import TensorCore
from hdl.decompress import Decompressor
from hdl.mvue import MVUEUnit
from hdl.sas import SASIndexUnit
from hdl.tasd import PruneUnit, TASDUnit
from hdl.tasd_pool import TASDPool

__all__ = ["KINDS", "named", "of"]

KINDS = {component.kind: component for component in (
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

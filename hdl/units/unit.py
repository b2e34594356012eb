"""What all units share: a frozen configuration, and a component that is made from one.

A unit's class says how it is called (`kind`) and what configures it (`Config`); its object says what the manifest, the
test bench and the reports need to know (`latencies`, `port_text`). `tamis.hdl.emit.kinds` lists them all.
"""

import re
from typing import Annotated, ClassVar

from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from pydantic import Field

from tamis.hdl.config import Config, ConfigError, Width, illegal
from tamis.hdl.lib.make import itself

__all__ = ["ConfigError", "Count", "Unit", "UnitConfig", "Width", "illegal"]

Count = Annotated[int, Field(strict=True, ge=1)]


class UnitConfig(Config):
    """A unit's configuration. A subclass adds the fields and gives `latency`, cycles from input to output."""

    @property
    def slug(self):
        """Part of a module's name: every field that says something, such as m8_width8_signed_rank."""
        return "_".join(_words(self.model_dump()))

    @property
    def summary(self):
        """One line for a person."""
        return ", ".join(_said(self.model_dump()))


def _said(fields):
    for field, value in fields.items():
        if isinstance(value, dict):
            yield from _said(value)
        elif isinstance(value, bool):
            yield field if value else f"not {field}"
        else:
            yield f"{field} {value}"


def _words(fields):
    for field, value in fields.items():
        if isinstance(value, dict):
            yield from _words(value)
        elif isinstance(value, bool):
            yield from [field] * value
        elif value is not None:
            yield re.sub(r"\W+", "_", value if isinstance(value, str) else f"{field}{value}")


class Unit(wiring.Component):
    """A component made from a frozen configuration.

    Parameters
    ----------
    config : Config or None
        None is the configuration of all defaults.
    make : callable
        How children are made, see `tamis.hdl.lib.make`.

    Attributes
    ----------
    config : Config
    latency : int
        Cycles from an input beat's transfer to the first beat that it causes.
    latencies : dict of str to int
        What the manifest says of it, "i to o": cycles, which the test bench asserts.
    port_text : dict of str to str
        A line for each port that is neither a stream's nor a flag.
    flags : dict of str to str
        Output ports that stay set until reset, and what sets them.
    title : str
        What it is, in a few words.

    Raises
    ------
    TypeError
        If config is anything else.
    """

    kind: ClassVar[str]
    Config: ClassVar[type]
    logic: ClassVar[str | None] = None  # of a unit with memories: the role of the child that is all of it but those

    def __init__(self, config=None, *, make=itself):
        config = self.Config() if config is None else config
        if type(config) is not self.Config:
            raise TypeError(f"config must be of type {self.Config.__name__}, not {config!r}")
        self._config, self._make = config, make
        super().__init__(self._members(config))

    def _members(self, config):
        """The members of the signature: one stream in, one out, and the flags, unless the unit has others."""
        return {
            "i": In(stream.Signature(config.input_layout)),
            "o": Out(stream.Signature(config.output_layout)),
            **dict.fromkeys(self.flags, Out(1)),
        }

    @property
    def config(self):
        return self._config

    @property
    def latency(self):
        return self._config.latency

    @property
    def latencies(self):
        return {"i to o": self.latency}

    @property
    def port_text(self):
        return {}

    @property
    def flags(self):
        return {}

    @property
    def title(self):
        return type(self).__doc__.partition("\n")[0].rstrip(".")

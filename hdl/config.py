"""What the configurations of all designs share: one description that hardware, golden model, bench and reports read.

A `Config` is frozen, keyword-only and validated. It comes from a TOML file (`load`) or a mapping (`parse`); whatever is
wrong with it is one `ConfigError` line that names the field, the value and what is legal.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from tamis.golden.pattern import Pattern
from tamis.tools.inputs import Unreadable, toml_of

__all__ = ["MAX_M", "SAS_M", "TASD_M", "Config", "ConfigError", "Count", "PatternField", "SASBlock", "TASDBlock",
           "Width", "illegal", "patterns_of"]

MAX_M = 32
LONGEST_SHOWN = 200  # characters of a value that is refused
SASBlock = Literal[2, 4, 8, 16]
SAS_M: tuple[int, ...] = get_args(SASBlock)  # that the SAS unit and the core's output stage index by sign bits
TASDBlock = Literal[4, 8, 16]
TASD_M: tuple[int, ...] = get_args(TASDBlock)  # that the TASD unit and the core's output stage decompose


class ConfigError(ValueError):
    """A configuration that cannot be built; its text is one line for the person who wrote it."""


def _pattern(value):
    try:
        pattern = value if isinstance(value, Pattern) else Pattern.parse(value)
    except (ValueError, TypeError) as error:
        raise PydanticCustomError("pattern", "{why}", {"why": str(error)}) from None
    if pattern.m > MAX_M:
        raise PydanticCustomError("pattern", "pattern must have M from 1 to {top}, not '{p}'",
                                  {"top": MAX_M, "p": str(pattern)})
    return pattern


def patterns_of(value):
    if isinstance(value, str):
        return tuple(value.split(","))
    return (value,) if isinstance(value, Pattern) else value


PatternField = Annotated[Pattern, BeforeValidator(_pattern), PlainSerializer(str)]
Width = Annotated[int, Field(strict=True, ge=2, le=16)]
Count = Annotated[int, Field(strict=True, ge=1, le=1024)]


def illegal(text, **values):
    return PydanticCustomError("design", text, values)


def _over(data, fields):
    """`fields` over `data`, nested configurations field by field."""
    return data | {name: _over(data[name], value) if isinstance(value, dict) and isinstance(data.get(name), dict)
                   else value for name, value in fields.items()}


class Config(BaseModel):
    """A frozen, validated description of a design.

    `presets` of a class are its named designs, {name: fields}. `json_schema_extra={"option": ...}` of a field is its
    command-line flag, where that is not the field's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:
        return cls.with_defaults(dict(data)) if isinstance(data, Mapping | BaseModel) else data

    @classmethod
    def with_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The fields, before any is checked, with the defaults that depend on other fields."""
        return data

    @classmethod
    def preset(cls, name: str, **fields: Any) -> Self:
        """A named design, `fields` over the preset's. Raises ConfigError that lists the names."""
        if name not in cls.presets:
            raise ConfigError(f"preset must be one of {', '.join(cls.presets)}, not {name!r}")
        return cls.parse(_over(dict(cls.presets[name]), fields))

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """A configuration from a mapping of fields. Raises ConfigError, one line, on anything illegal."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise ConfigError(_first_line(error, cls)) from None

    @classmethod
    def load(cls, path: str | Path, **fields: Any) -> Self:
        """A configuration from a TOML file of fields, `fields` over them. Raises ConfigError naming the file."""
        try:
            data = toml_of(path)
        except Unreadable as error:
            raise ConfigError(f"config {str(path)!r} cannot be read: {error}") from None
        try:
            return cls.parse(_over(data, fields))
        except ConfigError as error:
            raise ConfigError(f"config {str(path)!r}: {error}") from None

    @property
    def slug(self) -> str:
        """Part of a default name; every configuration of a kind has its own."""
        raise NotImplementedError

    @property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of all fields, defaults included: equal configurations, equal hash."""
        fields = json.dumps(json.loads(self.model_dump_json()), sort_keys=True)
        return hashlib.sha256(fields.encode()).hexdigest()[:16]

    def replace(self, **fields: Any) -> Self:
        """This configuration with some fields changed, validated anew."""
        return self.parse({**self.model_dump(), **fields})


def _first_line(error, model):
    first = error.errors()[0]
    field = ([part for part in first["loc"] if isinstance(part, str)] or [""])[-1]
    if first["type"] in ("pattern", "design"):
        return first["msg"]
    if isinstance(first.get("ctx", {}).get("error"), ConfigError):  # of a configuration inside this one
        return str(first["ctx"]["error"])
    if first["type"] == "extra_forbidden":
        return f"unknown field {field!r}, must be one of {', '.join(model.model_fields)}"
    words = "must be a table of fields" if first["type"] == "model_type" else first["msg"]
    for theirs, ours in (("Input should", "must"), ("Value should", "must"), ("a valid integer", "an integer")):
        words = words.replace(theirs, ours)
    return f"{field or 'configuration'} {words}, not {_shown(first['input'])}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # thousands of digits, or of levels
        return f"a {type(value).__name__} too large to show"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."

"""Command-line flags from a configuration class: its fields, their types, defaults and the lines of its docstring."""

import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["Flag", "flags_of", "nested"]


@dataclass(frozen=True)
class Flag:
    """A flag of one field.

    Attributes
    ----------
    path : tuple of str
        The field, through nested configurations.
    option : str
        As click declares the flag, such as "--rows" or "--a-signed/--a-unsigned".
    name : str
        Name of click's parameter.
    type : type
        int, bool, float or str.
    metavar : str or None
        The legal values where the field lists them, such as "rank|tree".
    help : str
    """

    path: tuple[str, ...]
    option: str
    name: str
    type: type
    metavar: str | None
    help: str


def flags_of(config: BaseModel) -> list[Flag]:
    """The flags of a configuration, its values as their defaults.

    A field of a nested configuration has the flag that it has there, or `outer-inner` where that name is taken.
    """
    found: list[Flag] = []
    taken = set(type(config).model_fields)
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if not isinstance(value, BaseModel):
            found.append(_flag(config, name, field))
            continue
        for inner in flags_of(value):
            free = inner.name not in taken
            flag = inner.name if free else f"{name}_{inner.name}"
            taken.add(flag)
            option = inner.option if free else _option(flag, inner.type)
            found.append(replace(inner, path=(name, *inner.path), option=option, name=flag))
    return found


def nested(fields: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """{path: value} as a nested mapping."""
    result: dict[str, Any] = {}
    for (*before, last), value in fields.items():
        inner = result
        for name in before:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return result


def _flag(config: BaseModel, name: str, field: FieldInfo) -> Flag:
    annotation = _bare(field.annotation)
    kind = _kind(annotation)
    legal = typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ()
    text = _documented(type(config))[name]
    extra = field.json_schema_extra
    option = extra.get("option") if isinstance(extra, dict) else None
    return Flag((name,), str(option or _option(name, kind)), name, kind, "|".join(map(str, legal)) or None,
                text + _default(getattr(config, name), text))


def _default(value: Any, text: str) -> str:
    """The default as help shows it; nothing where the documentation says how the default is chosen."""
    if value is None or "default" in text:
        return ""
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    return f"  [default: {value}]"


def _option(name: str, kind: type) -> str:
    flag = name.replace("_", "-")
    return f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}"


def _bare(annotation: Any) -> Any:
    """Without Annotated, and without the None of an optional field."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else str
    return annotation


def _kind(annotation: Any) -> type:
    """int, bool, float or str; the configuration itself says what else is wrong with a value."""
    if typing.get_origin(annotation) is typing.Literal:
        of = {type(value) for value in typing.get_args(annotation)}
        return of.pop() if len(of) == 1 else str
    return annotation if annotation in (int, bool, float) else str


def _documented(model: type[BaseModel]) -> dict[str, str]:
    """{field: what the Attributes of the docstring say}, those of the base classes included."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        section = re.search(r"^Attributes\n-+\n(.*)", inspect.cleandoc(base.__doc__ or ""), re.MULTILINE | re.DOTALL)
        for heading, text in re.findall(r"^(\S.*)\n((?:[ \n].*\n?)*)", (section[1] if section else "") + "\n",
                                        re.MULTILINE):
            names = heading.partition(" : ")[0].split(",")
            found |= {name.strip(): " ".join(text.split()) for name in names}
    return found

"""Command-line flags from a configuration class: its fields, their types, defaults and the lines of its docstring."""

import inspect
import re
import types
import typing
from dataclasses import dataclass

from pydantic import BaseModel

__all__ = ["Flag", "flags_of", "nested"]


@dataclass(frozen=True)
class Flag:
    """`path`: the field, through nested configurations; `option`: as click declares it; `name`: its parameter."""

    path: tuple
    option: str
    name: str
    type: type
    help: str


def flags_of(model):
    """[Flag] of a configuration class. A field of a nested configuration goes by its own name if that is free."""
    found, taken = [], set(model.model_fields)
    for name, field in model.model_fields.items():
        annotation = _bare(field.annotation)
        if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
            for inner in flags_of(annotation):
                free = inner.name not in taken
                flag = inner.name if free else f"{name}_{inner.name}"
                taken.add(flag)
                option = inner.option if free else _option(flag, inner.type)
                found.append(Flag((name, *inner.path), option, flag, inner.type, inner.help))
        else:
            found.append(_flag(model, name, annotation))
    return found


def nested(fields, over=None):
    """{path: value} or {name: value} as a nested mapping, `over` (nested already) over it."""
    result = {}
    for path, value in fields.items():
        inner = result
        *before, last = (path,) if isinstance(path, str) else path
        for name in before:
            inner = inner.setdefault(name, {})
        inner[last] = dict(value) if isinstance(value, dict) else value
    for name, value in (over or {}).items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = nested(result[name], value) if both else value
    return result


def _flag(model, name, annotation):
    kind = _kind(annotation)
    text = _documented(model).get(name, name.replace("_", " ") + ".")
    default = getattr(model(), name)
    if isinstance(default, tuple):
        default = ",".join(map(str, default))
    shown = "yes" if default is True else "no" if default is False else default
    return Flag((name,), _option(name, kind), name, kind, f"{text}  [default: {shown}]")


def _option(name, kind):
    flag = name.replace("_", "-")
    return f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}"


def _bare(annotation):
    """Without Annotated, and without the None of an optional field."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _bare(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else str
    return annotation


def _kind(annotation):
    """int, bool, float or str; the configuration itself says what else is wrong with a value."""
    if typing.get_origin(annotation) is typing.Literal:
        of = {type(value) for value in typing.get_args(annotation)}
        return of.pop() if len(of) == 1 else str
    return annotation if annotation in (int, bool, float) else str


def _documented(model):
    """{field: what the Attributes of the docstring say}, those of its bases included."""
    found = {}
    for base in reversed(model.__mro__):
        section = re.search(r"^Attributes\n-+\n(.*)", inspect.cleandoc(base.__doc__ or ""), re.MULTILINE | re.DOTALL)
        for heading, text in re.findall(r"^(\S.*)\n((?:[ \n].*\n?)*)", (section[1] if section else "") + "\n",
                                        re.MULTILINE):
            names, _, kind = heading.partition(" : ")
            words = " ".join(text.split())
            if kind not in ("int", "bool", "str", "") and not words.startswith(kind):
                words = f"{kind[:1].upper()}{kind[1:]}. {words}".strip()
            found |= {name.strip(): words for name in names.split(",")}
            for name, aside in re.findall(r"`(\w+)`: ([^.;]+)", words):  # "...; `signed`: two's complement or not."
                found.setdefault(name, f"{aside[:1].upper()}{aside[1:]}.")
    return found

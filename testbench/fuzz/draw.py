"""Random configurations, legal and just beyond, drawn from the fields of a configuration class alone.

A new field is drawn without a line here: its type and its limits are pydantic's. Integers are drawn by their logarithm,
small ones more often, and half of them as powers of two: most legal designs are then small enough to be elaborated.
"""

import inspect
import typing
from typing import Any

import annotated_types
import numpy as np
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tamis.golden.pattern import Pattern
from tamis.hdl.config import MAX_M, Config

__all__ = ["BEYOND", "OMITTED", "fields_of"]

BEYOND = 0.02  # how often a field is drawn just beyond what is legal
OMITTED = 0.25  # how often a field is left to its default; a configuration inside never is
LARGEST = 4096  # of an integer without an upper limit


def fields_of(config: type[Config], rng: np.random.Generator) -> dict[str, Any]:
    """Fields for `config.parse`, most of them legal one by one; what they are together is for the class to say."""
    return {name: _value(name, field, rng) for name, field in config.model_fields.items()
            if rng.random() >= OMITTED or _is_config(field.annotation)}


def _value(name: str, field: FieldInfo, rng: np.random.Generator) -> Any:
    kinds = _alternatives(field.annotation)
    if Pattern in kinds:
        return _patterns(rng, several=typing.get_origin(field.annotation) is tuple,
                         none=any("none" in typing.get_args(kind) for kind in kinds))
    kind = kinds[rng.integers(len(kinds))]
    if _is_config(kind):
        return fields_of(typing.cast(type[Config], kind), rng)
    if kind is type(None):
        return None
    if kind is bool:
        return bool(rng.integers(2))
    if typing.get_origin(kind) is typing.Literal:
        choices = typing.get_args(kind)
        choice = choices[rng.integers(len(choices))]
        beyond = f"{choice}x" if isinstance(choice, str) else max(choices) + 1
        return beyond if rng.random() < BEYOND else choice
    if kind is int:
        return _integer(field, rng)
    raise TypeError(f"field {name} must be of a type that the fuzzer draws, not {kind}")


def _alternatives(annotation: Any) -> list[Any]:
    """The types of a union, of a tuple's elements, of what is annotated."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _alternatives(inner[0])
    if origin is tuple:
        return _alternatives(inner[0])
    if origin is not None and origin is not typing.Literal:
        return [kind for one in inner for kind in _alternatives(one)]
    return [annotation]


def _is_config(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, BaseModel)


def _integer(field: FieldInfo, rng: np.random.Generator) -> int:
    limits: list[Any] = [limit for one in (*field.metadata, *_inside(field.annotation))
                         for limit in (one.metadata if isinstance(one, FieldInfo) else [one])]
    low: Any = next((limit.ge for limit in limits if isinstance(limit, annotated_types.Ge)), 0)
    high: Any = next((limit.le for limit in limits if isinstance(limit, annotated_types.Le)), LARGEST)
    if rng.random() < BEYOND:
        return low - 1 if rng.integers(2) else high + 1
    top = np.log2(max(high, 1) / max(low, 1))
    drawn = max(low, 1) * 2 ** (top * rng.random() ** 3)
    drawn = 2 ** round(np.log2(drawn)) if rng.integers(2) else drawn
    return int(min(max(drawn, low), high))


def _inside(annotation: Any) -> tuple[Any, ...]:
    """The annotations of a field that is optional."""
    return tuple(one for kind in typing.get_args(annotation) for one in getattr(kind, "__metadata__", ()))


def _patterns(rng: np.random.Generator, *, several: bool, none: bool) -> str:
    if none and rng.integers(2):
        return "none"
    m = int(1 << rng.integers(6)) if rng.integers(2) else int(rng.integers(1, MAX_M + 1))
    m = MAX_M + 1 if rng.random() < BEYOND else m
    drawn = [_n(m, rng) for _ in range(rng.integers(1, 5) if several else 1)]
    return ",".join(f"{n}:{m + (rng.random() < BEYOND)}" for n in dict.fromkeys(drawn))


def _n(m: int, rng: np.random.Generator) -> int:
    if rng.random() < BEYOND:
        return int(rng.choice([0, m + 1]))
    return min(m, int(1 << rng.integers(6))) if rng.random() < 0.8 else int(rng.integers(1, m + 1))

"""Checks of the driver's arguments, before a byte leaves: one line that names the argument, its value, what is legal.

The core's own rules are golden's (`tamis.golden.core.descriptor.refusal`); here is what a descriptor cannot express.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tamis.golden import _check
from tamis.golden.core.descriptor import WIDTHS, Job, kept_after, refusal
from tamis.hdl.core.config import RAW, SAS, SERIES, CoreConfig
from tamis.hdl.core.registers import CODES
from tamis.host.sizes import a_bytes, b_bytes

if TYPE_CHECKING:
    from tamis.host.operand import Output
    from tamis.host.plan import Step

__all__ = ["TERMS", "matrix", "output", "series", "steps"]

TERMS = 3  # of a series, at most
SCALING = {"bias": (-1 << 31, (1 << 31) - 1), "multiplier": (-1 << 15, (1 << 15) - 1), "shift": (0, 62)}
NAMED = {1: ("columns",), 2: ("blocks",), 3: ("n0", "n1", "n2"), 4: ("b_reuse", "b_keep", "blocks"),
         5: ("mode", "o0", "o1", "o2", "columns"), 6: ("zero_point",), 7: ("b_compressed",)}  # fields of each code


def matrix(x: Any, name: str, width: int) -> np.ndarray:
    """A matrix of signed integers of `width` bits, not empty. Raises TypeError or ValueError."""
    x = _check.integers(x, name, ndim=2)
    if not x.size:
        raise ValueError(f"{name} must have at least one row and one column, not shape {x.shape}")
    return _check.within(x, name, -1 << width - 1, (1 << width - 1) - 1)


def series(terms: Iterable[int], core: CoreConfig) -> tuple[int, ...]:
    """The terms of A, which the core must have. Raises TypeError or ValueError."""
    ns = _terms(terms, "terms", core)
    if refusal(Job(**dict(zip(("n0", "n1", "n2"), ns, strict=False))), core) == 3:
        legal = ", ".join(str(p.n) for p in core.array.patterns)
        raise ValueError(f"terms must each be one of {legal}, at most M = {core.m} together, not {ns}")
    return ns


def output(out: "Output", j: int, core: CoreConfig) -> None:
    """Mode, terms and the scaling of J channels. Raises TypeError or ValueError."""
    _check.choice(_check.integer(out.mode, "output.mode"), "output.mode", (RAW, SERIES, SAS))
    if out.mode == SERIES:
        _terms(out.terms, "output.terms", core)
    elif tuple(out.terms):
        raise ValueError(f"output.terms must be () unless the mode is SERIES, not {out.terms!r}")
    if not isinstance(out.relu, bool | np.bool_):
        raise TypeError(f"output.relu must be a bool, not {out.relu!r}")
    _check.integer(out.zero_point, "output.zero_point", -128, 127)
    for name, (low, high) in SCALING.items():
        value = getattr(out, name)
        if out.mode == RAW:
            if value is not None:
                raise ValueError(f"output.{name} must be None for mode RAW, whose sums leave as they are")
            continue
        if value is None:
            raise TypeError(f"output.{name} must hold an integer for each of the {j} columns of b, not None")
        value = _check.integers(value, f"output.{name}", ndim=1)
        if len(value) != j:
            raise ValueError(f"output.{name} must hold an integer for each of the {j} columns of b, not {len(value)}")
        _check.within(value, f"output.{name}", low, high)


def steps(run: Sequence["Step"], core: CoreConfig) -> None:
    """Descriptors that the core takes in this order, no B kept before; streams as long as the descriptors say.

    Raises ValueError with the number of the step.
    """
    kept = 0
    for number, step in enumerate(run):
        about = f"step {number} of {len(run)}"
        _job(step.job, core, kept, about)
        kept = kept_after(step.job, core, kept)
        for name, chunks, want in (("a", step.a, a_bytes(step.job, core)), ("b", step.b, b_bytes(step.job, core))):
            found = [len(chunk) for chunk in chunks]
            if found != want:
                raise ValueError(f"{about}: {name} must have chunks of {want} bytes for this core, not {found}")


def _job(job: Job, core: CoreConfig, kept: int, about: str) -> None:
    for name, width in WIDTHS.items():
        low, high = (-1 << width - 1, (1 << width - 1) - 1) if name == "zero_point" else (0, (1 << width) - 1)
        _check.integer(getattr(job, name), f"{about}: {name}", low, high)
    code = refusal(job, core, kept)
    if code:
        values = ", ".join(f"{name} = {getattr(job, name)}" for name in NAMED[code])
        raise ValueError(f"{about}: the core refuses {values} with code {code}; legal is {CODES[code]}")


def _terms(terms: Iterable[int], name: str, core: CoreConfig) -> tuple[int, ...]:
    if isinstance(terms, str) or not isinstance(terms, Iterable):
        raise TypeError(f"{name} must be a tuple of one to {TERMS} integers, not {terms!r}")
    ns = tuple(terms)
    if not 1 <= len(ns) <= TERMS:
        raise ValueError(f"{name} must be one to {TERMS} integers, not {ns}")
    ns = tuple(_check.integer(n, f"{name}[{k}]", 1, core.m) for k, n in enumerate(ns))
    if sum(ns) > core.m:
        raise ValueError(f"{name} must be at most M = {core.m} together, not {ns}")
    return ns

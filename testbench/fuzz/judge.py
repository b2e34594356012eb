"""What becomes of one random configuration: refused in one line, or a design that elaborates, lints and verifies."""

import contextlib
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tamis.hdl.config import Config, ConfigError
from tamis.hdl.emit import kinds
from tamis.hdl.emit.generate import Design, generate
from tamis.testbench.fuzz import lint
from tamis.testbench.run import runner, simulators

__all__ = ["Found", "judge", "verified"]

LONGEST = 120  # seconds of one elaboration; longer ones are counted apart
_TESTS: dict[str, tuple[str, list[str] | None]] = {  # the others are units
    "array": ("tamis.testbench.array.tests", ["random_gemms"]),
    "core": ("tamis.testbench.core.gate_tests", None),
}
_UNIT = ("tamis.testbench.units.tests", ["throughput", "random"])
_SHORT = {"TAMIS_DRAWS": "1", "TAMIS_BLOCKS": "60"}


@dataclass(frozen=True)
class Found:
    """`state`: refused, elaborated, verified, slow or wrong; `said`: the refusal, or what is wrong; seconds by step."""

    kind: str
    fields: dict[str, Any]
    state: str
    said: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


def judge(kind: str, fields: Mapping[str, Any], *, verify: bool, seed: int) -> Found:
    """Elaborate and lint one configuration, and run a short regression against golden if `verify`.

    Nothing but ConfigError of one line is a refusal: every other exception is wrong, and so are a linter's words and a
    failure of the regression.
    """
    seconds: dict[str, float] = {}

    def found(state: str, said: str = "") -> Found:
        return Found(kind, dict(fields), state, said, seconds)

    try:
        config = kinds.named(kind).Config.parse(fields)
    except ConfigError as error:
        return found("refused" if _one_line(str(error)) else "wrong", str(error))
    except Exception as error:
        return found("wrong", f"parse: {type(error).__name__}: {error}")
    try:
        with _timed(seconds, "elaborate"), _at_most(LONGEST):
            design = generate(config)
        with _timed(seconds, "lint"), tempfile.TemporaryDirectory(prefix="tamis_") as folder:
            said = lint.complaints(_text(design), design.manifest["top"], Path(folder))
        if said:
            return found("wrong", "; ".join(f"{name}: {line}" for name, line in said.items()))
        if verify:
            with _timed(seconds, "verify"):
                failure = verified(config, design, seed)
            return found("wrong", f"verify: {failure}") if failure else found("verified")
    except _TooLong:
        return found("slow", f"elaboration took more than {LONGEST} s")
    except Exception as error:
        return found("wrong", f"{type(error).__name__}: {error}")
    return found("elaborated")


def verified(config: Config, design: Design, seed: int) -> str | None:
    """None if a short regression of the design passes, else the first failure.

    Icarus is taken where it is installed: its build takes the least time. The tensor core has Verilator's.
    """
    kind = design.manifest["kind"]
    tests, only = _TESTS.get(kind, _UNIT)
    simulator = simulators.available()[0 if kind == "core" else -1]
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        outcomes = runner.run(design, simulator, Path(folder), tests=tests, seed=seed, env=_SHORT, only=only,
                              waves=False)
    return next((f"{one.test}: {' '.join(one.failure.split())[:500]}" for one in outcomes if one.failure), None)


class _TooLong(Exception):
    pass


@contextlib.contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Raises _TooLong in the body after so many seconds."""
    def late(number: int, frame: Any) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[step] = round(time.perf_counter() - began, 2)


def _text(design: Design) -> str:
    return "\n".join(design.files[name] for name in design.manifest["files"]["verilog"])


def _one_line(text: str) -> bool:
    return bool(text) and "\n" not in text and len(text) < 1000

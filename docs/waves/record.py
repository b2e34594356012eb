"""Simulates a component in Amaranth and samples its signals just before each rising edge of the clock.

The samples are read from the VCD of the run, so that a diagram may show registers inside the component.
"""

import io
from collections.abc import Callable, Coroutine
from typing import Any

from amaranth.lib.wiring import Component
from amaranth.sim import Simulator
from vcd.reader import TokenKind, tokenize

__all__ = ["record"]

TestBench = Callable[[Any], Coroutine[Any, Any, None]]


def record(component: Component, *benches: TestBench) -> dict[str, list[int]]:
    """{signal: its value in each cycle} until the last test bench ends.

    A signal goes by its path below the top, ``row_0.load``; a signal of the top by its own name.
    """
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    for bench in benches:
        simulator.add_testbench(bench)
    text = io.StringIO()
    with simulator.write_vcd(text):
        simulator.run()
    return _sampled(text.getvalue())


def _sampled(text: str) -> dict[str, list[int]]:
    scopes: list[str] = []
    names: dict[str, list[str]] = {}  # identifier in the VCD: the paths of the signals that share it
    now: dict[str, int] = {}
    pending: dict[str, int] = {}
    rows: list[dict[str, int]] = []
    clock = ""
    for token in tokenize(io.BytesIO(text.encode())):
        if token.kind is TokenKind.SCOPE:
            scopes.append(token.scope.ident)
        elif token.kind is TokenKind.UPSCOPE:
            scopes.pop()
        elif token.kind is TokenKind.VAR:
            path = ".".join([*scopes[2:], token.var.reference])
            names.setdefault(token.var.id_code, []).append(path)
            clock = token.var.id_code if path == "clk" else clock
        elif token.kind in (TokenKind.CHANGE_SCALAR, TokenKind.CHANGE_VECTOR):
            change = token.data
            pending[change.id_code] = int(change.value, 2) if isinstance(change.value, str) else change.value
        elif token.kind is TokenKind.CHANGE_TIME:
            if pending.get(clock) == 1:
                rows.append(dict(now))
            now |= pending
            pending = {}
    return {path: [row.get(code, 0) for row in rows] for code, paths in names.items() for path in paths}

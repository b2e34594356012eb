"""How a parent makes a child: the component itself, or its ports around a module that was emitted once.

::

    m.submodules.queue = queue = make("queue", partial(Queue, width=8, depth=4))
    connect(m, flipped(self.i), queue.i)

A parent calls ``make(role, create)``. `create()` makes the component. `role` names its module in the Verilog: one role,
one parameterisation. `name` tells several children of one role apart; the role itself is the default.
Simulation and proofs make the component itself (`itself`). Emission makes an `Outline`, so that a module that is used
often is elaborated once (`tamis.hdl.emit.generate.Modules`).
"""

from collections.abc import Callable
from typing import Protocol

from amaranth.hdl import Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import Flow

__all__ = ["Make", "Outline", "itself", "ports_of"]


class Make(Protocol):
    """What a parent calls for each child; returns an object with the child's ports."""

    def __call__(self, role: str, create: Callable[[], wiring.Component], name: str | None = None) -> wiring.Component:
        ...


def itself(role: str, create: Callable[[], wiring.Component], name: str | None = None) -> wiring.Component:
    """Make the component itself."""
    return create()


class Outline(wiring.Component):
    """The ports of a component, their names prefixed with `name`, and nothing inside."""

    def __init__(self, signature: wiring.Signature, name: str) -> None:
        super().__init__(signature)
        self.__dict__.update(signature.members.create(path=(name,)))

    def elaborate(self, platform: object) -> Module:
        return Module()


def ports_of(component: wiring.Component) -> list[tuple[str, Flow, Value]]:
    """[(name in Verilog, flow, Value)] of every port. A port in an interface is called ``i__valid``."""
    return [("__".join(map(str, path)), member.flow, Value.cast(signal))
            for path, member, signal in component.signature.flatten(component)]

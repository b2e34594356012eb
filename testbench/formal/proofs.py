"""The list of proofs."""

import dataclasses
from collections.abc import Callable

from hdl.tasd import TASDConfig, TASDUnit
from testbench.formal import tasd

__all__ = ["PROOFS", "Proof"]


@dataclasses.dataclass(frozen=True)
class Proof:
    """A unit in one configuration and what is claimed of it.

    Attributes
    ----------
    name : str
    what : str
        The properties, in words.
    config : UnitConfig
    bench : callable (config) -> Bench
    depth : int
        k of the induction, or cycles.
    unbounded : bool
    """

    name: str
    what: str
    config: object
    bench: Callable
    depth: int = 1
    unbounded: bool = True

    @property
    def bound(self):
        return f"unbounded, k = {self.depth}" if self.unbounded else f"bounded, {self.depth} cycles"


_ORDER = "handshake; every beat, once, in order; entries distinct, of the block, by magnitude, ties to the lower index"

PROOFS = [
    *(Proof(f"tasd-{style}-{m}-int{width}", _ORDER, TASDConfig(style=style, m=m, width=width),
            lambda config: (tasd.prove_rank if config.style == "rank" else tasd.prove_tree)(TASDUnit(config)))
      for style, m, width in (("rank", 4, 4), ("rank", 4, 8), ("tree", 4, 4), ("tree", 4, 8), ("tree", 8, 8))),
]

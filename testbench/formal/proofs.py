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
    Proof("tasd-rank-4-int4", _ORDER, TASDConfig(m=4, width=4), lambda config: tasd.rank(TASDUnit(config))),
    Proof("tasd-rank-4-int8", _ORDER, TASDConfig(m=4), lambda config: tasd.rank(TASDUnit(config))),
]

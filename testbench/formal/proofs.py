"""The list of proofs."""

import dataclasses
from collections.abc import Callable

from hdl.compress import CompressConfig, Compressor
from hdl.decompress import DecompressConfig, Decompressor
from hdl.mvue import MVUEConfig, MVUEUnit
from hdl.sas import SASConfig, SASIndexUnit
from hdl.tasd import TASDConfig, TASDUnit
from hdl.tasd_pool import TASDPool, TASDPoolConfig
from testbench.formal import mvue, pool, sas, single, tasd

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




def _pool(style, units, lanes, *, m=4, width=4):
    return TASDPoolConfig(unit=TASDConfig(style=style, m=m, width=width), units=units, blocks_per_cycle=lanes)


_ORDER = "handshake; every beat, once, in order; entries distinct, of the block, by magnitude, ties to the lower index"

_SIGNS = "handshake; every beat of every vector, in order; an index is the signs up to its channel, circular"

_PLACED = "handshake; every block, once, in order; values at their positions, else zeros; illegal metadata flagged"
_PACKED = "handshake; every block, once, in order; every non-zero, in order, spare entries as stated; too many flagged"
_DRAWN = "handshake; every beat, once, in order; U a step per beat; what is kept follows from U, exactly"

PROOFS = [
    *(Proof(f"tasd-{style}-{m}-int{width}", _ORDER, TASDConfig(style=style, m=m, width=width),
            lambda config: (tasd.prove_rank if config.style == "rank" else tasd.prove_tree)(TASDUnit(config)))
      for style, m, width in (("rank", 4, 4), ("rank", 4, 8), ("tree", 4, 4), ("tree", 4, 8), ("tree", 8, 8))),
    *(Proof(f"sas-{config.m}-{config.lanes}-{config.max_channels}" + "-magnitude" * config.magnitude, _SIGNS, config,
            lambda config: sas.prove_sas(SASIndexUnit(config)))
      for config in (SASConfig(m=4, width=4, lanes=2, max_channels=8), SASConfig(),
                     SASConfig(m=16, width=4, lanes=3, max_channels=100),
                     SASConfig(m=2, width=4, lanes=1, max_channels=8),
                     SASConfig(m=2, width=8, lanes=4, max_channels=64, magnitude=True))),
    *(Proof(f"{kind}-{config.pattern}-{config.form}-int{config.width}".replace(":", "in"), what, config,
            lambda config, prove=prove, unit=unit: prove(unit(config)))
      for kind, unit, Config, prove, what in (
          ("decompress", Decompressor, DecompressConfig, single.prove_decompress, _PLACED),
          ("compress", Compressor, CompressConfig, single.prove_compress, _PACKED))
      for config in (Config(), Config(pattern="2:4", form="pairs"), Config(pattern="2:4", form="mask"),
                     Config(pattern="1:2", form="pairs"), Config(pattern="3:8", form="mask"),
                     Config(pattern="3:8"), Config(pattern="2:6", width=4))),
    *(Proof(f"mvue-{config.pattern}-int{config.width}-k{config.u_bits}".replace(":", "in"), _DRAWN, config,
            lambda config: mvue.prove_mvue(MVUEUnit(config)))
      for config in (MVUEConfig(width=4, u_bits=8, lanes=2), MVUEConfig(pattern="2:4", width=3, u_bits=8, lanes=1))),
    *(Proof(f"pool-{config.unit.style}-{config.unit.m}-int{config.unit.width}-{config.units}x{config.blocks_per_cycle}",
            "of every output: " + _ORDER, config, lambda config: pool.prove_pool(TASDPool(config)))
      for config in (_pool("rank", 2, 2), _pool("rank", 3, 1), _pool("tree", 3, 1), _pool("tree", 4, 2))),
    *(Proof(f"pool-{config.unit.style}-{config.units}x{config.blocks_per_cycle}-keeps-up",
            "never stalls where its outputs never do", config, lambda config: pool.prove_keeps_up(TASDPool(config)), k)
      for config, k in ((_pool("rank", 2, 2), 1), (_pool("tree", 4, 1), 5), (_pool("tree", 8, 2), 5),
                        (_pool("tree", 16, 2, m=8, width=2), 9))),
]

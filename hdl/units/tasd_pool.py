"""Pool of TASD units that keeps up with an array: several blocks enter in a cycle (tasd, section 4.4 and Fig. 12).

Lane l of a beat belongs to units l, l + B, l + 2B, ... (B blocks per cycle), which take its blocks in turn: a one-hot
ring per lane, no arbiter and no crossbar. Nothing is lost by that: a lane of u units takes a block every cycle as long
as sum N <= u, and so does any schedule (Little's law, 16 = 2 x 8). B rank units never stall; B x M tree units never do.

Where columns leave an array one cycle apart, a block is complete one cycle after its neighbour's: each lane is one
group of M columns, its blocks come at most one per cycle, in order, and the same ring serves it without looking at the
others; give every lane a pool of its own, with blocks_per_cycle = 1.

Latency: the units'; a beat goes straight into its units' registers. ``i.ready`` is low while any unit whose turn it is
cannot take its block.
"""

from functools import partial
from typing import Annotated, Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out, connect, flipped
from pydantic import Field, model_validator

from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.hdl.units.unit import Unit, UnitConfig, illegal

__all__ = ["TASDPool", "TASDPoolConfig"]


class TASDPoolConfig(UnitConfig):
    """A pool of TASD units.

    Attributes
    ----------
    unit : TASDConfig
    blocks_per_cycle : int
        Lanes of the input, 1 to 64.
    units : int
        At least blocks_per_cycle. Default: as many as never stall, blocks_per_cycle of style "rank", M times as many
        of style "tree".
    """

    unit: TASDConfig = TASDConfig()
    blocks_per_cycle: Annotated[int, Field(strict=True, ge=1, le=64)] = 2
    units: Annotated[int, Field(strict=True, ge=1, le=1024)] = 1

    @classmethod
    def with_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The least number of units that keeps up."""
        if data.get("units") is None:
            unit = data.get("unit", {})
            unit = TASDConfig.parse(unit) if isinstance(unit, dict) else unit
            lanes = data.get("blocks_per_cycle", cls.model_fields["blocks_per_cycle"].default)
            if isinstance(lanes, int) and isinstance(unit, TASDConfig):
                data["units"] = lanes * (1 if unit.style == "rank" else unit.m)
        return data

    @model_validator(mode="after")
    def _fits(self):
        if self.units < self.blocks_per_cycle:
            raise illegal("units must be at least blocks_per_cycle = {lanes}, not {units}",
                          lanes=self.blocks_per_cycle, units=self.units)
        return self

    @property
    def input_layout(self):
        blocks = ArrayLayout(ArrayLayout(self.unit.shape, self.unit.m), self.blocks_per_cycle)
        return StructLayout({"blocks": blocks, "marks": self.unit.m})

    @property
    def latency(self):
        return self.unit.latency

    @property
    def sustained(self):
        """The largest sum N at which the pool never stalls."""
        return self.unit.m if self.unit.style == "rank" else min(self.unit.m, self.units // self.blocks_per_cycle)


class TASDPool(Unit):
    """Blocks of a beat to the units in turn.

    Parameters
    ----------
    config : TASDPoolConfig

    Members
    -------
    i : In(stream of {blocks, marks})
        ``blocks_per_cycle`` blocks and the marks of their series.
    o : Out(stream) for each unit
        As `TASDUnit`. Lane l of the t-th beat comes from ``o[l + B (t mod n)]``, n the number of lane l's units.
    error : Out(1)
        As `TASDUnit`, of any unit.

    Attributes
    ----------
    latency : int
        The units'.
    """

    kind = "tasd-pool"
    Config = TASDPoolConfig

    def _members(self, config):
        return {
            "i": In(stream.Signature(config.input_layout)),
            "o": Out(stream.Signature(config.unit.output_layout)).array(config.units),
            "error": Out(1),
        }

    @property
    def latencies(self):
        return {f"i to o__{k}": self.latency for k in range(self._config.blocks_per_cycle)}

    @property
    def flags(self):
        return {"error": "a block came without marks"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        lanes = config.blocks_per_cycle
        turns = []  # of each lane, one bit per unit
        for lane in range(lanes):
            turn = Signal(len(range(lane, config.units, lanes)), init=1, name=f"turn_{lane}")
            turns.append(turn)
        ready = Signal(lanes)
        go = Signal()
        m.d.comb += [self.i.ready.eq(ready.all()), go.eq(self.i.valid & self.i.ready)]
        units = []
        for k, o in enumerate(self.o):
            m.submodules[f"unit_{k}"] = unit = self._make("unit", partial(TASDUnit, config.unit), f"unit_{k}")
            m.d.comb += [unit.i.valid.eq(go & turns[k % lanes][k // lanes]),
                         unit.i.payload.eq(Cat(self.i.payload.blocks[k % lanes], self.i.payload.marks))]
            connect(m, unit.o, flipped(o))
            units.append(unit)
        m.d.comb += self.error.eq(Cat(unit.error for unit in units).any())
        for lane, turn in enumerate(turns):
            m.d.comb += ready[lane].eq((turn & Cat(unit.i.ready for unit in units[lane::lanes])).any())
            if len(turn) > 1:
                with m.If(go):
                    m.d.sync += turn.eq(turn.rotate_left(1))
        return m

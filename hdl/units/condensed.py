"""Condensed unit: matrix-vector products with constant fan-in (srigl-appendices, F, Eq. 31).

y[neuron] = sum over i < k of value[neuron, i] x[column[neuron, i]], a MAC for each of `lanes` neurons. A beat of ``i``
holds entry i of as many neurons, k beats make a group, ceil(n / lanes) groups a vector; a beat of sums leaves for each
group. d, k and n are given with each vector.

The vector comes through ``x``, `x_lanes` elements a beat, into one of two buffers while the other is read: vectors
follow each other without a bubble where ceil(d / x_lanes) <= ceil(n / lanes) k. `ports` is what one memory can read in
a cycle; there are lanes / ports copies of the vector, so every lane always reads and the cycles do not depend on it.

Cycles: ceil(n / lanes) k + 2 from a vector's first entries to its last sums, which is a latency of 2: the memory's
register, the accumulator. The accumulator is the output register: everything waits while it is full and ``o`` is not
ready. ``i.ready`` follows ``o.ready`` in the same cycle; nothing else is combinational.
"""

from functools import partial
from typing import Annotated, Any, Literal

from amaranth.hdl import Module, signed, unsigned
from amaranth.lib import stream
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, connect, flipped
from pydantic import Field, model_validator

from tamis.hdl.array.column import acc_shape
from tamis.hdl.units.condensed_gather import Gather
from tamis.hdl.units.condensed_lane import VectorMemory
from tamis.hdl.units.unit import Unit, UnitConfig, Width, illegal

__all__ = ["CondensedConfig", "CondensedUnit"]

Most = Annotated[int, Field(strict=True, ge=2, le=65536)]


class CondensedConfig(UnitConfig):
    """A condensed unit.

    Attributes
    ----------
    lanes : int
        Neurons computed at a time, one MAC each; 1 to 64.
    ports : int
        Read ports of a memory, a divisor of lanes; default lanes. There are lanes / ports memories.
    x_lanes : 1, 2, 4, 8 or 16
        Elements of a vector that come in a beat.
    max_d : int
        Elements of the longest vector, 2 to 65536.
    max_k : int
        The largest fan-in, 2 to 65536.
    max_n : int
        The most neurons, 2 to 65536.
    w_width : int
        Bits of a weight's value, 2 to 16.
    w_signed : bool
        Two's complement or unsigned weights.
    x_width : int
        Bits of an element of the vector, 2 to 16.
    x_signed : bool
        Two's complement or unsigned vectors.
    acc_width : int
        Sum, 4 to 48 bits, signed unless both operands are unsigned. It wraps.
    """

    lanes: Annotated[int, Field(strict=True, ge=1, le=64)] = 8
    ports: Annotated[int, Field(strict=True, ge=1, le=64)] = 8
    x_lanes: Literal[1, 2, 4, 8, 16] = 1
    max_d: Most = 1024
    max_k: Most = 256
    max_n: Most = 1024
    w_width: Width = 8
    w_signed: bool = True
    x_width: Width = 8
    x_signed: bool = True
    acc_width: Annotated[int, Field(strict=True, ge=4, le=48)] = 32

    @classmethod
    def with_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        """A port for each lane."""
        if data.get("ports") is None:
            data["ports"] = data.get("lanes", cls.model_fields["lanes"].default)
        return data

    @model_validator(mode="after")
    def _fits(self):
        if self.lanes % self.ports:
            raise illegal("ports must divide lanes = {lanes}, not {ports}", lanes=self.lanes, ports=self.ports)
        if self.max_d < 2 * self.x_lanes:
            raise illegal("max_d must be at least 2 x x_lanes = {least}, not {d}", least=2 * self.x_lanes, d=self.max_d)
        if self.max_n < self.lanes:
            raise illegal("max_n must be at least lanes = {lanes}, not {n}", lanes=self.lanes, n=self.max_n)
        return self

    @property
    def latency(self):
        """Cycles from a group's last entries to its sums."""
        return 2

    @property
    def macs(self):
        return self.lanes

    @property
    def memories(self):
        """Copies of the vector."""
        return self.lanes // self.ports

    @property
    def rows(self):
        """Words of `x_lanes` elements that a vector takes."""
        return -(-self.max_d // self.x_lanes)

    @property
    def memory_bits(self):
        """Of all memories: two vectors in each."""
        return self.memories * 2 * self.rows * self.x_lanes * self.x_width

    @property
    def w_shape(self):
        return signed(self.w_width) if self.w_signed else unsigned(self.w_width)

    @property
    def x_shape(self):
        return signed(self.x_width) if self.x_signed else unsigned(self.x_width)

    @property
    def acc_shape(self):
        return acc_shape(self.w_shape, self.x_shape, self.acc_width)

    @property
    def vector_layout(self):
        return StructLayout({"x": ArrayLayout(self.x_shape, self.x_lanes), "d": range(self.max_d + 1)})

    @property
    def entry_layout(self):
        return StructLayout({"value": self.w_shape, "column": range(self.max_d)})

    @property
    def input_layout(self):
        return StructLayout({"entries": ArrayLayout(self.entry_layout, self.lanes), "k": range(self.max_k + 1),
                             "n": range(self.max_n + 1)})

    @property
    def output_layout(self):
        return StructLayout({"sums": ArrayLayout(self.acc_shape, self.lanes), "keep": self.lanes, "last": 1})


class CondensedUnit(Unit):
    """Matrix-vector products with constant fan-in.

    Parameters
    ----------
    config : CondensedConfig
    make : callable
        How memories and lanes are made, see `tamis.hdl.lib.make`.

    Members
    -------
    x : In(stream of {x, d})
        ``x_lanes`` elements of a vector, the first lowest; ``d`` is read in the first beat of ceil(d / x_lanes).
    i : In(stream of {entries, k, n})
        ``entries[lane]`` {value, column}, lane 0 for the first neuron of the group; ``k`` and ``n`` are read in the
        first beat of ceil(n / lanes) k. Lanes beyond n are ignored.
    o : Out(stream of {sums, keep, last})
        ``sums[lane]``, undefined in lanes that are not in ``keep``. ``last``: the vector's last beat.
    error : Out(1)
        d, k or n was 0 or above its maximum, or the column of an entry is not below d. Stays set until reset. An entry
        with such a column counts as zero, all of them if d is illegal; a d, k or n of 0 makes as many beats as 1 does,
        one above its maximum as many as it says.

    Attributes
    ----------
    latency : int
    """

    kind = "condensed"
    Config = CondensedConfig
    logic = "gather"

    def _members(self, config):
        return {
            "x": In(stream.Signature(config.vector_layout)),
            **super()._members(config),
        }

    @property
    def latencies(self):
        return {"a group's last entries until its sums": self.latency,
                "a vector's first entries until its last sums": f"ceil(n / lanes) k + {self.latency}, both counted"}

    @property
    def flags(self):
        return {"error": "d, k or n is 0 or above its maximum, or a column is not below d"}

    def elaborate(self, platform):
        m = Module()
        config = self._config
        ports = config.ports
        m.submodules.gather = gather = self._make("gather", partial(Gather, config, make=self._make))
        connect(m, flipped(self.i), gather.i)
        connect(m, gather.o, flipped(self.o))
        m.d.comb += [
            gather.x.valid.eq(self.x.valid), gather.x.payload.eq(self.x.payload.d), self.x.ready.eq(gather.x.ready),
            self.error.eq(gather.error),
        ]
        for copy in range(config.memories):
            name = f"memory_{copy}"
            m.submodules[name] = memory = self._make("memory", partial(VectorMemory, config), name)
            m.d.comb += [memory.write.eq(gather.write), memory.write_address.eq(gather.write_address),
                         memory.write_row.eq(self.x.payload.x), memory.read.eq(gather.read)]
            for port in range(ports):
                m.d.comb += [memory.addresses[port].eq(gather.addresses[copy * ports + port]),
                             gather.rows[copy * ports + port].eq(memory.rows[port])]
        return m

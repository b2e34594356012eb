"""The tensor core as an SoC takes it: AXI4-Stream in and out, AXI4-Lite control, an interrupt (docs/core.md).

The one place where AXI's names are: everything inside speaks in streams.

::

    s_axil_* -> AXI-Lite -> control -> jobs -> engine (loaders, buffers, array, accumulators) -> tiles -> output stage
    s_axis_a_*, s_axis_b_* ----------------------^                                                 |
                                                                                     m_axis_c_* <--'
"""

from functools import partial

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.control import Control
from tamis.hdl.core.engine import Engine
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.registers import ADDRESS_BITS, described
from tamis.hdl.lib.axi_lite import AXILite, axi_lite_signature
from tamis.hdl.lib.make import itself

__all__ = ["TensorCore"]


class TensorCore(wiring.Component):
    """N:M structured-sparse tensor core.

    Parameters
    ----------
    config : CoreConfig
    make : callable
        How children are made, see `tamis.hdl.lib.make`.

    Members
    -------
    s_axil_* : AXI4-Lite subordinate, 32 bits
        `tamis.hdl.core.registers`.
    s_axis_a_*, s_axis_b_* : AXI4-Stream receivers with TKEEP and TLAST
        Operands, chunk by chunk.
    m_axis_c_* : AXI4-Stream transmitter with TKEEP and TLAST
        Results, tile by tile.
    irq : Out(1)
    """

    kind = "core"
    Config = CoreConfig
    title = "N:M structured-sparse tensor core"

    def __init__(self, config=None, *, make=itself):
        self._config, self._make = CoreConfig() if config is None else config, make
        members = {f"s_axil_{name}": member.flip() for name, member in axi_lite_signature(ADDRESS_BITS).members.items()}
        members["irq"] = Out(1)
        for prefix, bits, into, out in (("s_axis_a", self._config.a_bits, In, Out),
                                        ("s_axis_b", self._config.b_bits, In, Out),
                                        ("m_axis_c", self._config.c_bits, Out, In)):
            members |= {f"{prefix}_tdata": into(bits), f"{prefix}_tkeep": into(bits // 8), f"{prefix}_tlast": into(1),
                        f"{prefix}_tvalid": into(1), f"{prefix}_tready": out(1)}
        super().__init__(members)

    @property
    def config(self):
        return self._config

    @property
    def latencies(self):
        return {"column of B to accumulator": self._config.array.latency}

    @property
    def flags(self):
        return {}

    @property
    def port_text(self):
        text = {"irq": "interrupt, level: IRQ and IRQ_ENABLE have a bit in common"}
        for prefix, what in (("s_axis_a", "A, chunks of records"), ("s_axis_b", "B, chunks of columns, and tables"),
                             ("m_axis_c", "C, tiles"), ("s_axil", "registers")):
            text |= {name: what for name in self.signature.members if name.startswith(prefix)}
        return text

    @property
    def registers(self):
        """The register map, for the manifest."""
        return described(self._config)

    def elaborate(self, platform):
        m = Module()
        config, make = self._config, self._make
        m.submodules.axi_lite = axi_lite = make("axi_lite", partial(AXILite, bits=ADDRESS_BITS))
        m.submodules.control = control = make("control", partial(Control, config, make=make))
        m.submodules.engine = engine = make("engine", partial(Engine, config, make=make))
        m.submodules.output = output = make("output", partial(OutputStage, config, make=make))

        for name, member in axi_lite.axi.signature.members.items():
            port, inside = getattr(self, f"s_axil_{name}"), getattr(axi_lite.axi, name)
            m.d.comb += inside.eq(port) if member.flow == In else port.eq(inside)
        connect(m, axi_lite.write, control.write)
        connect(m, axi_lite.read, control.read)

        connect(m, control.job, engine.job)
        connect(m, engine.tile, output.tile)
        connect(m, engine.parameters, output.parameters)
        connect(m, output.read, engine.read)
        for stream_in, prefix in ((engine.a, "s_axis_a"), (engine.b, "s_axis_b")):
            data, keep, last, valid, ready = self._axi_stream(prefix)
            m.d.comb += [stream_in.payload.eq(Cat(data, keep, last)), stream_in.valid.eq(valid),
                         ready.eq(stream_in.ready)]
        data, keep, last, valid, ready = self._axi_stream("m_axis_c")
        m.d.comb += [Cat(data, keep, last).eq(output.c.payload), valid.eq(output.c.valid), output.c.ready.eq(ready)]

        m.d.comb += [
            engine.drained.eq(output.free),
            control.events.eq(engine.events),
            control.tile_done.eq(valid & ready & last),
            control.idle.eq(engine.idle & ~output.busy),
            control.a_error.eq(engine.a_error), control.b_error.eq(engine.b_error),
            control.b_illegal.eq(engine.b_illegal),
            self.irq.eq(control.irq),
        ]
        return m

    def _axi_stream(self, prefix):
        """The five signals of a stream: TDATA, TKEEP, TLAST, TVALID, TREADY."""
        return [getattr(self, f"{prefix}_{name}") for name in ("tdata", "tkeep", "tlast", "tvalid", "tready")]

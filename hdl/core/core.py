"""The tensor core as an SoC takes it: AXI4-Stream in and out, AXI4-Lite control, an interrupt (docs/core.md).

The one place where AXI's names are: everything inside speaks in streams.

::

    s_axil_* -> AXI-Lite -> control -> jobs -> engine (loaders, buffers, array, accumulators) -> tiles -> output stage
    s_axis_a_*, s_axis_b_* ----------------------^                                                 |
                                                                                     m_axis_c_* <--'
"""

from functools import partial

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.control import Control
from tamis.hdl.core.engine import Engine, event_layout
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.registers import ADDRESS_BITS, described
from tamis.hdl.lib.axi_lite import AXILite, axi_lite_members
from tamis.hdl.lib.place import real_submodule

__all__ = ["TensorCore"]


class TensorCore(wiring.Component):
    """N:M structured-sparse tensor core.

    Parameters
    ----------
    config : CoreConfig
    place : callable
        How children are put in, see `tamis.hdl.lib.place`.

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

    def __init__(self, config=None, *, place=real_submodule):
        self._config, self._place = CoreConfig() if config is None else config, place
        members = axi_lite_members("s_axil", ADDRESS_BITS) | {"irq": Out(1)}
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
        config, place = self._config, self._place
        # Unread in AXI4-Lite: the protection bits, and the addresses' lowest two.
        error = Signal()
        read_error = Signal()
        read_data = Signal(32)
        bus_inputs = {name: getattr(self, f"s_axil_{name}") for name in (
            "awaddr", "awvalid", "wdata", "wstrb", "wvalid", "bready", "araddr", "arvalid", "rready")}
        bus = place(m, "axi_lite", "axi_lite", partial(AXILite, bits=ADDRESS_BITS), **bus_inputs,
                    write_error=error, read_data=read_data, read_error=read_error)
        m.d.comb += [getattr(self, f"s_axil_{name}").eq(getattr(bus, name)) for name in (
            "awready", "wready", "bresp", "bvalid", "arready", "rdata", "rresp", "rvalid")]

        job_ready, idle, left, a_error, b_error, b_illegal = (Signal(name=name) for name in (
            "job_ready", "idle", "left", "a_error", "b_error", "b_illegal"))
        events = Signal(event_layout(config).size)
        control = place(m, "control", "control", partial(Control, config, place=place),
                        write=bus.write, write_word=bus.write_word, write_data=bus.write_data,
                        write_strobe=bus.write_strobe, read_word=bus.read_word, job__ready=job_ready, events=events,
                        tile_done=left, idle=idle, a_error=a_error, b_error=b_error, b_illegal=b_illegal)
        m.d.comb += [error.eq(control.write_error), read_error.eq(control.read_error), read_data.eq(control.read_data),
                     self.irq.eq(control.irq)]

        tile_ready = Signal()
        drained = Signal()
        read = {name: Signal(width, name=f"read_{name}") for name, width in (
            ("enable", 1), ("bank", 1), ("column", (config.columns - 1).bit_length()))}
        engine = place(
            m, "engine", "engine", partial(Engine, config, place=place),
            job__valid=control.job__valid, job__payload=control.job__payload,
            a__valid=self.s_axis_a_tvalid,
            a__payload=Cat(self.s_axis_a_tdata, self.s_axis_a_tkeep, self.s_axis_a_tlast),
            b__valid=self.s_axis_b_tvalid,
            b__payload=Cat(self.s_axis_b_tdata, self.s_axis_b_tkeep, self.s_axis_b_tlast),
            tile__ready=tile_ready, drained=drained,
            read__enable=read["enable"], read__bank=read["bank"], read__column=read["column"])
        m.d.comb += [job_ready.eq(engine.job__ready), self.s_axis_a_tready.eq(engine.a__ready),
                     self.s_axis_b_tready.eq(engine.b__ready), a_error.eq(engine.a_error), b_error.eq(engine.b_error),
                     b_illegal.eq(engine.b_illegal),
                     events.eq(engine.events)]
        output = place(
            m, "output", "output", partial(OutputStage, config, place=place),
            tile__valid=engine.tile__valid, tile__payload=engine.tile__payload, data=engine.read__data,
            parameter_enable=engine.parameters__enable, parameter_channel=engine.parameters__channel,
            parameter=Cat(engine.parameters__bias, engine.parameters__multiplier, engine.parameters__shift),
            c__ready=self.m_axis_c_tready)
        m.d.comb += [
            tile_ready.eq(output.tile__ready), drained.eq(output.free), read["enable"].eq(output.read_enable),
            read["bank"].eq(output.bank), read["column"].eq(output.column),
            Cat(self.m_axis_c_tdata, self.m_axis_c_tkeep, self.m_axis_c_tlast).eq(output.c__payload),
            self.m_axis_c_tvalid.eq(output.c__valid),
            left.eq(output.c__valid & self.m_axis_c_tready & self.m_axis_c_tlast),
            idle.eq(engine.idle & ~output.busy),
        ]
        return m



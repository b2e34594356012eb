"""The diagrams: what is simulated, and which signals are drawn."""

from collections.abc import Callable
from typing import Any

import numpy as np
from amaranth.hdl import Value

from docs.waves.core_ports import CorePorts
from docs.waves.record import record
from docs.waves.wavejson import Lane, diagram
from tamis.hdl.array.array import Array
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.core import TensorCore
from tamis.hdl.core.registers import DESCRIPTOR_WORDS, registers
from tamis.hdl.units.tasd import TASDUnit
from tamis.host.driver import Operand, plan

__all__ = ["DIAGRAMS"]


def array_load() -> dict[str, Any]:
    """Two passes of three columns through an array of 2 x 2 PEs; entries, sums and skew."""
    config = ArrayConfig.parse({"patterns": "1:2", "rows": 2, "cols": 2, "alpha": 1, "beta": 1})
    array = Array(config)
    columns, period = 3, 3

    async def bench(ctx: Any) -> None:
        await ctx.tick()
        for cycle in range(2 * period + config.latency + 1):
            number, column = divmod(cycle, period)
            running = number < 2
            ctx.set(array.load, running and column == 0)
            ctx.set(array.valid, running)
            # The entry of PE row p is on `a` p cycles after load; its value is the number of the pass, its index 0.
            entry = 1 + number if running and column < config.pe_rows else 0
            ctx.set(Value.cast(array.a), entry | entry << 9)
            # Column k of B: every element k + 1, numbered over both passes.
            ctx.set(Value.cast(array.b), (cycle + 1 if running else 0) * 0x01010101)
            await ctx.tick()

    samples = record(array, bench)
    last = 2 * columns + config.latency + 1
    two = "{} {}".format

    def sums(value: int) -> str:
        return two(value & 0xFFFFFFFF, value >> 32)

    lanes = [
        Lane("load", "load"), Lane("entries a", "a", lambda v: f"tile {v & 0xFF}" if v else "-"),
        Lane("valid", "valid"), Lane("column of b", "b", lambda v: f"b{v & 0xFF}", "valid"), None,
        Lane("PE row 0: load", "row_0.load"), Lane("PE row 1: load", "row_1.load"),
        Lane("PE (0,0) sum", "row_0.pe_0.c_out", str), Lane("PE (1,0) sum", "row_1.pe_0.c_out", str),
        Lane("PE (1,1) sum", "row_1.pe_1.c_out", str), None,
        Lane("c_valid", "c_valid"), Lane("c_out", "c_out", sums, "c_valid"),
    ]
    return diagram("Load and skew, 2 x 2 PEs, two passes", lanes, samples, range(1, last + 2))


def stream_stall() -> dict[str, Any]:
    """Five blocks through a TASD unit while its source and its sink stall."""
    unit = TASDUnit(TASDUnit.Config.parse({"m": 4, "width": 8, "style": "rank"}))
    offers, accepts = [1, 1, 0, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 1, 1, 1, 1]

    async def bench(ctx: Any) -> None:
        await ctx.tick()
        number = 1  # block k holds the value k, as its first element
        for offer, accept in zip(offers, accepts, strict=True):
            ctx.set(unit.i.valid, offer)
            ctx.set(unit.i.payload.block[0], number)
            ctx.set(unit.i.payload.marks, 1)
            ctx.set(unit.o.ready, accept)
            _, _, ready = await ctx.tick().sample(unit.i.ready)
            number += offer and ready

    samples = record(unit, bench)

    def name(value: int) -> str:
        return f"block {value & 0xFF}"

    lanes: list[Lane | None] = []
    for stream in "io":
        lanes += [Lane(f"{stream}.valid", f"{stream}__valid"), Lane(f"{stream}.ready", f"{stream}__ready"),
                  Lane(f"{stream}.payload", f"{stream}__payload", name, f"{stream}__valid"), None]
    return diagram("A stream with stalls: TASD unit, latency 1", lanes[:-1], samples, range(1, 1 + len(offers)))


def descriptor_life() -> dict[str, Any]:
    """One descriptor from its first word on AXI4-Lite to the interrupt: K = 4, one tile of 4 x 2."""
    config = CoreConfig.preset("tiny-n:2")
    core = TensorCore(config)
    ports = CorePorts(core)
    a = Operand.compress(np.arange(1, 17).reshape(4, 4) % 5, (1,), config)
    step, = plan(a, np.arange(8).reshape(4, 2), config)

    async def host(ctx: Any) -> None:
        await ctx.tick()
        await ports.write(ctx, "IRQ_ENABLE", 1)
        await ctx.tick().repeat(2)
        word = step.job.pack()
        for k in range(DESCRIPTOR_WORDS):
            await ports.write(ctx, f"DESCRIPTOR{k}", word >> 32 * k & 0xFFFFFFFF)
        await ctx.tick().until(core.irq)
        await ctx.tick().repeat(2)

    async def send_a(ctx: Any) -> None:
        await ports.send(ctx, "a", step.a)

    async def send_b(ctx: Any) -> None:
        await ports.send(ctx, "b", step.b)

    async def receive(ctx: Any) -> None:
        ctx.set(core.m_axis_c_tready, 1)

    samples = record(core, host, send_a, send_b, receive)
    offsets = {register.offset: register.name for register in registers(config)}
    writes = zip(samples["s_axil_awvalid"], samples["s_axil_awaddr"], strict=True)
    first = next(cycle for cycle, (valid, address) in enumerate(writes) if valid and offsets[address] == "DESCRIPTOR0")
    lanes: list[Lane | None] = [
        Lane("s_axil_awvalid", "s_axil_awvalid"),
        Lane("s_axil_awaddr", "s_axil_awaddr", lambda v: offsets[v].replace("DESCRIPTOR", "D"), "s_axil_awvalid"), None]
    for stream in ("s_axis_a", "s_axis_b", "m_axis_c"):
        lanes += [Lane(f"{stream}_{part}", f"{stream}_{part}") for part in ("tvalid", "tready", "tlast")]
        lanes.append(None)
    lanes.append(Lane("irq", "irq"))
    return diagram("A descriptor, from its first word to the interrupt", lanes, samples,
                   range(first - 1, len(samples["irq"])))


DIAGRAMS: dict[str, Callable[[], dict[str, Any]]] = {
    "array-load": array_load,
    "stream-stall": stream_stall,
    "descriptor-life": descriptor_life,
}

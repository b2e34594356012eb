"""The AXI ports of a tensor core, driven in Amaranth's simulator."""

from collections.abc import Sequence
from typing import Any

from tamis.hdl.core.core import TensorCore
from tamis.hdl.core.registers import registers

__all__ = ["CorePorts"]


class CorePorts:
    """Register writes over AXI4-Lite and frames on an AXI4-Stream of `core`."""

    def __init__(self, core: TensorCore) -> None:
        self._core = core
        self._offsets = {register.name: register.offset for register in registers(core.config)}

    async def write(self, ctx: Any, name: str, value: int) -> None:
        """Write the register `name`; returns when the core has responded."""
        core = self._core
        ctx.set(core.s_axil_awaddr, self._offsets[name])
        ctx.set(core.s_axil_wdata, value)
        ctx.set(core.s_axil_wstrb, 0b1111)
        ctx.set(core.s_axil_bready, 1)
        waiting = [(core.s_axil_awvalid, core.s_axil_awready), (core.s_axil_wvalid, core.s_axil_wready)]
        for valid, _ in waiting:
            ctx.set(valid, 1)
        responded = False
        while waiting or not responded:
            *readies, response = (await ctx.tick().sample(*(ready for _, ready in waiting), core.s_axil_bvalid))[2:]
            for (valid, _), ready in zip(waiting, readies, strict=True):
                if ready:
                    ctx.set(valid, 0)
            waiting = [pair for pair, ready in zip(waiting, readies, strict=True) if not ready]
            responded = responded or bool(response)

    async def send(self, ctx: Any, stream: str, chunks: Sequence[bytes]) -> None:
        """Send each chunk as a frame on stream "a" or "b"."""
        tdata, tkeep, tlast, tvalid, tready = (
            getattr(self._core, f"s_axis_{stream}_{part}") for part in ("tdata", "tkeep", "tlast", "tvalid", "tready"))
        width = len(tdata) // 8
        for chunk in chunks:
            for at in range(0, len(chunk), width):
                beat = chunk[at:at + width]
                ctx.set(tdata, int.from_bytes(beat, "little"))
                ctx.set(tkeep, (1 << len(beat)) - 1)
                ctx.set(tlast, at + width >= len(chunk))
                ctx.set(tvalid, 1)
                await ctx.tick().until(tready)
        ctx.set(tvalid, 0)

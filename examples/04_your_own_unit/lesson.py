"""Lesson 4: a unit of your own, outside the package, from its golden function to checked Verilog and its cost.

The unit gives the largest magnitude of each block, which is the scale of a block in a shared-scale number format. Run
the lesson from the top of the repository: python examples/04_your_own_unit/lesson.py
"""

import random
import tempfile
from typing import Annotated, Any

import numpy as np
from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.sim import Simulator
from pydantic import Field

from tamis import generate, measure
from tamis.hdl.emit import kinds
from tamis.hdl.units.unit import Unit, UnitConfig, Width


# 1. The golden function says every output bit. It is numpy, and knows nothing of hardware.
def scales(blocks: np.ndarray) -> np.ndarray:
    """The largest magnitude of each block: blocks (n, M) integers, returns (n,)."""
    return np.abs(blocks).max(-1)


# 2. The configuration: validated fields, and the layout of the two streams.
class ScaleConfig(UnitConfig):
    """A block scale unit.

    Attributes
    ----------
    m : int
        Elements of a block, 2 to 32.
    width : int
        Bits of an element, 2 to 16, two's complement.
    """

    m: Annotated[int, Field(strict=True, ge=2, le=32)] = 4
    width: Width = 8

    @property
    def latency(self) -> int:
        return 1

    @property
    def input_layout(self) -> StructLayout:
        return StructLayout({"block": ArrayLayout(signed(self.width), self.m)})

    @property
    def output_layout(self) -> StructLayout:
        return StructLayout({"scale": self.width})


# 3. The component: a tree of maxima in front of one register.
class ScaleUnit(Unit):
    """Largest magnitude of each block.

    Parameters
    ----------
    config : ScaleConfig

    Members
    -------
    i : In(stream of {block})
    o : Out(stream of {scale})
    """

    kind = "block-scale"
    Config = ScaleConfig

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        width = self.config.width
        level = []
        for k in range(self.config.m):
            element, size = self.i.payload.block[k], Signal(width, name=f"size_{k}")
            m.d.comb += size.eq(Mux(element[-1], -element, element))
            level.append(size)
        while len(level) > 1:
            pairs = [level[k:k + 2] for k in range(0, len(level), 2)]
            level = [Mux(pair[0] > pair[-1], pair[0], pair[-1]) for pair in pairs]
        valid, scale = Signal(), Signal(width, reset_less=True)
        m.d.comb += [self.o.valid.eq(valid), self.o.payload.scale.eq(scale), self.i.ready.eq(~valid | self.o.ready)]
        with m.If(self.i.ready):
            m.d.sync += [valid.eq(self.i.valid), scale.eq(level[0])]
        return m


# 4. The test: random blocks and extremes, stalls on both sides; every beat must be golden's.
def received(unit: ScaleUnit, blocks: np.ndarray, seed: int) -> list[int]:
    """What the simulated unit gives for these blocks."""
    stall, beats = random.Random(seed), []

    async def send(ctx: Any) -> None:
        for block in blocks:
            while stall.random() < 0.3:
                await ctx.tick()
            ctx.set(unit.i.payload, {"block": [int(x) for x in block]})
            ctx.set(unit.i.valid, 1)
            await ctx.tick().until(unit.i.ready)
            ctx.set(unit.i.valid, 0)

    async def receive(ctx: Any) -> None:
        while len(beats) < len(blocks):
            ready = stall.random() < 0.7
            ctx.set(unit.o.ready, ready)
            _, _, valid, payload = await ctx.tick().sample(unit.o.valid, unit.o.payload.scale)
            if valid and ready:
                beats.append(payload)

    simulator = Simulator(unit)
    simulator.add_clock(1e-9)
    simulator.add_testbench(send)
    simulator.add_testbench(receive)
    simulator.run()
    return beats


def main() -> None:
    config = ScaleConfig.parse({"m": 4, "width": 8})
    rng = np.random.default_rng(1)
    blocks = np.concatenate([rng.integers(-128, 128, (200, 4)), [[-128] * 4, [0] * 4, [127, -128, 0, 1]]])
    same = received(ScaleUnit(config), blocks, seed=1) == scales(blocks).tolist()
    print(f"simulation: {len(blocks)} blocks, {'all as golden says' if same else 'golden says otherwise'}")
    if not same:
        raise SystemExit(1)

    # 5. From here the unit is a kind like those of the package: Verilog, manifest and area.
    kinds.register(ScaleUnit)
    design = generate(config)
    with tempfile.TemporaryDirectory() as folder:
        names = [file.name for file in design.write(folder)]
    print(f"written: {', '.join(names)}")
    streams = [stream["name"] for stream in design.manifest["streams"]]
    print(f"manifest: latency {design.manifest['latency']}, streams {', '.join(streams)}")
    print(f"area: {measure(config).total.area:,.0f} transistors")


if __name__ == "__main__":
    main()

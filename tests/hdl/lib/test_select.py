"""hdl/lib/select.py: every index of every block size."""

import random

import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.sim import Simulator

from tamis.hdl.lib.select import select


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 31, 32])
def test_every_index(size):
    m, rng = Module(), random.Random(size)
    block = [Signal(signed(5), name=f"block_{k}") for k in range(size)]
    index = Signal(range(size)) if size > 1 else None
    element = select(m, block, index)
    assert element.shape() == signed(5)

    async def bench(ctx):
        for chosen in range(size):
            for values in ([-16] * size, [15] * size, [rng.randint(-16, 15) for _ in range(size)],
                           [-int(k == chosen) for k in range(size)], [-int(k != chosen) for k in range(size)]):
                for signal, value in zip(block, values, strict=True):
                    ctx.set(signal, value)
                if size > 1:
                    ctx.set(index, chosen)
                assert ctx.get(element) == values[chosen], f"M = {size}, index {chosen}"

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()


def test_empty_block():
    with pytest.raises(ValueError, match=r"^block must have at least one element, not \[\]$"):
        select(Module(), [], None)

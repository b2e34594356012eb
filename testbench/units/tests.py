"""The regression of a unit with streams: one cocotb test for each kind of stimulus."""

import json
import os
from pathlib import Path

import cocotb
import numpy as np

from tamis.testbench.units.bench import StreamBench
from tamis.testbench.units.stalls import patterns

BLOCKS = int(os.environ.get("TAMIS_BLOCKS", "2000"))
CHUNK = 100_000  # blocks in memory at once
SPEED = "speed.json"  # what `random` took
TESTS = ("corners", "throughput", "stalls", "resets", "random")


def _start(test):
    bench = StreamBench()
    rng = np.random.default_rng([bench.seed, TESTS.index(test)])
    ports = bench.ports
    return bench, rng, patterns(rng, len(ports.sources) + len(ports.sinks), len(ports.sources))


@cocotb.test()
async def corners(dut):
    """Directed stimulus, without stalls to the cycle, then with."""
    bench, rng, stalls = _start("corners")
    for name, given in bench.unit.corners(bench.config, rng).items():
        await bench.run(dut, [given], f"corner {name}")
        await bench.run(dut, [given], f"corner {name}, both slow", stalls=stalls["both slow"])


@cocotb.test()
async def throughput(dut):
    """Random stimulus without a stall: every beat in its cycle."""
    bench, rng, _ = _start("throughput")
    for count in (1, 2, 3, 500):
        await bench.run(dut, [bench.unit.draw(bench.config, rng, count)], f"{count} in a row")


@cocotb.test()
async def stalls(dut):
    """Random stimulus under every kind of stall."""
    bench, rng, stalls = _start("stalls")
    for name, pattern in stalls.items():
        await bench.run(dut, [bench.unit.draw(bench.config, rng, 150)], name, stalls=pattern)


@cocotb.test()
async def resets(dut):
    """Resets after every small number of cycles and at random ones, with and without stalls."""
    bench, rng, stalls = _start("resets")
    for name, pattern in {"no stalls": None, "both slow": stalls["both slow"], "bursts": stalls["bursts"]}.items():
        cuts = [*range(1, 12), *map(int, rng.integers(1, 60, 12))]
        givens = [bench.unit.draw(bench.config, rng, 60) for _ in range(len(cuts) + 1)]
        await bench.run(dut, givens, f"resets, {name}", stalls=pattern, resets=cuts)


@cocotb.test()
async def random(dut):
    """$TAMIS_BLOCKS random blocks, half of them without stalls."""
    bench, rng, stalls = _start("random")
    kinds = [None, *stalls.values()]
    done = cycles = seconds = 0
    pieces = max(2, -(-BLOCKS // CHUNK))
    for piece in range(pieces):
        count = BLOCKS // pieces + (piece < BLOCKS % pieces)
        given = bench.unit.draw(bench.config, rng, count)
        pattern = kinds[1 + piece // 2 % (len(kinds) - 1)] if piece % 2 else None
        took = await bench.run(dut, [given], f"random piece {piece} of {pieces}", stalls=pattern)
        done, cycles, seconds = done + count, cycles + took[0], seconds + took[1]
    Path(SPEED).write_text(json.dumps({"blocks": done, "cycles": cycles, "seconds": seconds}), encoding="utf-8")

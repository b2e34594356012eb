"""The core's regression, operands to results: whole GEMMs through AXI, every byte against the golden model."""

import os
from dataclasses import replace

import cocotb
import numpy as np

from tamis.golden.core import compute
from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.host.driver import Operand, Output, Step, plan
from tamis.testbench.core.bench import Bench
from tamis.testbench.core.bus import PORTS
from tamis.testbench.core.draws import draw, of_shape, table_output

DRAWS = int(os.environ.get("TAMIS_DRAWS", "4"))
STALLS = (0.15, 0.5, 0.85)
TESTS = ("random_gemms", "random_gemms_stalled", "one_port_stalled", "resets", "corner_tiles", "kept_b",
         "output_series", "overflows", "counters")


async def _gemms(bench, draws, stall=lambda number: 0.0):
    await bench.driver.identify()
    for number in range(draws):
        bench.bus.stall(stall(number))
        await bench.gemm(draw(bench.rng, bench.core), f"draw {number}")
    bench.bus.stall(0.0)
    await bench.settled("at the end")


@cocotb.test()
async def random_gemms(dut):
    """Nothing stalls but the core itself."""
    await _gemms(await Bench.started(dut, "random_gemms"), DRAWS)


@cocotb.test()
async def random_gemms_stalled(dut):
    """Every port at random, all at once; seldom, half of the time, mostly."""
    bench = await Bench.started(dut, "random_gemms_stalled")
    await _gemms(bench, DRAWS, lambda number: dict.fromkeys(PORTS, STALLS[number % len(STALLS)]))


@cocotb.test()
async def one_port_stalled(dut):
    """Each port alone, nearly always."""
    bench = await Bench.started(dut, "one_port_stalled")
    for name in PORTS:
        bench.bus.stall({name: 0.9})
        await bench.gemm(draw(bench.rng, bench.core, 2), f"{name} stalled")
    bench.bus.stall(0.0)
    await bench.settled("at the end")


@cocotb.test()
async def resets(dut):
    """A reset after any number of cycles of a GEMM, of one cycle or more; the next GEMM is right."""
    bench = await Bench.started(dut, "resets")
    rng = bench.rng
    for number, cut in enumerate([*map(int, rng.integers(1, 60, DRAWS)), *map(int, rng.integers(60, 600, 2 * DRAWS))]):
        about = f"reset {number} after {cut} cycles"
        bench.bus.stall(dict.fromkeys(PORTS, 0.3) if number % 2 else 0.0)
        work = draw(rng, bench.core, 2)
        doing = cocotb.start_soon(bench.driver.run(plan(*work[:2], bench.core, work[2])))
        await bench.bus.cycles(cut)
        doing.cancel()
        bench.coverage.hit("reset", "while busy")
        await bench.bus.reset(int(rng.integers(1, 4)))
        await bench.gemm(draw(rng, bench.core, 2), f"{about}, the one after it")
        bench.bus.stall(0.0)
        await bench.settled(about)


@cocotb.test()
async def corner_tiles(dut):
    """The least and the most columns, blocks and chunks, alone and next to each other without a pause."""
    bench = await Bench.started(dut, "corner_tiles")
    core, rng = bench.core, bench.rng
    cols, m, span = core.array.cols, core.m, core.chunk_blocks
    shapes = [(1, 1, 1), (cols, m, core.columns), (cols + 1, m + 1, min(core.columns, m)), (cols, span * m, 1),
              (cols, (span + 1) * m, 2), (2 * cols, core.b_slots * span * m, 3),
              (2 * cols, (2 * core.b_slots + 1) * span * m, 2), (3 * cols, m, core.array.pe_rows)]
    works = [of_shape(rng, core, *shape) for shape in shapes]
    steps = [step for work in works for step in plan(*work[:2], core, work[2])]
    await bench.run(steps, "all corners in a row")
    for k in rng.permutation(len(shapes)):
        await bench.gemm(of_shape(rng, core, *shapes[k]), f"I, K, J = {shapes[k]}")
    await bench.settled("at the end")


@cocotb.test()
async def kept_b(dut):
    """B kept, used again, kept for longer, given up unused; with and without stalls."""
    bench = await Bench.started(dut, "kept_b")
    core, rng = bench.core, bench.rng
    for number in range(2 * DRAWS):
        bench.bus.stall(dict.fromkeys(PORTS, 0.3) if number % 2 else 0.0)
        steps, kept = [], 0  # kept: chunks, and the blocks and columns of those that made them
        blocks = columns = 0
        for _ in range(10):
            reuse = bool(kept and rng.random() < 0.6)
            if not reuse:
                blocks = int(rng.integers(1, core.b_slots * core.chunk_blocks + 1))
                columns = int(rng.integers(1, min(core.columns, 12) + 1))
            keep = bool(rng.random() < 0.7)
            a, b, _ = of_shape(rng, core, core.array.cols, blocks * core.m, columns, output=Output())
            step, = plan(a, b, core)
            steps.append(Step(replace(step.job, b_reuse=int(reuse), b_keep=int(keep)), step.a, [] if reuse else step.b))
            kept = blocks if keep else 0
        await bench.run(steps, f"kept B, {number}")
    bench.bus.stall(0.0)
    await bench.settled("at the end")


@cocotb.test()
async def output_series(dut):
    """Every mode, and every series of up to three terms that the output makes (at most 40 of them)."""
    bench = await Bench.started(dut, "output_series")
    core, rng = bench.core, bench.rng
    m = core.m
    found = [(m,)]
    if core.encodes:
        found = [(x, y, z)[:1 + bool(y) + bool(z)] for x in range(1, m + 1) for y in range(m - x + 1)
                 for z in range(m - x - y + 1 if y else 1)]
    chosen = [found[k] for k in rng.permutation(len(found))[:40]]
    works = []
    if m <= core.columns:
        columns = m * int(rng.integers(1, min(3, core.columns // m) + 1))
        works += [(columns, table_output(rng, SERIES, terms, columns)) for terms in chosen]
    if core.encodes_sas:
        least = m.bit_length() - 1
        works += [(columns, table_output(rng, SAS, (), columns))
                  for columns in {least, least + 1, min(core.columns, 3 * m + 1)}]
    works += [(columns, Output(RAW)) for columns in (1, 3)]
    for k in rng.permutation(len(works)):
        columns, output = works[k]
        await bench.gemm(of_shape(rng, core, core.array.cols, 2 * m, columns, output=output), f"output {k}")
    await bench.settled("at the end")


@cocotb.test()
async def overflows(dut):
    """Sums beyond 32 bits, as far as a K of some chunks goes: they wrap or saturate, and are counted."""
    bench = await Bench.started(dut, "overflows")
    core = bench.core
    largest = 1 << core.array.a_width - 1 + core.array.b_width - 1
    blocks = min((1 << 31) // largest // core.m + core.chunk_blocks, 40 * core.chunk_blocks)
    a = np.full((core.array.cols, blocks * core.m), -(1 << core.array.a_width - 1))
    b = np.full((blocks * core.m, 2), -(1 << core.array.b_width - 1))
    n = max(p.n for p in core.array.patterns)
    steps = plan(Operand.compress(a, (n,), core), b, core)
    await bench.driver.write("CONTROL", 1)
    await bench.run(steps, "largest products")
    _, count = compute.tile_of(steps[0].job, steps[0].a, b, core)
    found = await bench.driver.read("OVERFLOWS")
    assert found == count, f"{bench.name('overflows')}: OVERFLOWS must be {count}, not {found}"


@cocotb.test()
async def counters(dut):
    """What is counted is what the descriptors say, whatever stalls."""
    bench = await Bench.started(dut, "counters")
    core, rng = bench.core, bench.rng
    for number in range(DRAWS):
        bench.bus.stall(dict.fromkeys(PORTS, 0.4) if number % 2 else 0.0)
        await bench.driver.write("CONTROL", 1)
        steps = await bench.gemm(draw(rng, core), f"counted {number}")
        bench.bus.stall(0.0)
        await bench.settled(f"counted {number}")
        found = await bench.driver.counters("BUSY", "PASSES", "TERMS", "TILES", "REFUSED", "MACS_LOW", "MACS_HIGH")
        want = _counts([step.job for step in steps], core)
        assert found == want, f"{bench.name(number)}: counters must be {want}, not {found}"
        assert await bench.driver.read("CYCLES") >= want["BUSY"]
    await bench.driver.write("CONTROL", 1)
    found = await bench.driver.counters("CYCLES", *want, "OVERFLOWS", "WAIT_A", "WAIT_B", "WAIT_C")
    assert not any(found.values()), f"{bench.name('cleared')}: {found}"


def _counts(jobs, core):
    """What a list of jobs does, block by block."""
    busy = passes = terms = 0
    for job in jobs:
        if job.kind:
            continue
        for first in range(0, job.blocks, core.chunk_blocks):
            blocks = min(core.chunk_blocks, job.blocks - first)
            for n in job.terms:
                tiles = len({block * n // core.array.rows for block in range(blocks)})
                busy, passes, terms = busy + tiles * job.columns, passes + tiles, terms + 1
    macs = busy * core.array.rows * core.array.cols
    return {"BUSY": busy, "PASSES": passes, "TERMS": terms, "TILES": sum(not job.kind for job in jobs), "REFUSED": 0,
            "MACS_LOW": macs & 0xFFFFFFFF, "MACS_HIGH": macs >> 32}

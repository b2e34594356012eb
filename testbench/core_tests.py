"""The core's regression under cocotbext-axi: whole GEMMs through the ports, every byte against the golden model."""

import json
import os
from pathlib import Path

import cocotb
import numpy as np

from golden.core import compute, output
from hdl.core.config import RAW, SAS, SERIES, CoreConfig
from testbench.core_bus import CoreBus
from testbench.driver import Driver, Operand, Output, plan


class Bench:
    """The simulated core that $TAMIS_MANIFEST describes."""

    def __init__(self):
        self.seed = int(os.environ["TAMIS_SEED"])
        manifest = json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8"))
        self.core = CoreConfig.parse(manifest["config"])


def expected(steps, core):
    """The bytes of each tile, by the golden model."""
    tiles, table, kept = [], None, None
    for step in steps:
        if step.job.kind:
            words = np.frombuffer(b"".join(step.b), "<i4").reshape(-1, 4)[:step.job.columns].astype(np.int64)
            table = output.Table(words[:, 0], words[:, 1], words[:, 2] & 63)
            continue
        kept = kept if step.job.b_reuse else step.b
        sums, _ = compute.tile_of(step.job, step.a, kept, core)
        if step.job.mode == RAW:
            tiles.append(output.raw_bytes(sums))
            continue
        width = core.array.a_width
        codes = output.codes(sums, table, width=width, zero_point=step.job.zero_point, relu=bool(step.job.relu))
        terms = tuple(n for n in (step.job.o0, step.job.o1, step.job.o2) if n)
        tiles.append(output.sas_bytes(codes, core.m, width) if step.job.mode == SAS
                     else output.series_bytes(codes, terms, core.m, width))
    return tiles


def a_series(rng, core):
    """Terms of A that the core may have."""
    ns = sorted(p.n for p in core.array.patterns)
    terms = [int(rng.choice(ns))]
    while len(terms) < 3 and rng.random() < 0.5:
        more = [n for n in ns if sum(terms) + n <= core.m]
        if not more:
            break
        terms.append(int(rng.choice(more)))
    return tuple(terms)


def an_output(rng, core, j):
    """An output of any mode that the core has."""
    modes = [RAW, SERIES] + [SAS] * (core.m in (2, 4, 8, 16) and core.m.bit_length() - 1 <= j <= core.columns)
    mode = int(rng.choice(modes))
    if mode == RAW:
        return Output()
    terms = (core.m,)
    if mode == SERIES and core.encodes and rng.random() < 0.7:
        first = int(rng.integers(1, core.m))
        terms = (first, *([1] if first < core.m and rng.random() < 0.5 else []))
    return Output(mode, terms if mode == SERIES else (), rng.integers(-5000, 5000, j), rng.integers(1 << 30, 1 << 31, j),
                  rng.integers(34, 44, j), bool(rng.integers(2)), int(rng.integers(-3, 4)))


def draw(rng, core, largest=3):
    """Random GEMM: (Operand, B, Output)."""
    half = 1 << (core.array.a_width - 1)
    i = int(rng.integers(1, largest * core.array.cols))
    k = int(rng.integers(1, largest * core.span * core.m))
    j = int(rng.integers(1, min(core.columns, 40) + 1))
    a = rng.integers(-half, half, (i, k))
    half = 1 << (core.array.b_width - 1)
    b = rng.integers(-half, half, (k, j))
    return Operand.compress(a, a_series(rng, core), core), b, an_output(rng, core, j)


def compare(steps, tiles, core, about):
    for number, (want, got) in enumerate(zip(expected(steps, core), tiles, strict=True)):
        assert want == got, f"{about}: tile {number}: {_first(want, got)}"


def _first(want, got):
    if len(want) != len(got):
        return f"{len(got)} bytes, must be {len(want)}"
    at = next(k for k, pair in enumerate(zip(want, got, strict=True)) if pair[0] != pair[1])
    return f"byte {at} is {got[at]:#x}, must be {want[at]:#x}"


async def _gemms(dut, stall):
    bench = Bench()
    bus = CoreBus(dut, stall=stall, seed=bench.seed)
    await bus.start()
    driver = Driver(bus, bench.core)
    await driver.identify()
    for number in range(int(os.environ.get("TAMIS_DRAWS", "4"))):
        rng = np.random.default_rng([bench.seed, number])
        a, b, out = draw(rng, bench.core)
        steps = plan(a, b, bench.core, out)
        compare(steps, await driver.run(steps), bench.core, f"seed {bench.seed}, draw {number}, {out}")


@cocotb.test()
async def random_gemms(dut):
    await _gemms(dut, 0)


@cocotb.test()
async def random_gemms_stalled(dut):
    await _gemms(dut, 0.4)



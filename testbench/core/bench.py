"""A simulated core, what it must answer, and what no test may leave behind."""

import json
import os
from pathlib import Path

import numpy as np
from cocotb.triggers import RisingEdge, SimTimeoutError, with_timeout

from tamis.golden.core import compute, format, output
from tamis.hdl.core.config import RAW, SAS, CoreConfig
from tamis.host.driver import Driver, plan
from tamis.testbench.core.bus import PERIOD_NS, CoreBus
from tamis.testbench.core.coverage import CoreCoverage

__all__ = ["Bench", "expected"]

BREACHES = ("an unknown handshake or payload", "valid fell before the beat was taken",
            "the payload changed before the beat was taken", "TKEEP of C is not the lowest bytes, all until TLAST",
            "a byte beyond TKEEP is not zero")


class Bench:
    """The core that $TAMIS_MANIFEST describes, started; seed $TAMIS_SEED."""

    def __init__(self, dut, test, bus=CoreBus):
        self.dut = dut
        self.seed = int(os.environ["TAMIS_SEED"])
        manifest = json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8"))
        self.core = CoreConfig.parse(manifest["config"])
        self.rng = np.random.default_rng([self.seed, *test.encode()])
        self.bus = bus(dut, seed=self.seed)
        self.driver = Driver(self.bus, self.core)
        self.coverage = CoreCoverage.of(self.core)

    @classmethod
    async def started(cls, dut, test, bus=CoreBus):
        """After its reset. test : the name, which with the seed decides all draws; bus : CoreBus or a subclass."""
        bench = cls(dut, test, bus)
        await bench.bus.start()
        return bench

    async def gemm(self, work, about):
        """Run (Operand, B, Output) and compare every byte; its steps."""
        steps = plan(*work[:2], self.core, work[2])
        await self.run(steps, f"{about}, {work[2]}")
        return steps

    async def run(self, steps, about, cycles=None):
        """Run steps and compare every byte; cycles: how long that may take."""
        tiles = await self.within(self.driver.run(steps), about, cycles or self.limit(steps))
        self.compare(steps, tiles, about)
        self.coverage.jobs(steps, self.bus.stalls)

    def limit(self, steps):
        """Cycles that steps take at most, under any stall of these tests."""
        beats = sum(len(chunk) for step in steps for chunk in (*step.a, *step.b)) // 4
        sums = sum(step.job.columns for step in steps) * self.core.array.cols
        return 10_000 + 30 * (beats + sums + 100 * len(steps))

    async def within(self, doing, about, cycles):
        """Its result; AssertionError if it takes longer."""
        try:
            return await with_timeout(doing, cycles * PERIOD_NS, "ns")
        except SimTimeoutError:
            raise AssertionError(f"{self.name(about)}: not done after {cycles} cycles") from None

    def name(self, about):
        return f"seed {self.seed}, {about}, {self.core.summary}"

    def compare(self, steps, tiles, about):
        """Bytes of tiles against the golden model."""
        for number, (want, got) in enumerate(zip(expected(steps, self.core), tiles, strict=True)):
            assert want == got, f"{self.name(about)}: tile {number}: {_first(want, got)}"

    async def settled(self, about):
        """The core becomes idle, nothing is left over on any stream, and no rule was broken."""
        for _ in range(1000):
            if await self.driver.read("STATUS") == 1:
                break
        else:
            raise AssertionError(f"{self.name(about)}: STATUS must become 1, is {await self.driver.read('STATUS'):#x}")
        await self.bus.cycles(30)
        assert self.bus.sink.empty() and self.bus.sink.idle(), f"{self.name(about)}: C gave more than it should"
        for name, source in self.bus.sources.items():
            assert source.idle(), f"{self.name(about)}: {name} was not taken whole"
        self.unbroken(about)

    def unbroken(self, about):
        """No rule of a handshake was broken so far."""
        seen = int(self.dut.breaches.value)
        broken = [text for k, text in enumerate(BREACHES) if seen >> k & 1]
        assert not broken, f"{self.name(about)}: {'; '.join(broken)}"

    async def edge(self):
        await RisingEdge(self.dut.clk)

CHANNEL = np.dtype([("bias", "<i4"), ("multiplier", "<i2"), ("shift", "u1"), ("zeros", "V9")])  # of a parameter table


def expected(steps, core):
    """The bytes of each tile, by the golden model."""
    tiles, table, kept = [], None, None
    for step in steps:
        if step.job.kind:
            channels = np.frombuffer(b"".join(step.b), CHANNEL)[:step.job.columns]
            table = output.Table(channels["bias"], channels["multiplier"], channels["shift"])
            continue
        kept = kept if step.job.b_reuse else format.b_blocks(step.b, step.job, core)
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


def _first(want, got):
    if len(want) != len(got):
        return f"{len(got)} bytes, must be {len(want)}"
    at = next(k for k, pair in enumerate(zip(want, got, strict=True)) if pair[0] != pair[1])
    return f"byte {at} is {got[at]:#x}, must be {want[at]:#x}"

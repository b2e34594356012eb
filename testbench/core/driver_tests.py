"""The driver on the core's RTL through buses of every kind, and through buses and cores that let it down."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cocotb

from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import CoreConfig
from tamis.host.bus import DriverError, Look
from tamis.host.driver import Driver, Operand, Step, plan
from tamis.testbench.core.bench import Bench
from tamis.testbench.core.bus import PORTS, CoreBus
from tamis.testbench.core.buses import ArmedBus, BlockingBus, Scatter
from tamis.testbench.core.draws import draw, of_shape

TESTS = ("gemms_blocking", "gemms_armed", "gemms_scatter", "refused_by_the_core", "error_before_a_run",
         "bytes_that_never_leave", "a_tile_that_never_comes", "a_receive_side_that_is_never_ready",
         "a_queue_that_stays_full", "a_tile_cut_short")
FEW = 60  # looks


async def _gemms(bench: Bench) -> None:
    """Random GEMMs, alone and in a row, more steps than the queue holds; every second one stalled."""
    core, rng = bench.core, bench.rng
    for number in range(4):
        bench.bus.stall({name: 0.3 for name in PORTS if name != "c"} if number % 2 else 0.0)
        works = [draw(rng, core) for _ in range(3)]
        works.append(of_shape(rng, core, (core.queue + 3) * core.array.cols, core.m, 3))
        await bench.run([step for a, b, out in works for step in plan(a, b, core, out)], f"in a row, {number}")
        await bench.gemm(draw(rng, core), f"alone, {number}")
    bench.bus.stall(0.0)
    await bench.settled("at the end")


@cocotb.test()
async def gemms_blocking(dut: Any) -> None:
    """`transfer` returns when its bytes have left."""
    bench = await Bench.started(dut, "gemms_blocking", BlockingBus)
    await _gemms(bench)
    assert not bench.bus.held, "bytes of an earlier step had not left"


@cocotb.test()
async def gemms_armed(dut: Any) -> None:
    """No beat of C is taken but into one armed buffer."""
    await _gemms(await Bench.started(dut, "gemms_armed", ArmedBus))


@cocotb.test()
async def gemms_scatter(dut: Any) -> None:
    """Two armed buffers, transfers in the background: two tiles are on their way at once."""
    bench = await Bench.started(dut, "gemms_scatter", Scatter)
    await _gemms(bench)
    assert bench.bus.most == 2, "no two tiles were ever on their way at once"


async def _fails(bench: Bench, driver: Driver, steps: Sequence[Step], *words: str) -> None:
    """The run raises DriverError, in one line that has all of `words`; afterwards a reset, and the core works."""
    try:
        await bench.within(driver.run(steps), "a run that must fail", 30_000)
    except DriverError as error:
        text = str(error)
    else:
        raise AssertionError("DriverError was not raised")
    assert "\n" not in text and all(word in text for word in words), f"{text!r} must have {words}"
    for port in (*bench.bus.sources.values(), bench.bus.sink):
        port.pause = False
    await bench.bus.reset()
    a, b, _ = draw(bench.rng, bench.core, 1)
    right = plan(a, b, bench.core)
    for step in right:  # by hand: the bus under test may be useless
        await bench.bus.send("a", step.a)
        await bench.bus.send("b", step.b)
        await bench.driver.enter(step.job)
        bench.compare([step], [await bench.within(bench.bus.receive(), "after the reset", 20_000)], "after the reset")


def _steps(bench: Bench, tiles: int = 2) -> list[Step]:
    """Steps with raw output, B of all columns that the core has."""
    core, rng = bench.core, bench.rng
    a = Operand.compress(rng.integers(-2, 2, (tiles * core.array.cols, core.m)), (core.array.patterns[0].n,), core)
    return plan(a, rng.integers(-2, 2, (core.m, core.columns)), core)


@cocotb.test()
async def refused_by_the_core(dut: Any) -> None:
    """A driver that believes in a larger core, on buses that wait for their bytes: ERROR ends the run at once."""
    for kind in (BlockingBus, CoreBus):
        bench = await Bench.started(dut, "refused_by_the_core", kind)
        larger = CoreConfig.parse(bench.core.model_dump() | {"columns": 2 * bench.core.columns})
        step, *_ = _steps(bench)
        b = bench.rng.integers(-2, 2, (bench.core.m, larger.columns))
        a = Operand(bench.core.array.cols, bench.core.m, (step.job.n0,), [step.a])
        await _fails(bench, Driver(bench.bus, larger), plan(a, b, larger), "step 0 of 1", "REFUSED", "code 1, columns")


@cocotb.test()
async def error_before_a_run(dut: Any) -> None:
    """What ERROR has from before is no error of this run, and is not passed over."""
    bench = await Bench.started(dut, "error_before_a_run")
    await bench.driver.enter(replace(Job(), columns=0))
    await _fails(bench, bench.driver, _steps(bench), "before the first step", "REFUSED")


@cocotb.test()
async def bytes_that_never_leave(dut: Any) -> None:
    """A blocking bus whose stream A is stuck."""
    bench = await Bench.started(dut, "bytes_that_never_leave", BlockingBus)
    bench.bus.sources["a"].pause = True
    steps = _steps(bench)
    await _fails(bench, Driver(bench.bus, bench.core, FEW), steps, "step 0 of 2",
                 f"{sum(map(len, steps[0].a))} bytes of A", f"nothing after {FEW} looks")


@cocotb.test()
async def a_tile_that_never_comes(dut: Any) -> None:
    """C is stuck."""
    bench = await Bench.started(dut, "a_tile_that_never_comes")
    bench.bus.sink.pause = True
    size = 4 * bench.core.array.cols * bench.core.columns
    await _fails(bench, Driver(bench.bus, bench.core, FEW), _steps(bench), f"tile 0, of {size} bytes",
                 f"nothing after {FEW} looks")


class NeverReady(CoreBus):
    """`arm` waits for ever."""

    async def arm(self, size: int, look: Look) -> None:
        while True:
            await look()


@cocotb.test()
async def a_receive_side_that_is_never_ready(dut: Any) -> None:
    """The limit holds in every method that waits."""
    bench = await Bench.started(dut, "a_receive_side_that_is_never_ready", NeverReady)
    await _fails(bench, Driver(bench.bus, bench.core, FEW), _steps(bench), "step 0 of 2", "a receive buffer")


@cocotb.test()
async def a_queue_that_stays_full(dut: Any) -> None:
    """More steps than the queue holds, and no byte of B arrives."""
    bench = await Bench.started(dut, "a_queue_that_stays_full")
    bench.bus.sources["b"].pause = True
    steps = _steps(bench, bench.core.queue + 20)
    await _fails(bench, Driver(bench.bus, bench.core, FEW), steps,
                 f"room in the queue of {bench.core.queue} descriptors", f"nothing after {FEW} looks")


class Short(CoreBus):
    """Loses the last bytes of C."""

    async def poll(self) -> bytes | None:
        tile = await super().poll()
        return tile and tile[:-4]


@cocotb.test()
async def a_tile_cut_short(dut: Any) -> None:
    """A tile of fewer bytes than the descriptor says."""
    bench = await Bench.started(dut, "a_tile_cut_short", Short)
    size = 4 * bench.core.array.cols * bench.core.columns
    await _fails(bench, bench.driver, _steps(bench), f"tile 0 must have {size} bytes, not {size - 4}")

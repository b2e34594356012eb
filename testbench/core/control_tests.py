"""The core's regression, control: registers, descriptors that are refused or do not fit, framing, interrupt."""

import os
from dataclasses import replace

import cocotb

from tamis.golden.core.compressed_b import sizes
from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import RAW
from tamis.hdl.core.registers import ADDRESS_BITS, COUNTERS, DESCRIPTOR_WORDS, registers
from tamis.host.driver import Output, plan
from tamis.testbench.core.bench import Bench
from tamis.testbench.core.bus import OKAY, PORTS, SLVERR
from tamis.testbench.core.draws import draw, of_shape, refused

DRAWS = int(os.environ.get("TAMIS_DRAWS", "4"))
REFUSED, OVERRUN, A_FRAMING, B_FRAMING, B_ILLEGAL = (1 << k for k in range(5))
FAULTS = {"early": "TLAST early", "late": "TLAST late", "hole": "TKEEP with a hole"}
DONE, FAILED = 1, 2  # bits of IRQ
TESTS = ("registers_read_and_written", "descriptors_refused", "queue_full", "framing", "illegal_masks",
         "interrupt")


def _raw(bench, i=None, k=None, j=None):
    """A small raw GEMM's steps, of one tile unless told otherwise."""
    core, rng = bench.core, bench.rng
    work = of_shape(rng, core, i or core.array.cols, k or int(rng.integers(1, 2 * core.chunk_blocks * core.m)),
                    j or int(rng.integers(1, 5)), output=Output(RAW))
    return plan(*work[:2], core, work[2])


@cocotb.test()
async def registers_read_and_written(dut):
    """Every address, aligned or not, read and written, with every strobe; AXI4-Lite stalled half of the time."""
    bench = await Bench.started(dut, "registers_read_and_written")
    bus, found = bench.bus, {r.offset: r for r in registers(bench.core)}
    bus.stall(dict.fromkeys(PORTS[3:], 0.3))
    for offset in bench.rng.permutation(1 << ADDRESS_BITS):
        offset = int(offset)
        response, value = await bus.try_read(offset)
        register = found.get(offset)
        assert response == (OKAY if register else SLVERR), f"read of {offset:#x}: response {response}"
        if register:
            wanted = 1 if register.name == "STATUS" else register.value or 0
            assert value == wanted, f"{register.name} must read {wanted:#x} after reset, not {value:#x}"
        if register is None or register.access == "r":
            response = await bus.try_write(offset, 0xFFFFFFFF)
            assert response == SLVERR, f"write of {offset:#x}: response {response}"
    driver = bench.driver
    offset = {r.name: r.offset for r in registers(bench.core)}
    state = 0
    for strobe in (*range(16), 15):
        value = int(bench.rng.integers(1 << 32))
        assert await bus.try_write(offset["IRQ_ENABLE"], value, strobe) == OKAY
        state = value & 3 if strobe & 1 else state
        found = await driver.read("IRQ_ENABLE")
        assert found == state, f"IRQ_ENABLE must be {state} after {value:#x}, strobe {strobe:#x}; not {found}"
    await driver.write("IRQ_ENABLE", 0)
    # A descriptor byte by byte, in any order, the last word's last.
    for _ in range(DRAWS):
        step, = _raw(bench)
        await bus.send("a", step.a)
        await bus.send("b", step.b)
        word = step.job.pack()
        for k in range(DESCRIPTOR_WORDS - 1):
            await driver.write(f"DESCRIPTOR{k}", int(bench.rng.integers(1 << 32)))
            for byte in bench.rng.permutation(4):
                noise = int(bench.rng.integers(1 << 32)) & ~(0xFF << 8 * int(byte))
                value = (word >> 32 * k) & (0xFF << 8 * int(byte))
                assert await bus.try_write(offset[f"DESCRIPTOR{k}"], value | noise, 1 << int(byte)) == OKAY
        await driver.write(f"DESCRIPTOR{DESCRIPTOR_WORDS - 1}", word >> 32 * (DESCRIPTOR_WORDS - 1))
        bench.compare([step], [await bench.within(bus.receive(), "in bytes", 20_000)], "descriptor in bytes")
    await bench.settled("at the end")


@cocotb.test()
async def descriptors_refused(dut):
    """Every code, by every cause and by random fields: flagged, counted, dropped, and the next one runs."""
    bench = await Bench.started(dut, "descriptors_refused")
    driver, core, rng = bench.driver, bench.core, bench.rng
    count, seen = 0, set()
    for number, (job, code) in enumerate(refused(rng, core, 10 * DRAWS)):
        await driver.enter(job)
        count, seen = count + 1, seen | {code}
        bench.coverage.hit("refused with code", code)
        error = await driver.read("ERROR")
        assert error == REFUSED | code << 8, f"{bench.name(job)}: ERROR must have code {code}, is {error:#x}"
        await driver.write("ERROR", error & 0xFF)
        assert await driver.read("ERROR") & 0xFF == 0
        if number % 8 == 0:
            await bench.gemm(draw(rng, core, 2), f"the one after {job}")
    assert seen >= {1, 2, 3, 4, 5}, seen  # 6 and 7: some cores only, and counted in the coverage
    assert await driver.read("REFUSED") == count
    # In a row, between legal ones, as fast as they go in; and B that was kept for another number of chunks.
    steps = _raw(bench, i=2 * core.array.cols, k=core.m)
    bad = [job for job, _ in refused(rng, core, 0)]
    other = replace(steps[1].job, blocks=core.chunk_blocks + 1)
    for step in steps:
        await bench.bus.send("a", step.a)
        await bench.bus.send("b", step.b)
    for job in (bad[0], steps[0].job, other, bad[1], steps[1].job, steps[1].job, bad[2]):
        await driver.enter(job)
    tiles = [await bench.within(bench.bus.receive(), "among refused ones", 50_000) for _ in steps]
    bench.compare(steps, tiles, "among refused ones")
    found = await driver.read("REFUSED")
    assert found == count + 5, f"{bench.name('REFUSED')}: {found}, must be {count + 5}"
    await driver.write("ERROR", REFUSED)
    await bench.settled("at the end")


@cocotb.test()
async def queue_full(dut):
    """Descriptors until no more fit; those that do not are answered with SLVERR and lost, the others are not."""
    bench = await Bench.started(dut, "queue_full")
    bus, driver, core = bench.bus, bench.driver, bench.core
    last = {r.name: r.offset for r in registers(core)}[f"DESCRIPTOR{DESCRIPTOR_WORDS - 1}"]
    for number in range(DRAWS):
        for source in bus.sources.values():
            source.pause = True
        steps = []
        while (await driver.read("STATUS")) >> 8 & 0xFF < core.queue:
            steps += _raw(bench, k=core.m, j=1)
            await bus.send("a", steps[-1].a)
            await bus.send("b", steps[-1].b)
            await driver.enter(steps[-1].job)
            assert len(steps) < 2 * core.queue + 20
        assert len(steps) >= core.queue
        assert await driver.read("ERROR") == 0
        for _ in range(1 + number):
            assert await bus.try_write(last, 0) == SLVERR
        assert await driver.read("ERROR") == OVERRUN
        bench.coverage.hit("queue full", "yes")
        assert (await driver.read("STATUS")) >> 8 & 0xFF == core.queue
        await driver.write("ERROR", OVERRUN)
        bus.stall(dict.fromkeys(PORTS[:3], 0.3 * (number % 2)))
        for source in bus.sources.values():
            source.pause = False
        tiles = [await bench.within(bus.receive(), "a full queue", 50_000) for _ in steps]
        bench.compare(steps, tiles, f"a full queue, {number}")
        bus.stall(0.0)
        await bench.settled(f"full queue {number}")
        assert await driver.read("ERROR") == 0


@cocotb.test()
async def framing(dut):
    """TLAST early, late or missing and TKEEP with holes: flagged until reset, the data taken all the same."""
    bench = await Bench.started(dut, "framing")
    bus, driver, core = bench.bus, bench.driver, bench.core
    for stream, flag in (("a", A_FRAMING), ("b", B_FRAMING)):
        bits = core.a_bits if stream == "a" else core.b_bits
        for fault in FAULTS:
            # Two chunks at least, each of more beats than one.
            step, = _raw(bench, k=2 * core.chunk_blocks * core.m, j=min(core.columns, 8))
            chunks = list(step.a if stream == "a" else step.b)
            size = bits // 8
            if fault != "late" and len(chunks[0]) <= size:
                continue  # a chunk is one beat
            keep = [[1] * len(chunk) for chunk in chunks]
            if fault == "early":
                chunks[:1], keep[:1] = [chunks[0][:size], chunks[0][size:]], [keep[0][:size], keep[0][size:]]
            elif fault == "late":
                chunks[:2], keep[:2] = [chunks[0] + chunks[1]], [keep[0] + keep[1]]
            else:
                keep[0][int(bench.rng.integers(size))] = 0
            await bus.send("b" if stream == "a" else "a", step.b if stream == "a" else step.a)
            for chunk, bits_kept in zip(chunks, keep, strict=True):
                await bus.send_frame(stream, chunk, bits_kept)
            await driver.enter(step.job)
            about = f"{stream}, {fault}"
            tile = await bench.within(bus.receive(), about, bench.limit([step]))
            bench.compare([step], [tile], about)
            bench.coverage.hit("framing", f"{stream.upper()}: {FAULTS[fault]}")
            error = await driver.read("ERROR")
            assert error == flag, f"{bench.name(about)}: ERROR must be {flag}, not {error:#x}"
            await driver.write("ERROR", flag)
            assert await driver.read("ERROR") == flag, "framing stays until reset"
            await bench.settled(about)
            await bus.reset()
            assert await driver.read("ERROR") == 0
            await bench.gemm(draw(bench.rng, core, 2), f"after {about}")


@cocotb.test()
async def illegal_masks(dut):
    """Compressed B with masks of no ones or only ones: flagged until cleared, such blocks taken as zeros."""
    bench = await Bench.started(dut, "illegal_masks")
    driver, core, rng = bench.driver, bench.core, bench.rng
    for number in range(DRAWS * bool(core.b_n)):
        (i, k, j), output = (core.array.cols, 2 * core.chunk_blocks * core.m, min(core.columns, 8)), Output(RAW)
        step, = plan(*of_shape(rng, core, i, k, j, output=output, compressed=True)[:2], core, output)
        bits = sizes(core).code_bits if number % 2 else sizes(core).mask_bits  # of a block, of all of a step
        wrong = bytearray(step.b[0])
        wrong[:-(-bits // 8)] = bytes([rng.choice([0x00, 0xFF])]) * -(-bits // 8)  # never N ones of M
        step = replace(step, b=[bytes(wrong), *step.b[1:]])
        await bench.bus.send("a", step.a)
        await bench.bus.send("b", step.b)
        await driver.enter(step.job)
        bench.compare([step], [await bench.within(bench.bus.receive(), "illegal masks", bench.limit([step]))],
                      "illegal masks")
        error = await driver.read("ERROR")
        assert error == B_ILLEGAL, f"{bench.name('illegal masks')}: ERROR must be {B_ILLEGAL}, not {error:#x}"
        bench.coverage.hit("illegal mask", "in a block" if number % 2 else "in every block")
        await driver.write("ERROR", B_ILLEGAL)
        await bench.gemm(draw(rng, core, 2), "after illegal masks")
    await bench.settled("at the end")


@cocotb.test()
async def interrupt(dut):
    """Idle again, and errors; enabled or not; level, until a one is written."""
    bench = await Bench.started(dut, "interrupt")
    driver = bench.driver

    async def line():
        await bench.bus.cycles(3)
        return int(dut.irq.value)

    async def check(pending, wire, about):
        found = await driver.read("IRQ")
        assert (found, await line()) == (pending, wire), f"{bench.name(about)}: IRQ {found}, must be {pending}"

    await check(0, 0, "after reset")
    await bench.gemm(draw(bench.rng, bench.core, 1), "without enable")
    await bench.settled("without enable")
    await check(DONE, 0, "not enabled")
    await driver.write("IRQ_ENABLE", FAILED)
    await check(DONE, 0, "the other one enabled")
    await driver.write("IRQ_ENABLE", DONE | FAILED)
    await check(DONE, 1, "enabled afterwards")
    await driver.write("IRQ", FAILED)
    await check(DONE, 1, "the other one cleared")
    await driver.write("IRQ", DONE)
    await check(0, 0, "cleared")
    steps = _raw(bench)
    for step in steps:
        await bench.bus.send("a", step.a)
        await bench.bus.send("b", step.b)
        await driver.enter(step.job)
    assert int(dut.irq.value) == 0 or await driver.read("STATUS") == 1
    bench.compare(steps, [await bench.bus.receive() for _ in steps], "awaited")
    await bench.within(_high(dut), "irq", 100)
    await check(DONE, 1, "idle again")
    await driver.write("IRQ", DONE)
    await driver.enter(Job())  # refused: idle for a cycle more
    await check((await driver.read("IRQ")) & DONE | FAILED, 1, "refused")
    await driver.write("IRQ", DONE | FAILED)
    await check(0, 0, "cleared; ERROR still has its bit")
    assert await driver.read("ERROR") & 0xFF == REFUSED
    await driver.enter(replace(Job(), columns=0))
    await check((await driver.read("IRQ")) & DONE, int((await driver.read("IRQ")) & DONE), "no bit of ERROR is new")
    await driver.write("ERROR", REFUSED)
    await driver.write("IRQ", DONE | FAILED)
    await driver.enter(Job())
    await check((await driver.read("IRQ")) & DONE | FAILED, 1, "a bit of ERROR is new again")
    await bench.bus.reset()
    bench.coverage.hit("reset", "while idle")
    await check(0, 0, "after a reset")
    names = [*COUNTERS, "ERROR", "IRQ_ENABLE"]
    assert not any((await driver.counters(*names)).values()), "reset clears counters and errors"
    await bench.settled("at the end")


async def _high(dut):
    while not int(dut.irq.value):
        await cocotb.triggers.RisingEdge(dut.irq)

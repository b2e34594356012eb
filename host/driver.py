"""Driver of the tensor core: GEMMs of any shape as descriptors and streams (docs/core.md).

A plain class over a bus: in simulation cocotbext-axi's models (`testbench.core.bus`), on a host whatever reaches the
core. `plan` pads, tiles and compresses; the driver enters descriptors as the queue has room, each followed by its
streams, and collects the tiles of C meanwhile. Operands that stay compressed go from one layer to the next as the bytes
that came out. Arguments are checked before a byte leaves, and every wait reads ERROR and ends (`Driver.run`).
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from tamis.golden.core.descriptor import Job
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.registers import CODES, DESCRIPTOR_WORDS, ERRORS, IDENTIFICATION, registers
from tamis.host import check
from tamis.host.bus import Bus, DriverError
from tamis.host.operand import CompressedB, Operand, Output
from tamis.host.plan import Step, assemble, plan
from tamis.host.sizes import c_bytes

__all__ = ["LOOKS", "Bus", "CompressedB", "Driver", "DriverError", "Operand", "Output", "Step", "assemble", "plan"]

LOOKS = 1_000_000  # about a second, where reading a register takes a microsecond


class Driver:
    """Runs steps on a core.

    Parameters
    ----------
    bus : Bus
    core : CoreConfig
    looks : int
        How often the driver looks (reads ERROR and polls for a tile) in one wait, nothing arriving, before it gives up.
    """

    def __init__(self, bus: Bus, core: CoreConfig, looks: int = LOOKS) -> None:
        self._bus, self._core, self._looks = bus, core, looks
        self._offsets = {r.name: r.offset for r in registers(core)}

    async def identify(self) -> None:
        """Compare every constant register with the configuration. Raises DriverError, one line."""
        for register in registers(self._core):
            if register.value is not None:
                found = await self.read(register.name)
                if found != register.value:
                    what = "no Tamis core" if register.value == IDENTIFICATION else "another core"
                    raise DriverError(f"{what}: {register.name} must read {register.value:#x}, not {found:#x}")

    async def read(self, name: str) -> int:
        """The register of that name."""
        return await self._bus.read(self._offsets[name])

    async def write(self, name: str, value: int) -> None:
        """Write the register of that name."""
        await self._bus.write(self._offsets[name], value)

    async def counters(self, *names: str) -> dict[str, int]:
        """{name: count}."""
        return {name: await self.read(name) for name in names}

    async def waiting(self) -> int:
        """Descriptors in the queue."""
        return await self.read("STATUS") >> 8 & 0xFF

    async def enter(self, job: Job) -> None:
        """Write a descriptor as it is, unchecked and without waiting; the core drops it if the queue is full."""
        word = job.pack()
        for k in range(DESCRIPTOR_WORDS):
            await self.write(f"DESCRIPTOR{k}", word >> 32 * k & 0xFFFFFFFF)

    async def run(self, steps: Sequence[Step]) -> list[bytes]:
        """The bytes of each tile of C.

        A run begins without B kept from before. Raises ValueError, before anything is written, if the core would refuse
        a step or its streams have the wrong length. Raises DriverError if ERROR is not zero at any moment, if a wait
        takes more than `looks` looks, or a tile has the wrong size; the core then needs a reset before its next run.
        """
        check.steps(steps, self._core)
        return await _Run(self, self._bus, self._core, self._looks, steps).tiles()

    async def gemm(self, a: Operand, b: Any, output: Output | None = None) -> "np.ndarray | Operand":
        """C = A . B on the core: (I, J) int64 if raw, else the next layer's `Operand`. Raises as `plan` and `run`."""
        output = output or Output()
        tiles = await self.run(plan(a, b, self._core, output))
        j = np.shape(b.b if isinstance(b, CompressedB) else b)[1]
        return assemble(tiles, a, j, self._core, output)


class _Run:
    """One run: the tiles so far, the sizes of those that are on their way, and what is waited for."""

    def __init__(self, driver: Driver, bus: Bus, core: CoreConfig, looks: int, steps: Sequence[Step]) -> None:
        self._driver, self._bus, self._core, self._limit, self._steps = driver, bus, core, looks, steps
        self._tiles: list[bytes] = []
        self._coming: deque[int] = deque()
        self._count, self._wait = 0, ""

    async def tiles(self) -> list[bytes]:
        await self._without_error("before the first step")
        for number, step in enumerate(self._steps):
            about = f"step {number} of {len(self._steps)}"
            size = c_bytes(step.job, self._core)
            if size:
                self._wait_for(f"{about}: a receive buffer of {size} bytes")
                await self._bus.arm(size, self._look)
                self._coming.append(size)
            self._wait_for(f"{about}: room in the queue of {self._core.queue} descriptors")
            while await self._driver.waiting() >= self._core.queue:
                await self._look()
            await self._driver.enter(step.job)
            await self._without_error(about)  # a refused descriptor takes no bytes: nothing may be sent for it
            self._wait_for(f"{about}: its {sum(map(len, step.a))} bytes of A and {sum(map(len, step.b))} of B to leave")
            await self._bus.transfer(step.a, step.b, self._look)
        self._wait_for("")
        while self._coming:
            self._wait = f"tile {len(self._tiles)}, of {self._coming[0]} bytes"
            await self._look()
        await self._without_error("after the last tile")
        return self._tiles

    def _wait_for(self, what: str) -> None:
        self._count, self._wait = 0, what

    async def _look(self) -> None:
        """Once: ERROR, and the next tile. Raises DriverError when the limit is reached."""
        await self._without_error(f"waiting for {self._wait}")
        if self._coming and (tile := await self._bus.poll()) is not None:
            self._take(bytes(tile))
            self._count = 0
            return
        self._count += 1
        if self._count >= self._limit:
            raise DriverError(f"waited for {self._wait}: nothing after {self._limit} looks, ERROR reads 0")

    def _take(self, tile: bytes) -> None:
        size = self._coming.popleft()
        if len(tile) != size:
            raise DriverError(f"tile {len(self._tiles)} must have {size} bytes, not {len(tile)}")
        self._tiles.append(tile)

    async def _without_error(self, about: str) -> None:
        error = await self._driver.read("ERROR")
        flags = [f"{name}, {text}" for bit, (name, text) in enumerate(ERRORS.items()) if error >> bit & 1]
        if not flags:  # CODE stays
            return
        if error & 1:
            code = error >> 8 & 7
            flags.append(f"code {code}, {CODES.get(code, 'unknown')}")
        raise DriverError(f"{about}: ERROR must read 0, not {error:#x}: {'; '.join(flags)}")

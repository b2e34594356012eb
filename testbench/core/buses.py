"""Buses of other kinds than `CoreBus`, each legal by `tamis.host.bus.Bus`, for tests of the driver against the RTL."""

from collections import deque
from collections.abc import Sequence

from tamis.host.bus import DriverError, Look
from tamis.testbench.core.bus import CoreBus

__all__ = ["ArmedBus", "BlockingBus", "Scatter"]


class BlockingBus(CoreBus):
    """Returns from `transfer` when the last byte has left, as a driver of a DMA that waits for its interrupt.

    `held` : whether bytes of an earlier call were still there when `transfer` was called, which must never be.
    """

    held = False

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        """Both streams at once, and wait."""
        self.held |= not all(source.idle() for source in self.sources.values())
        await super().transfer(a, b, look)
        while not all(source.idle() for source in self.sources.values()):
            await look()


class ArmedBus(BlockingBus):
    """A DMA without a queue on either side: one buffer for C, without which no beat of C is taken.

    `arm` waits until the buffer is free; the tile must have exactly the armed size.
    """

    _size: int | None = None

    def stall(self, probability: float | dict[str, float]) -> None:
        """As in CoreBus; C stays closed unless a buffer is armed."""
        super().stall(probability)
        self.sink.pause = self._size is None

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        """As in BlockingBus; what makes a tile must come after `arm`."""
        if a and self._size is None:
            raise DriverError("the operands of a tile were sent before a buffer was armed")
        await super().transfer(a, b, look)

    async def arm(self, size: int, look: Look) -> None:
        """Wait for the buffer, then let one tile in."""
        while self._size is not None:
            await look()
        self._size = size
        self.sink.pause = False

    async def poll(self) -> bytes | None:
        """The tile in the buffer."""
        tile = await super().poll()
        if tile is None:
            return None
        self.sink.pause = True
        if len(tile) != self._size or not self.sink.empty():
            raise DriverError(f"the buffer was armed for {self._size} bytes, a tile of {len(tile)} came")
        self._size = None
        return tile


class Scatter(CoreBus):
    """A DMA with queues of descriptors on both sides, two tiles of C at most; bytes leave in the background.

    `most` : tiles that were armed at once.
    """

    most = 0

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._armed: deque[int] = deque()

    async def arm(self, size: int, look: Look) -> None:
        """Wait for one of two buffers."""
        while len(self._armed) == 2:
            await look()
        self._armed.append(size)
        self.most = max(self.most, len(self._armed))

    async def poll(self) -> bytes | None:
        """The next tile."""
        tile = await super().poll()
        if tile is not None and len(tile) != self._armed.popleft():
            raise DriverError(f"a tile of {len(tile)} bytes is not of the armed size")
        return tile

"""What reaches a core: registers, two streams in, one stream out. The contract that every bus of the driver keeps."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

__all__ = ["Bus", "DriverError", "Look"]

Look = Callable[[], Awaitable[None]]


class DriverError(RuntimeError):
    """The core is not the expected one, reports an error, or does not answer in time."""


class Bus(Protocol):
    """Registers and streams of one core. Every method is awaited; the driver calls one method at a time.

    For each step the driver calls `arm` (if the step makes a tile), enters the descriptor, reads ERROR, and calls
    `transfer`. It calls `poll` only for armed tiles, in the order in which they were armed.

    A method may wait for the hardware. While it waits, it awaits `look` again and again: `look` reads ERROR, polls for
    tiles that are already armed, and raises DriverError when ERROR is not zero or the driver's limit is reached. So a
    method that awaits `look` needs no time limit of its own; a method that cannot do so (it waits inside a library)
    must have one and raise DriverError.
    """

    async def read(self, offset: int) -> int:
        """The 32-bit register at that byte offset."""

    async def write(self, offset: int, value: int) -> None:
        """Write the 32-bit register at that byte offset."""

    async def arm(self, size: int, look: Look) -> None:
        """Make the receiving side ready for one more tile of C, of exactly `size` bytes.

        May wait for a buffer until earlier tiles have arrived, and no longer: everything that they need has been handed
        to `transfer`. A bus whose receiving side is always ready does nothing.
        """

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        """Send the chunks of A and the chunks of B, TLAST at the end of each chunk.

        Both streams must be under way at the same time, since the core takes them chunk by chunk in turns. Returns when
        all bytes have left, or earlier; bytes of the next call must then follow those of this call. A step without A or
        B has an empty list.
        """

    async def poll(self) -> bytes | None:
        """The bytes of the next tile of C, or None if the tile is not there yet. Returns soon in both cases."""

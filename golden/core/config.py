"""What golden reads of a tensor core's configuration; `tamis.hdl.core.config.CoreConfig` is one that fits."""

from collections.abc import Sequence
from typing import Any, Protocol

from tamis.golden.pattern import Pattern

__all__ = ["Array", "Core"]


class Array(Protocol):
    """The array of a core: sizes in entries, widths in bits."""

    @property
    def patterns(self) -> Sequence[Pattern]:
        """The N:M that a term may have, all of one M."""

    @property
    def rows(self) -> int: ...
    @property
    def cols(self) -> int: ...
    @property
    def beta(self) -> int:
        """Rows of a PE."""

    @property
    def pe_rows(self) -> int:
        """rows / beta."""

    @property
    def latency(self) -> int:
        """Cycles from a column on the array's port to its sums."""

    @property
    def a_width(self) -> int: ...
    @property
    def b_width(self) -> int: ...
    @property
    def index_width(self) -> int:
        """Bits of an index below M."""

    @property
    def overflow(self) -> str:
        """What a sum beyond its range does: "wrap" or "saturate"."""


class Core(Protocol):
    """The fields of a core that its descriptors, streams, sums and cycles depend on."""

    @property
    def array(self) -> Array: ...
    @property
    def m(self) -> int: ...
    @property
    def chunk_blocks(self) -> int:
        """Blocks of M elements of K in a whole chunk."""

    @property
    def columns(self) -> int:
        """The largest T of a job."""

    @property
    def b_slots(self) -> int:
        """Chunks of B that the buffer holds."""

    @property
    def b_pattern(self) -> Any:
        """The Pattern of compressed B, or "none"."""

    @property
    def b_n(self) -> int:
        """N of compressed B, 0 if B comes dense only."""

    @property
    def a_bits(self) -> int: ...
    @property
    def b_bits(self) -> int: ...
    @property
    def c_bits(self) -> int: ...
    @property
    def acc_width(self) -> int: ...
    @property
    def out_lanes(self) -> int:
        """Columns of the array that leave the accumulators in a cycle."""

    @property
    def encodes(self) -> bool:
        """Whether the output stage makes N:M terms with N < M."""

    @property
    def encodes_sas(self) -> bool:
        """Whether the output stage makes SAS records."""

    @property
    def queue(self) -> int:
        """Descriptors that wait."""

"""One description of a tensor core: the array, its buffers, the output stage and the widths of its streams."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from tamis.golden.core.config import Core
from tamis.golden.pattern import Pattern
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import SAS_M, TASD_M, Config, illegal
from tamis.hdl.core.size import too_large

__all__ = ["RAW", "SAS", "SERIES", "CoreConfig"]

RAW, SERIES, SAS = range(3)  # a job's mode
OUT_LANES = 4  # unless chosen
StreamBits = Literal[32, 64, 128, 256, 512]


def _array(patterns, rows, cols, **fields):
    return {"patterns": patterns, "rows": rows, "cols": cols, **fields}


def _b_pattern(value):
    if value == "none" or isinstance(value, Pattern):
        return value
    try:
        return Pattern.parse(value)
    except (ValueError, TypeError):
        raise illegal("b_pattern must be 'none' or N:M, such as '2:4', not {value}", value=repr(value)) from None


class CoreConfig(Config):
    """A tensor core.

    Attributes
    ----------
    array : ArrayConfig
        M a power of two; operands of 4, 8 or 16 bits, signed; every N a power of two times the smallest one.
    columns : int
        The largest T, columns of B (and of a C tile) per job; a power of two, 4 to 4096.
    b_slots : int
        Chunks of B that the buffer holds, 2 to 64; a power of two.
    out_lanes : int
        Columns of the array that leave the accumulators per cycle, a power of two that divides cols; default the
        largest one up to 4 (a lane has a 32 x 16 bit multiplier). At most M where M is 4 or more.
    b_pattern : Pattern or "none"
        What a job may have B compressed as: N:M of A's M, N a power of two below M; such a block's values and its mask
        must each fit in b_bits.
    a_bits, b_bits, c_bits : 32, 64, 128, 256 or 512
        Data width of each AXI4-Stream.
    queue : int
        Descriptors that wait, 2 to 64; a power of two.

    The buffers of A, of B and of one bank of accumulators together have at most 20,971,520 bits
    (`tamis.hdl.core.size`).
    """

    presets: ClassVar[dict] = {
        "default": {"array": _array("1:8,2:8,4:8,8:8", 16, 16)},
        "vegeta-512": {"array": _array("1:8,2:8,4:8,8:8", 32, 16)},
        "small-n:4": {"array": _array("1:4,2:4,4:4", 8, 8), "b_pattern": "2:4"},
        "tiny-n:2": {"array": _array("1:2,2:2", 4, 4), "columns": 16, "b_slots": 2, "b_pattern": "1:2",
                     "a_bits": 32, "b_bits": 32, "c_bits": 32},
        "stc-2:4": {"array": _array("2:4", 16, 16), "b_pattern": "2:4"},
        "dense": {"array": _array("1:1", 16, 16)},
    }

    array: ArrayConfig = ArrayConfig.parse(presets["default"]["array"])
    columns: Annotated[int, Field(strict=True, ge=4, le=4096)] = 256
    b_slots: Annotated[int, Field(strict=True, ge=2, le=64)] = 4
    out_lanes: Annotated[int, Field(strict=True, ge=1, le=1024)] = 1
    b_pattern: Annotated[Pattern | Literal["none"], BeforeValidator(_b_pattern), PlainSerializer(str)] = "none"
    a_bits: StreamBits = 64
    b_bits: StreamBits = 512
    c_bits: StreamBits = 128
    queue: Annotated[int, Field(strict=True, ge=2, le=64)] = 8

    @classmethod
    def with_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The core's own patterns, and the output lanes that fit the array's columns."""
        default = cls.model_fields["array"].default
        if isinstance(data.get("array"), dict):  # what it does not say is the core's default, not an array's
            data["array"] = {"patterns": default.patterns} | data["array"]
        array = data.get("array", default)
        if data.get("out_lanes") is None and isinstance(array, dict | ArrayConfig):
            array = ArrayConfig.model_validate(array)
            data["out_lanes"] = min(array.cols & -array.cols, OUT_LANES)
        return data

    @model_validator(mode="after")
    def _fits(self):
        array = self.array
        if array.m & (array.m - 1):
            raise illegal("array must have a power of two as M, not '{p}'", p=array.pattern_text)
        for field in ("a_width", "b_width"):
            if getattr(array, field) not in (4, 8, 16):
                raise illegal("array must have {field} 4, 8 or 16, not {bits}", field=field, bits=getattr(array, field))
        if not (array.a_signed and array.b_signed):
            raise illegal("array must have signed operands, not a_signed {a}, b_signed {b}",
                          a=array.a_signed, b=array.b_signed)
        for p in array.patterns:
            if (p.n // array.rows_per_block) & (p.n // array.rows_per_block - 1) or p.n % array.rows_per_block:
                raise illegal("array must have N that are powers of two times the smallest, not '{p}'",
                              p=array.pattern_text)
            if not _power_ratio(array.beta, p.n):
                raise illegal("array must have a beta = {beta} that is a power of two times N or N that of it, not "
                              "'{p}'", beta=array.beta, p=str(p))
        if not (_is_power(array.cols) and _is_power(self.chunk_blocks)):
            raise illegal("array must have powers of two as cols and as rows / rows_per_block, not {cols} and {blocks}",
                          cols=array.cols, blocks=self.chunk_blocks)
        if self.chunk_blocks < 2:
            raise illegal("array must have rows of at least twice the N that its patterns share, {n}, not {rows}",
                          n=array.rows_per_block, rows=array.rows)
        if array.acc_width < array.acc_width_for(array.rows):
            raise illegal("array must have acc_width of at least {need} for the sums of {rows} rows, not {acc}",
                          need=array.acc_width_for(array.rows), rows=array.rows, acc=array.acc_width)
        for field in ("columns", "b_slots", "queue"):
            if getattr(self, field) & (getattr(self, field) - 1):
                raise illegal("{field} must be a power of two, not {value}", field=field, value=getattr(self, field))
        self._fits_b_pattern()
        if array.cols % self.out_lanes:
            raise illegal("out_lanes must divide cols = {cols}, not {lanes}", cols=array.cols, lanes=self.out_lanes)
        if self.out_lanes & (self.out_lanes - 1):
            raise illegal("out_lanes must be a power of two, not {lanes}", lanes=self.out_lanes)
        if 4 <= array.m < self.out_lanes:
            raise illegal("out_lanes must be at most M = {m}, not {lanes}", m=array.m, lanes=self.out_lanes)
        if (why := too_large(self)) is not None:
            raise illegal("{why}", why=why)
        return self

    def _fits_b_pattern(self):
        if not self.b_n:
            return
        n, m = self.b_n, self.b_pattern.m
        if m != self.m or n == m or not _is_power(n):
            raise illegal("b_pattern must be 'none' or N:{m} with N a power of two below {m}, not '{p}'", m=self.m,
                          p=str(self.b_pattern))
        if n * self.array.b_width > self.b_bits:
            raise illegal("b_pattern must have N values of {width} bits in a beat of {bits}, not '{p}'",
                          width=self.array.b_width, bits=self.b_bits, p=str(self.b_pattern))

    @property
    def m(self):
        return self.array.m

    @property
    def b_n(self):
        """N of compressed B, 0 if B comes dense only."""
        return 0 if self.b_pattern == "none" else self.b_pattern.n

    @property
    def chunk_blocks(self):
        """M-blocks of K in a whole chunk."""
        return self.array.blocks

    @property
    def blocks_per_beat(self):
        """Blocks of M codes that the output stage makes in a cycle."""
        return max(1, self.out_lanes // self.m)

    @property
    def encodes(self):
        """Whether the output stage makes N:M terms with N < M."""
        return self.m in TASD_M

    @property
    def encodes_sas(self):
        """Whether the output stage makes SAS records."""
        return self.m in SAS_M

    @property
    def slot_words(self):
        """PE-row words of A in a chunk whose terms keep M of M."""
        return self.m // self.array.rows_per_block * self.array.pe_rows

    @property
    def acc_width(self):
        """Bits of an accumulator."""
        return 32

    def passes(self, n, blocks):
        """Passes of a term N over a chunk of that many blocks."""
        return -(-blocks * n // self.array.rows)

    def record_bits(self, terms):
        """Bits of one block of A on the stream, the terms' N given: a power of two, at least 8."""
        used = sum(self.entry_bits(n) * n for n in terms)
        return max(8, 1 << (used - 1).bit_length())

    def entry_bits(self, n):
        """Bits of one entry; a term that keeps all M has no indices."""
        return self.array.a_width + (0 if n == self.m else self.array.index_width)

    @property
    def slug(self):
        """Part of a module's name."""
        return f"m{self.m}_{self.array.rows}x{self.array.cols}"

    @property
    def macs(self):
        return self.array.macs

    @property
    def summary(self):
        """One line for a person."""
        return (f"{self.array.summary}; {self.columns} columns, {self.b_slots} chunks of B, "
                f"{f'B dense or {self.b_pattern}, ' * bool(self.b_n)}"
                f"{self.out_lanes} output lanes, streams {self.a_bits}/{self.b_bits}/{self.c_bits}")


def _is_power(x):
    return x & (x - 1) == 0


def _power_ratio(a, b):
    return max(a, b) % min(a, b) == 0 and _is_power(max(a, b) // min(a, b))


def _is_what_golden_reads(config: CoreConfig) -> Core:
    """The type checker holds CoreConfig to golden's protocol here."""
    return config

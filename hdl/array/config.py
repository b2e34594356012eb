"""The configuration of the N:M systolic array, and its named presets."""

import math
from functools import reduce
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from tamis.golden import array
from tamis.golden._check import pattern as as_pattern
from tamis.golden.pattern import Pattern
from tamis.hdl.array.size import LARGEST_INPUTS, LARGEST_LINE, LARGEST_SKEW, input_bits, skew_lines
from tamis.hdl.config import Config, ConfigError, Count, PatternField, Width, illegal, patterns_of

__all__ = ["ArrayConfig"]

LARGEST_ALPHA = 16
LARGEST_BETA = 4


class ArrayConfig(Config):
    """An N:M structured-sparse weight-stationary systolic array for C[I,J] = A[I,K] . B[K,J], A the N:M operand.

    Attributes
    ----------
    patterns : tuple of Pattern
        N:M patterns of A, all of one M (1 to 32), such as 2:4 or 1:8,2:8,4:8; 1:1 is dense. Every N divides rows.
    rows : int
        MACs along K (compressed), 1 to 1024. The bits of inputs and skew registers bound rows x cols further.
    cols : int
        MACs along I, 1 to 1024.
    alpha : int
        Columns of a PE, which share a block register; divides cols; by default the largest divisor up to 16.
    beta : int
        Rows of a PE, which it reduces; divides rows; by default the largest divisor up to 4.
    a_width : int
        Bits of A, 2 to 16.
    a_signed : bool
        Two's complement or unsigned A.
    b_width : int
        Bits of B, 2 to 16.
    b_signed : bool
        Two's complement or unsigned B.
    acc_width : int
        Bits of a partial sum, 4 to 48; a partial sum is signed unless both operands are unsigned.
    overflow : "wrap" or "saturate"
        What a partial sum does beyond its range, once for every PE row.
    safe_k : int or None
        Refuse an acc_width that a reduction over this many dense elements could overflow.
    pipeline : "none", "select", "multiply" or "both"
        Registers in a PE: after the element select (M above 1), after the products' carry-save tree, or both; each
        adds a cycle of latency.
    """

    presets: ClassVar[dict] = {
        "default": {},
        "stc-2:4": {"patterns": "2:4"},
        "vegeta-n:8": {"patterns": "1:8,2:8,4:8"},
        "vegeta-512": {"patterns": "1:8,2:8,4:8", "rows": 32, "cols": 16},
        "dense": {"patterns": "1:1"},
        "small-n:4": {"patterns": "1:4,2:4", "rows": 8, "cols": 8},
        "tiny-1:2": {"patterns": "1:2", "rows": 4, "cols": 4},
    }

    patterns: Annotated[tuple[PatternField, ...], BeforeValidator(patterns_of),
                        Field(min_length=1, json_schema_extra={"option": "--pattern"})] = (Pattern(2, 4),)
    rows: Count = 16
    cols: Count = 16
    alpha: Count = 1
    beta: Count = 1
    a_width: Width = 8
    a_signed: Annotated[bool, Field(json_schema_extra={"option": "--a-signed/--a-unsigned"})] = True
    b_width: Width = 8
    b_signed: Annotated[bool, Field(json_schema_extra={"option": "--b-signed/--b-unsigned"})] = True
    acc_width: Annotated[int, Field(strict=True, ge=4, le=48)] = 32
    overflow: Literal["wrap", "saturate"] = "wrap"
    safe_k: Annotated[int, Field(strict=True, ge=1)] | None = None
    pipeline: Literal["none", "select", "multiply", "both"] = "none"

    @classmethod
    def with_defaults(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Name alpha and beta in every configuration, chosen or not, so that its text says what was built."""
        for field, size, largest in (("alpha", "cols", LARGEST_ALPHA), ("beta", "rows", LARGEST_BETA)):
            count = data.get(size, cls.model_fields[size].default)
            if data.get(field) is None and isinstance(count, int):
                data[field] = max(d for d in range(1, largest + 1) if count % d == 0)
        return data

    @model_validator(mode="after")
    def _fits(self):
        if len({p.m for p in self.patterns}) > 1:
            raise illegal("patterns must share one M, not '{p}'", p=self.pattern_text)
        for p in self.patterns:
            if self.rows % p.n:
                raise illegal("rows must be a multiple of N = {n} of pattern {p}, not {rows}",
                              n=p.n, p=str(p), rows=self.rows)
        if self.rows % self.beta:
            raise illegal("beta must divide rows = {rows}, not {beta}", rows=self.rows, beta=self.beta)
        if self.cols % self.alpha:
            raise illegal("alpha must divide cols = {cols}, not {alpha}", cols=self.cols, alpha=self.alpha)
        if self.m == 1 and self.after_select:
            raise illegal("pipeline must be 'none' or 'multiply' for a dense array, which selects nothing, not "
                          "'{pipeline}'", pipeline=self.pipeline)
        if self.safe_k is not None and self.acc_width < self.acc_width_for(self.safe_k):
            raise illegal("acc_width must be at least {need} for safe_k = {k}, not {acc}",
                          need=self.acc_width_for(self.safe_k), k=self.safe_k, acc=self.acc_width)
        self._can_be_built()
        return self

    def _can_be_built(self):
        sizes = f"rows x cols = {self.rows} x {self.cols}"
        bits = input_bits(self)
        if bits > LARGEST_INPUTS:
            raise illegal("{sizes} must have at most {limit} bits of inputs, not {bits}; choose fewer rows or columns, "
                          "a smaller beta or narrower operands", sizes=sizes, limit=LARGEST_INPUTS, bits=bits)
        lines = skew_lines(self)
        if max(lines) > LARGEST_LINE:
            raise illegal("{sizes} must have at most {limit} bits in a skew register, not {bits}; choose another alpha "
                          "or beta, or fewer rows", sizes=sizes, limit=LARGEST_LINE, bits=max(lines))
        if sum(lines) > LARGEST_SKEW:
            raise illegal("{sizes} must have at most {limit} bits of skew registers, not {bits}; choose an alpha above "
                          "{alpha} or a beta above {beta}", sizes=sizes, limit=LARGEST_SKEW, bits=sum(lines),
                          alpha=self.alpha, beta=self.beta)

    def dense(self):
        """The dense twin: the same MACs, widths and PE shape with M = 1, without a register after a select."""
        return self.replace(patterns="1:1", pipeline="multiply" if self.after_multiply else "none")

    @property
    def m(self):
        return self.patterns[0].m

    @property
    def pattern_text(self):
        return ",".join(map(str, self.patterns))

    @property
    def summary(self):
        """One line for a person."""
        def operand(width, is_signed):
            return f"{'' if is_signed else 'u'}int{width}"
        return (f"{self.pattern_text}, {self.rows}x{self.cols} MACs, {operand(self.a_width, self.a_signed)} x "
                f"{operand(self.b_width, self.b_signed)} -> {operand(self.acc_width, self.acc_signed)}, "
                f"{self.overflow}, PE {self.beta}x{self.alpha}"
                + ("" if self.pipeline == "none" else f", pipeline {self.pipeline}"))

    @property
    def slug(self):
        """Part of a module's name."""
        return f"m{self.m}_{self.rows}x{self.cols}"

    @property
    def rows_per_block(self):
        """Consecutive rows that read the same block under every pattern: the greatest common divisor of the N."""
        return reduce(math.gcd, (p.n for p in self.patterns))

    @property
    def blocks(self):
        """M-element blocks of B that enter in a cycle."""
        return self.rows // self.rows_per_block

    @property
    def supported(self):
        """Every pattern that this array runs: N a multiple of `rows_per_block` that divides `rows`."""
        multiples = range(self.rows_per_block, self.m + 1, self.rows_per_block)
        return tuple(Pattern(n, self.m) for n in multiples if self.rows % n == 0)

    @property
    def pe_blocks(self):
        """Blocks that the beta rows of a PE read under every pattern."""
        return self.beta // math.gcd(self.beta, self.rows_per_block)

    @property
    def pe_rows(self):
        return self.rows // self.beta

    @property
    def pe_cols(self):
        return self.cols // self.alpha

    @property
    def macs(self):
        return self.rows * self.cols

    @property
    def after_select(self):
        return self.pipeline in ("select", "both")

    @property
    def after_multiply(self):
        return self.pipeline in ("multiply", "both")

    @property
    def stages(self):
        """Cycles that `pipeline` adds."""
        return self.after_select + self.after_multiply

    @property
    def latency(self):
        """Cycles from a column of B on the port to its column of C on the port."""
        return self.pe_rows + self.pe_cols + self.stages

    @property
    def index_width(self):
        return (self.m - 1).bit_length()

    @property
    def acc_signed(self):
        return self.a_signed or self.b_signed

    @property
    def accumulator(self) -> array.Accumulator:
        """Golden's partial sum."""
        return array.Accumulator(self.acc_width, self.acc_signed, self.overflow)

    def depth(self, pattern: Pattern | str | None = None) -> int:
        """Elements of K that a tile covers: rows M / N. `pattern` may be left out where the array has one only."""
        pattern = self._one(pattern)
        return self.rows // pattern.n * pattern.m

    def gemm(self, a: np.ndarray, b: np.ndarray, pattern: Pattern | str | None = None) -> tuple[list, list, np.ndarray]:
        """Golden's passes, outputs and C of A (I, K) . B (K, J) on this array; see `tamis.golden.array.gemm`."""
        return array.gemm(a, b, self._one(pattern), rows=self.rows, cols=self.cols, beta=self.beta,
                          rows_per_block=self.rows_per_block, accumulator=self.accumulator)

    def cycles(self, i: int, k: int, j: int, pattern: Pattern | str | None = None) -> int:
        """Cycles of an (I, K) . (K, J) GEMM on this array; see `tamis.golden.array.cycles`."""
        return array.cycles(i, k, j, self._one(pattern), rows=self.rows, cols=self.cols, alpha=self.alpha,
                            beta=self.beta, stages=self.stages)

    def ideal_cycles(self, i: int, k: int, j: int, pattern: Pattern | str | None = None) -> float:
        """Cycles if every MAC did useful work in every cycle; see `tamis.golden.array.ideal_cycles`."""
        return array.ideal_cycles(i, k, j, self._one(pattern), rows=self.rows, cols=self.cols)

    def _one(self, pattern: Pattern | str | None) -> Pattern:
        """The pattern chosen, or the only one of the array. Raises ConfigError for one that the array does not run."""
        if pattern is None and len(self.patterns) == 1:
            return self.patterns[0]
        if pattern is None or (chosen := as_pattern(pattern)) not in self.supported:
            raise ConfigError(f"pattern must be one of {', '.join(map(str, self.supported))}, not {pattern}")
        return chosen

    def acc_width_for(self, k):
        """Bits that hold any sum of k products."""
        def span(width, signed):
            return (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
        products = [x * y for x in span(self.a_width, self.a_signed) for y in span(self.b_width, self.b_signed)]
        low, high = k * min(products), k * max(products)
        if not self.acc_signed:
            return max(1, high.bit_length())
        return 1 + max(high.bit_length(), (-low - 1).bit_length() if low else 0)

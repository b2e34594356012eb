"""The N:M systolic array: sums to the bit (`multiply`), partial sums (`accumulator`), cycles (`schedule`)."""

from tamis.golden.array.accumulator import Accumulator
from tamis.golden.array.multiply import Pass, Tiling, gemm, tile
from tamis.golden.array.schedule import cycles, ideal_cycles, starts

__all__ = ["Accumulator", "Pass", "Tiling", "cycles", "gemm", "ideal_cycles", "starts", "tile"]

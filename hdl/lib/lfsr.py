"""Maximal-length linear feedback shift register that takes a whole number's worth of steps at once.

Latency: `number` is a register; after an edge with `next` it is the next one, after an edge with reset it is `seed`, so
that all lanes are one module, seeded at run time. The trick: n steps of a linear register are XOR gates only, and few,
for the taps lie high: most new bits depend on old ones alone. The stride is at least the width, so that no bit is seen
twice, and shares no factor with 2^width - 1, so that still every number but 0 comes once in 2^width - 1.
"""

import math

from amaranth.hdl import Cat, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["LFSR", "TAPS"]

TAPS = {8: (8, 6, 5, 4), 10: (10, 7), 12: (12, 11, 8, 6), 16: (16, 14, 13, 11), 20: (20, 17), 24: (24, 23, 22, 17)}


class LFSR(wiring.Component):
    """A sequence of pseudo-random numbers, each from 1 to 2^width - 1 once in a cycle.

    Parameters
    ----------
    width : int
        8, 10, 12, 16, 20 or 24.
    seed : int
        What the port `seed` holds where nothing drives it (Amaranth's simulator), 1 to 2^width - 1.

    Members
    -------
    next : In(1)
    seed : In(width)
        Read while reset is high: the number after reset. 0, which has no successor, counts as 1.
    number : Out(width)

    Attributes
    ----------
    stride : int
        Steps from one number to the next.

    Raises
    ------
    ValueError
        If a parameter is outside these.
    """

    def __init__(self, *, width, seed=1):
        if width not in TAPS:
            raise ValueError(f"width must be one of {', '.join(map(str, TAPS))}, not {width!r}")
        if not isinstance(seed, int) or not 1 <= seed < 1 << width:
            raise ValueError(f"seed must be an integer from 1 to {(1 << width) - 1}, not {seed!r}")
        self._width, self._seed = width, seed
        super().__init__({"next": In(1), "seed": In(width, init=seed), "number": Out(width)})

    @property
    def stride(self):
        return _stride(self._width)

    def elaborate(self, platform):
        m = Module()
        state = Signal(self._width, init=self._seed, reset_less=True)
        m.d.comb += self.number.eq(state)
        bits = list(state)
        for step in range(self.stride):
            new = Signal(name=f"new_{step}")
            m.d.comb += new.eq(Cat(bits[tap - 1] for tap in TAPS[self._width]).xor())
            bits = [new, *bits[:-1]]
        with m.If(ResetSignal()):
            m.d.sync += state.eq(Cat(self.seed[0] | ~self.seed.any(), self.seed[1:]))
        with m.Elif(self.next):
            m.d.sync += state.eq(Cat(bits))
        return m

    @staticmethod
    def seeds(*, width, seed, lanes):
        """[int]: seeds for parallel lanes, lane 0's as given, the others spread evenly over the cycle of numbers."""
        masks = [sum(1 << i for i in row) for row in _rows(width)]
        jump = _power(masks, ((1 << width) - 1) // lanes)
        seeds = [seed]
        for _ in range(lanes - 1):
            seeds.append(sum(((seeds[-1] & mask).bit_count() & 1) << i for i, mask in enumerate(jump)))
        return seeds


def _stride(width):
    steps = width
    while math.gcd(steps, (1 << width) - 1) > 1:
        steps += 1
    return steps


def _rows(width):
    """For each bit, the bits of the number before whose parity it is."""
    rows = [{i} for i in range(width)]
    for _ in range(_stride(width)):
        new = set()
        for tap in TAPS[width]:
            new ^= rows[tap - 1]
        rows = [new, *rows[:-1]]
    return [sorted(row) for row in rows]


def _power(masks, times):
    """The masks of a linear map applied that many times."""
    result = [1 << i for i in range(len(masks))]
    while times:
        if times & 1:
            result = _after(masks, result)
        masks = _after(masks, masks)
        times >>= 1
    return result


def _after(second, first):
    out = []
    for mask in second:
        total = 0
        for i, row in enumerate(first):
            total ^= row if mask >> i & 1 else 0
        out.append(total)
    return out

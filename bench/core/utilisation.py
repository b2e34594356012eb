"""``python -m bench.core.utilisation``: how much of the time the array works, GEMM of 256 x 256 x 512, on the RTL.

The default preset as it is; streams at full rate. Utilisation is cycles with a column of B at the array's port, of all
cycles from the first descriptor to the last beat of C. Then, by the closed form that all runs equalled, the narrowest
streams that still reach the target. Markdown on standard output.
"""

from itertools import product

import numpy as np

from bench.core.measure import forecast, measure, raw_jobs, tiled
from tamis.hdl.core.config import SERIES, CoreConfig
from tamis.host.driver import Operand, Output, plan

I, J, K = 256, 256, 512
TARGETS = {8: 0.97, 4: 0.97, 2: 0.95, 1: 0.90}
CASES = [("raw int32", 128, 8), ("raw int32", 128, 4), ("raw int32", 128, 2), ("raw int32", 64, 1),
         ("int8", 256, 2), ("int8", 256, 1)]


def steps_of(core, n, output, columns, shape=(I, K, J), seed=0):
    """A random GEMM as the driver tiles it, with tiles of so many columns."""
    i, k, j = shape
    rng = np.random.default_rng(seed)
    a = Operand.compress(rng.integers(-128, 128, (i, k)), (n,), core)
    found = Output()
    if output == "int8":
        found = Output(SERIES, (core.m,), rng.integers(-9999, 9999, j), rng.integers(1 << 14, 1 << 15, j),
                       np.full(j, 25))
    return plan(a, rng.integers(-128, 128, (k, j)), tiled(core, columns), found)


def narrowest(n, target):
    """The (A, B, C) stream bits and T of raw output that reach the target, fewest bits first, then most use."""
    found = []
    for a, b, c, columns in product((32, 64, 128, 256), (64, 128, 256, 512), (32, 64, 128, 256), (64, 128, 256)):
        core = CoreConfig.parse(CoreConfig.preset("default").model_dump() | {"a_bits": a, "b_bits": b, "c_bits": c})
        use = forecast(core, raw_jobs(tiled(core, columns), (I, K, J), (n,))).utilisation
        if use >= target:
            found.append((a + b + c, -use, (a, b, c), columns))
    _, use, bits, columns = min(found)
    return bits, columns, -use


def main():
    core = CoreConfig.preset("default")
    print(f"{core.summary}; C[{I},{J}] = A . B, K = {K}\n")
    print("| A | C | T | cycles, RTL | predicted | array busy | target | cycles/s |")
    print("|---|---|---|---|---|---|---|---|")
    for output, columns, n in CASES:
        seen = measure(core, steps_of(core, n, output, columns))
        target = f"{TARGETS[n]:.0%}" if output != "int8" else "-"
        print(f"| {n}:{core.m} | {output} | {columns} | {seen.counters['CYCLES']:,} | {seen.predicted.cycles:,} | "
              f"{seen.utilisation:.1%} | {target} | {seen.rate:,.0f} |", flush=True)
    print("\n| A | target | narrowest streams A / B / C, bits | T | array busy, predicted |")
    print("|---|---|---|---|---|")
    for n, target in TARGETS.items():
        bits, columns, use = narrowest(n, target)
        print(f"| {n}:{core.m} | {target:.0%} | {' / '.join(map(str, bits))} | {columns} | {use:.1%} |")


if __name__ == "__main__":
    main()

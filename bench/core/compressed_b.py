"""``python -m bench.core.compressed_b``: what N:M saves on B's stream where every chunk of B is used once.

A tile of 16 rows of A at 2:8, C[16,1024] = A . B, K = 512, B's stream 256 bits wide: nothing of B is kept for another
tile, so its loading sets the pace. On the RTL, every byte and cycle compared. Markdown on standard output.
"""

import numpy as np

from bench.core.measure import measure, tiled
from tamis.golden.pattern import Pattern
from tamis.hdl.core.config import CoreConfig
from tamis.host.driver import CompressedB, Operand, plan
from tamis.testbench.core.draws import pruned

I, J, K, T, BITS = 16, 1024, 512, 128, 256


def main():
    print(f"| B | beats of {BITS} bits | cycles, RTL = predicted | array busy | fewer cycles |\n|---|---|---|---|---|")
    dense = None
    for n in (8, 4, 2, 1):
        rng = np.random.default_rng(n)
        pattern = Pattern(n, 8)
        core = CoreConfig.parse(CoreConfig.preset("default").model_dump() | {
            "b_bits": BITS, "b_pattern": "none" if n == 8 else str(pattern)})
        a = Operand.compress(rng.integers(-128, 128, (I, K)), (2,), core)
        b = rng.integers(-128, 128, (K, J))
        steps = plan(a, b if n == 8 else CompressedB(pruned(b, pattern)), tiled(core, T))
        seen = measure(core, steps)
        cycles = seen.counters["CYCLES"]
        dense = dense or cycles
        beats = sum(len(chunk) for step in steps for chunk in step.b) * 8 // BITS
        print(f"| {'dense' if n == 8 else pattern} | {beats:,} | {cycles:,} | {seen.utilisation:.1%} | "
              f"{dense / cycles:.2f}x |", flush=True)


if __name__ == "__main__":
    main()

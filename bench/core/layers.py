"""``python -m bench.core.layers``: the layers of TASD's Table 4 on the default core's RTL, and in full by closed form.

Random operands of the sparsity that the paper gives: weights of sparse ResNet50 95 %. It gives none for sparse BERT nor
for activations; here 80 % and, after ReLU, half of them. Only the number of zeros that a series drops depends on it.
A layer runs whole, or cut in I (tiles of A) or J to `LIMIT` cycles, less than a minute of simulation. Every run's bytes
are golden's, and its cycles are the closed form's, which then gives the whole layers. Markdown on standard output.
"""

from dataclasses import dataclass

import numpy as np

from bench.core.measure import forecast, measure, raw_jobs, tiled
from golden import tasd
from golden.pattern import Pattern, Series
from hdl.core.config import core_preset
from model.workload import WORKLOADS
from testbench.driver import Operand, plan

LIMIT = 1_000_000  # a minute at 17,000 cycles/s
DENSE = (8,)
TILES = (64, 128, 256)  # columns of B; the best is taken


@dataclass(frozen=True)
class Case:
    """A workload, what A is, how many of A's elements are zero, and its series."""

    workload: str
    a: str
    zeros: float
    terms: tuple


CASES = [Case("resnet50", "weights", 0.95, DENSE), Case("resnet50", "weights", 0.95, (2,)),
         Case("resnet50", "weights", 0.95, (4, 1)), Case("bert", "weights", 0.8, (4,)),
         Case("resnet50-a", "activations", 0.5, (4, 1)), Case("bert-a", "activations", 0.0, (4, 1))]


def best(core, shape, terms):
    """(T, prediction) of the fewest cycles."""
    found = [(forecast(core, raw_jobs(tiled(core, t), shape, terms)), t) for t in TILES if t <= core.columns]
    prediction, t = min(found, key=lambda pair: pair[0].cycles)
    return t, prediction


def cut(core, shape, terms, limit=LIMIT):
    """The shape, of which I or J, the longer in tiles, is less if its cycles are beyond the limit; and T."""
    t, prediction = best(core, shape, terms)
    i, k, j = shape
    share = limit / prediction.cycles
    if share >= 1:
        return shape, t
    cols = core.array.cols
    if i // cols >= j // t:
        return (max(1, int(i // cols * share)) * cols, k, j), t
    return (i, k, max(1, int(j / t * share)) * t), t


def operands(shape, zeros, seed):
    """int8 A (I, K) with that share of zeros, and B (K, J)."""
    i, k, j = shape
    rng = np.random.default_rng(seed)
    a = np.where(rng.random((i, k)) < zeros, 0, rng.integers(1, 128, (i, k)) * rng.choice([-1, 1], (i, k)))
    return a, rng.integers(-128, 128, (k, j))


def run(core, case, shape, t, seed=0):
    """(Measured, share of A's non-zeros that the series drops)."""
    a, b = operands(shape, case.zeros, seed)
    lost = tasd.dropped(a, Series(tuple(Pattern(n, core.m) for n in case.terms)))[0]
    return measure(core, plan(Operand.compress(a, case.terms, core), b, tiled(core, t))), lost


def main():
    core = core_preset("default")
    print(f"{core.summary}\n")
    print("| layer, I x K x J | A | zeros | series | dropped | on the RTL | cycles, RTL | predicted | array busy "
          "| whole layer | dense | speed-up | of at most | cycles/s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        series = "+".join(f"{n}:{core.m}" for n in case.terms)
        for layer in WORKLOADS[case.workload].layers:
            shape = layer.i, layer.k, layer.j
            part, t = cut(core, shape, case.terms)
            seen, lost = run(core, case, part, t)
            whole, dense = (best(core, shape, terms)[1].cycles for terms in (case.terms, DENSE))
            print(f"| {case.workload} {layer.name}, {' x '.join(map(str, shape))} | {case.a} | {case.zeros:.0%} "
                  f"| {series} | {lost:.1%} | {'whole' if part == shape else ' x '.join(map(str, part))}, T {t} "
                  f"| {seen.counters['CYCLES']:,} | {seen.predicted.cycles:,} | {seen.utilisation:.1%} "
                  f"| {whole:,} | {dense:,} | {dense / whole:.2f}x | {core.m / sum(case.terms):.2f}x "
                  f"| {seen.rate:,.0f} |", flush=True)


if __name__ == "__main__":
    main()

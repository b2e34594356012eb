"""``python -m bench.core.layers``: the layers of TASD's Table 4, whole, on the default core's RTL.

Random operands of the sparsity that the paper gives: weights of sparse ResNet50 95 %. It gives none for sparse BERT nor
for activations; here 80 % and, after ReLU, half of them. Only the number of zeros that a series drops depends on it.
Every run's bytes are golden's, and its cycles the closed form's, which also gives those of the same layer dense.
Markdown on standard output.
"""

from dataclasses import dataclass

import numpy as np

from bench.core.measure import forecast, measure, raw_jobs, tiled
from tamis.golden import tasd
from tamis.golden.pattern import Pattern, Series
from tamis.hdl.core.config import CoreConfig
from tamis.host.driver import Operand, plan
from tamis.model.workload import WORKLOADS

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
    core = CoreConfig.preset("default")
    print(f"{core.summary}\n")
    print("| layer, I x K x J | A | zeros | series | dropped | T | cycles, RTL = predicted | array busy | dense "
          "| speed-up | of at most | cycles/s |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        series = "+".join(f"{n}:{core.m}" for n in case.terms)
        for layer in WORKLOADS[case.workload].layers:
            shape = layer.i, layer.k, layer.j
            t, _ = best(core, shape, case.terms)
            seen, lost = run(core, case, shape, t)
            cycles, dense = seen.counters["CYCLES"], best(core, shape, DENSE)[1].cycles
            print(f"| {case.workload} {layer.name}, {' x '.join(map(str, shape))} | {case.a} | {case.zeros:.0%} "
                  f"| {series} | {lost:.1%} | {t} | {cycles:,} | {seen.utilisation:.1%} | {dense:,} "
                  f"| {dense / cycles:.2f}x | {core.m / sum(case.terms):.2f}x | {seen.rate:,.0f} |", flush=True)


if __name__ == "__main__":
    main()

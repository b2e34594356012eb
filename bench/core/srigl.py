"""``python -m bench.core.srigl``: a constant fan-in layer on the condensed unit and on the core, 64 MACs each.

The same layer, value for value: every neuron keeps N of each M inputs, so it is N:M for the array and of constant
fan-in N/M for the condensed unit (SRigL, appendix F). Then one whose fan-in is constant but whose columns are anywhere:
the array needs all M of a block that happens to be full. Sums, beats and cycles are golden's on both. Markdown on
standard output.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from bench.core.measure import measure
from tamis.golden import prune, srigl, tasd
from tamis.golden.pattern import Pattern, Series
from tamis.hdl.core.config import RAW, CoreConfig
from tamis.hdl.emit import generate as emit
from tamis.hdl.units.condensed import CondensedConfig
from tamis.host.driver import Operand, Output, assemble, plan
from tamis.testbench.run import runner, simulators
from tamis.testbench.units import condensed_run

NEURONS, INPUTS, BATCHES = 256, 256, (1, 16, 256)
LANES, X_LANES = 64, 16


def structured(rng, n, m, neurons=NEURONS, inputs=INPUTS):
    """(weight, mask) of N:M, no kept value zero."""
    weight = rng.integers(1, 128, (neurons, inputs)) * rng.choice([-1, 1], (neurons, inputs))
    mask = prune.topn_mask(weight, Pattern(n, m))
    return weight * mask, mask


def anywhere(rng, fan_in):
    """(weight, mask) of constant fan-in, columns at random."""
    weight = rng.integers(1, 128, (NEURONS, INPUTS)) * rng.choice([-1, 1], (NEURONS, INPUTS))
    mask = rng.random((NEURONS, INPUTS)).argsort(axis=1).argsort(axis=1) < fan_in
    return weight * mask, mask


def lossless(weight, core):
    """The cheapest series of the core's patterns that keeps every weight."""
    ns = sorted(p.n for p in core.array.patterns)
    series = [(n,) for n in ns] + [(n, more) for n in ns for more in ns if more <= n and n + more <= core.m]
    return next(terms for terms in sorted(series, key=sum)
                if not tasd.dropped(weight, Series(tuple(Pattern(n, core.m) for n in terms)))[1])


def on_condensed(design, weight, mask, vectors):
    """Cycles from the first beat to the last sums."""
    values, columns = srigl.condense(weight, mask)[:2]
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        np.savez(Path(folder) / "condensed.npz", values=values, columns=columns, vectors=vectors)
        (outcome,) = runner.run(design, simulators.available()[0], folder,
                                tests="tamis.testbench.units.condensed_run", seed=1,
                                env={"TAMIS_JOB": folder})
        assert outcome.failure is None, outcome.failure
        return json.loads((Path(folder) / condensed_run.RESULT).read_text(encoding="utf-8"))["cycles"]


def on_core(core, weight, terms, vectors):
    """Measured; every sum is that of the dense product."""
    a = Operand.compress(weight, terms, core)
    seen = measure(core, plan(a, vectors.T, core))
    found = assemble(seen.tiles, a, len(vectors), core, Output(RAW))
    assert (found == weight @ vectors.T).all(), "not the product"
    return seen


def main():
    rng = np.random.default_rng(0)
    core = CoreConfig.preset("small-n:4")
    unit = CondensedConfig(lanes=LANES, ports=1, x_lanes=X_LANES, max_d=INPUTS, max_k=INPUTS, max_n=NEURONS)
    design = emit.generate(unit)
    print(f"{NEURONS} neurons of {INPUTS} inputs, int8; core: {core.summary}; condensed unit: {unit!r}\n")
    print("| layer | vectors | MACs / 64 | condensed unit, cycles | A on the core | core, cycles | core / condensed |")
    print("|---|---|---|---|---|---|---|")
    layers = {f"{n}:{core.m}": structured(rng, n, core.m) for n in (1, 2)}
    layers[f"fan-in {INPUTS // 4}, columns anywhere"] = anywhere(rng, INPUTS // 4)
    for name, (weight, mask) in layers.items():
        terms = lossless(weight, core)
        for batch in BATCHES:
            vectors = rng.integers(-128, 128, (batch, INPUTS))
            own, seen = on_condensed(design, weight, mask, vectors), on_core(core, weight, terms, vectors)
            print(f"| {name} | {batch} | {int(mask.sum()) * batch // LANES:,} | {own:,} "
                  f"| {'+'.join(f'{n}:{core.m}' for n in terms)} | {seen.counters['CYCLES']:,} "
                  f"| {seen.counters['CYCLES'] / own:.2f} |", flush=True)


if __name__ == "__main__":
    main()

"""Lesson 3: a quantised layer on the tensor core, through the driver that also runs on a real system.

The layer is C = A . B, then bias, scaling to int8, ReLU and pruning to 2:4. The result leaves the core as the next
layer's compressed A. Run the lesson from the top of the repository: python examples/03_layer_on_the_core/lesson.py
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from in_the_simulator import CORE, OUTPUT_TERMS

from tamis import generate
from tamis.golden import prune
from tamis.golden.core import output
from tamis.testbench.run import runner, simulators


def main() -> None:
    # 1. The layer: activations A (I, K), pruned to 2:4; weights B (K, J); for each output channel a bias, and the
    #    scale 3 / 2^9 as a multiplier and a shift.
    rng = np.random.default_rng(1)
    a = rng.integers(-128, 128, (6, 16))
    b = rng.integers(-128, 128, (16, 8))
    bias, multiplier, shift = rng.integers(-500, 500, 8), np.full(8, 3), np.full(8, 9)
    print(f"core: {CORE.array.summary}")

    # 2. The golden model says what must come out, to the bit.
    sums = np.where(prune.topn_mask(a, "2:4"), a, 0) @ b
    codes = output.codes(sums.T, output.Table(bias, multiplier, shift), width=8, relu=True).T
    expected = np.where(prune.topn_mask(codes, f"{OUTPUT_TERMS[0]}:{CORE.m}"), codes, 0)

    # 3. The same on the RTL: the simulator loads in_the_simulator.py, where the driver enters descriptors and moves
    #    bytes over AXI.
    sys.path.insert(0, str(Path(__file__).parent))
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/layer.npz", a=a, b=b, bias=bias, multiplier=multiplier, shift=shift)
        outcome, = runner.run(generate(CORE), simulators.available()[-1], folder, tests="in_the_simulator", seed=1,
                              env={"LESSON_FOLDER": folder}, waves=False)
        if outcome.failure:
            raise SystemExit(outcome.failure)
        with np.load(f"{folder}/next.npz") as file:
            found = dict(file)

    # 4. Every code of the next layer's A is golden's.
    same = np.array_equal(found["next"], expected)
    print(f"next layer's A: {expected.shape[0]} x {expected.shape[1]}, equal to golden: {same}")
    print(f"counters: {found['CYCLES']} cycles, array busy in {found['BUSY']}, {found['TILES']} tiles")
    if not same:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

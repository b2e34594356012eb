"""Lesson 1: from the name of a pattern to a systolic array that is checked, and to what it costs.

Run it from the top of the repository: python examples/01_array/lesson.py
"""

import tempfile

import numpy as np

from tamis import ArrayConfig, generate, measure
from tamis.golden import array
from tamis.testbench.run import runner, simulators


def main() -> None:
    # 1. The pattern: of every 4 consecutive weights at most 2 are not zero. The array has 4 x 4 multipliers.
    config = ArrayConfig.parse({"patterns": "2:4", "rows": 4, "cols": 4})
    print(f"array: {config.summary}")

    # 2. What it must compute. golden's gemm cuts A into tiles, keeps 2 of 4, and gives the sums to the bit. A is
    #    2:4 already (every second weight is zero), so nothing is lost against a plain product.
    rng = np.random.default_rng(1)
    a = rng.integers(-128, 128, (4, 16)) * (np.arange(16) % 2)
    b = rng.integers(-128, 128, (16, 8))
    passes, _, c = array.gemm(a, b, "2:4", rows=4, cols=4)
    print(f"golden: {len(passes)} passes, C[0, :4] = {c[0, :4].tolist()}, as A @ B: {bool((c == a @ b).all())}")

    # 3. The hardware: Verilog text, from Amaranth.
    design = generate(config)
    names = design.manifest["files"]["verilog"]
    print(f"Verilog: {sum(len(design.files[name].splitlines()) for name in names)} lines in {len(names)} files")

    # 4. The simulator plays random passes, extremes and resets, and compares every sum, and its cycle, with golden.
    with tempfile.TemporaryDirectory() as folder:
        outcomes = runner.run(design, simulators.available()[-1], folder, tests="tamis.testbench.array.tests", seed=1)
    failed = [outcome.test for outcome in outcomes if outcome.failure]
    print(f"simulation: {len(outcomes)} tests, {len(failed)} failed")
    if failed:
        raise SystemExit(1)

    # 5. What it costs beside the dense array of the same size, which needs twice the cycles for this A.
    sparse, dense = (measure(c).total.area for c in (config, config.replace(patterns="1:1")))
    print(f"area: {sparse:,.0f} transistors, dense {dense:,.0f}: {sparse / dense:.2f} times")


if __name__ == "__main__":
    main()

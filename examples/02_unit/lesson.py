"""Lesson 2: one unit of the sparsity hardware, held to golden.

A TASD unit takes blocks of 4 numbers and gives each block's largest first, so that the terms of a series such as
"2:4+1:4" can be cut off one after the other. Run it from the top: python examples/02_unit/lesson.py
"""

import tempfile

import numpy as np

from tamis import generate
from tamis.golden import tasd
from tamis.golden.units import tasd as unit
from tamis.hdl.units.tasd import TASDConfig
from tamis.testbench.run import runner, simulators


def main() -> None:
    # 1. The algorithm: a tensor as a sum of N:M terms and a residual that no term kept.
    block = np.array([[3, -7, 2, 5]])
    terms, residual = tasd.decompose(block, "2:4+1:4")
    parts = " + ".join(str(term[0].tolist()) for term in terms)
    print(f"{block[0].tolist()} = {parts}, residual {residual[0].tolist()}")

    # 2. The same block as the unit gives it. The series reaches the unit as marks: bit p is set where a term ends.
    marks = unit.marks("2:4+1:4", 4)
    values, indices, left = unit.ranked(block, marks)
    print(f"marks {marks:04b}: values {values[0].tolist()} of places {indices[0].tolist()}, residual: {bool(left[0])}")

    # 3. The hardware, played at with random blocks, with stalls on both sides and with resets in between. Every beat
    #    must be golden's, and without stalls in golden's cycle.
    design = generate(TASDConfig.parse({"m": 4, "width": 4}))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = runner.run(design, simulators.available()[-1], folder, tests="tamis.testbench.units.tests", seed=1,
                              env={"TAMIS_BLOCKS": "300"}, waves=False)
    for outcome in outcomes:
        print(f"{outcome.test}: {outcome.failure or 'as golden says'}")
    if any(outcome.failure for outcome in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

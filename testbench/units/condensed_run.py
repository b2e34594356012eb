"""Inside the simulator: the vectors of $TAMIS_JOB/condensed.npz through a condensed unit, cycles to condensed.json.

`tamis.testbench.units.bench` compares every sum, beat and cycle with golden.
"""

import json
import os
from pathlib import Path

import cocotb
import numpy as np

from tamis.testbench.units.adapters.condensed import Job, given_of
from tamis.testbench.units.bench import StreamBench

RESULT = "condensed.json"


@cocotb.test()
async def condensed_run(dut):
    bench = StreamBench()
    folder = Path(os.environ["TAMIS_JOB"])
    with np.load(folder / "condensed.npz", allow_pickle=False) as file:
        values, columns, vectors = (file[name] for name in ("values", "columns", "vectors"))
    jobs = [Job(values, columns, x, {}) for x in vectors]
    given = given_of(bench.config, np.random.default_rng(bench.seed), jobs)
    cycles, seconds = await bench.run(dut, [given], "layer")
    (folder / RESULT).write_text(json.dumps({"cycles": cycles, "rate": cycles / seconds}), encoding="utf-8")

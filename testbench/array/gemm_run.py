"""A whole GEMM on the simulated array: operands from $TAMIS_JOB/operands.npz, the RTL's sums to result.npz."""

import os
from pathlib import Path

import cocotb
import numpy as np

from tamis.golden.pattern import Pattern
from tamis.testbench.array.bench import ArrayBench
from tamis.testbench.array.scenarios import Scenario, back_to_back


@cocotb.test()
async def gemm_run(dut):
    bench = ArrayBench()
    config = bench.config
    folder = Path(os.environ["TAMIS_JOB"])
    with np.load(folder / "operands.npz", allow_pickle=False) as job:
        a, b, pattern = job["a"], job["b"], Pattern.parse(str(job["pattern"]))
    passes, _, _ = config.gemm(a, b, pattern)
    scenario = Scenario(passes, back_to_back(config, passes))
    at, sums, rate = await bench.run(dut, scenario, np.random.default_rng(bench.seed), "GEMM")
    # Each I tile's sums are complete after its last K tile.
    i_tiles = -(-len(a) // config.cols)
    c = sums.reshape(i_tiles, -1, b.shape[1], config.cols)[:, -1].transpose(0, 2, 1).reshape(-1, b.shape[1])[:len(a)]
    np.savez(folder / "result.npz", c=c, cycles=at[-1] - scenario.starts[0] + 1, compared=sums.size, rate=rate)

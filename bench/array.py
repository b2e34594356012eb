"""The array's figures: `python -m bench.array`. Prints a Markdown table; bench/array.md keeps one, with its machine.

Wall-clock seconds are those of this machine in this run; cycles, bytes and areas are the same everywhere.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit.generate import generate
from tamis.synth.flow import measure
from tamis.synth.target import select
from tamis.testbench.run import runner, simulators

LARGE = ArrayConfig.parse({"patterns": "1:8,2:8,4:8", "rows": 64, "cols": 64})
DEFAULT = ArrayConfig.parse({})


def generation():
    """Seconds of a new process that writes the 64x64 array, less an empty one's import; and kB."""
    code = (f"import time; from tamis.hdl.config import ArrayConfig; from tamis.hdl.emit.generate import generate\n"
            f"c = ArrayConfig.parse({LARGE.model_dump(mode='json')!r}); t = time.perf_counter(); d = generate(c)\n"
            "print(time.perf_counter() - t, sum(len(d.files[f]) for f in d.manifest['files']['verilog']))")
    runs = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
            for _ in range(5)]
    return sorted(float(seconds) for seconds, _ in runs)[2], int(runs[0][1]) / 1000


def report_seconds():
    design = generate(LARGE)
    with tempfile.TemporaryDirectory() as scratch:
        design.write(scratch)
        sources = [Path(scratch) / file for file in design.manifest["files"]["verilog"]]
        started = time.perf_counter()
        measure(sources, design.manifest["top"], select("uniform"), flatten=False, cache=False)
        return time.perf_counter() - started


def gemm(i, k, j, config=DEFAULT):
    """{"cycles", "rate"} of a random GEMM on the simulated RTL, every value compared with golden."""
    rng = np.random.default_rng(1)
    pattern = config.patterns[0]
    design, simulator = generate(config), simulators.Verilator()
    with tempfile.TemporaryDirectory() as scratch:
        np.savez(Path(scratch) / "operands.npz", a=rng.integers(-128, 128, (i, k), np.int8),
                 b=rng.integers(-128, 128, (k, j), np.int8), pattern=str(pattern))
        outcome, = runner.run(design, simulator, scratch, tests="tamis.testbench.array.gemm_run", seed=1,
                              env={"TAMIS_JOB": scratch})
        assert outcome.failure is None, outcome.failure
        with np.load(Path(scratch) / "result.npz") as result:
            return {"cycles": int(result["cycles"]), "rate": float(result["rate"])}


def main():
    def row(what, measured, reach):
        print(f"| {what} | {measured} | {reach} |", flush=True)

    print("| what | measured | reach |\n|---|---|---|")
    seconds, size = generation()
    row("Verilog for 64x64, M=8", f"{seconds:.1f} s (median of 5), {size:.0f} kB", "3 s, under 500 kB")
    row("synth report, 64x64, M=8, uniform", f"{report_seconds():.1f} s", "30 s")
    small = gemm(64, 64, 64)
    predicted, ideal = DEFAULT.cycles(64, 64, 64), DEFAULT.ideal_cycles(64, 64, 64)
    row("64x64x64 GEMM at 2:4 on 16x16, cycles", f"{small['cycles']} (predicted {predicted}, ideal {ideal:.0f})",
        "558, equal to the prediction")
    rates = sorted(gemm(64, 64, 4096)["rate"] for _ in range(3))
    row("16x16 under Verilator through cocotb, 2:4", f"{rates[1]:,.0f} cycles/s (median of 3: "
        f"{json.dumps([round(rate) for rate in rates])})", "15,000 cycles/s")


if __name__ == "__main__":
    main()

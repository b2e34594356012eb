"""``python -m bench.clock FILE.lib``: the clock of arrays and of the output stage on standard cells, as Markdown.

Mapped for a period of 3 ns, timed by OpenSTA with clock-to-Q and set-up; wires weigh nothing. int8, 4 MACs a column.
"""

import sys
import tempfile
from pathlib import Path

from amaranth.back import rtlil

from tamis import ArrayConfig, measure, select_target
from tamis.hdl.core.requantise import Requantise
from tamis.hdl.emit.verilog import verilog_of
from tamis.synth import flow

PERIOD = 3.0
ARRAYS = (("2:4", 4, "none"), ("2:4", 4, "select"), ("2:4", 4, "multiply"), ("2:4", 4, "both"),
          ("4:8", 8, "multiply"), ("4:8", 8, "both"))


def array(pattern, rows, pipeline, target):
    config = ArrayConfig.parse({"patterns": pattern, "rows": rows, "cols": 16, "pipeline": pipeline})
    report = measure(config, target)
    figures = report.figures
    dense = figures.clock.dense * 1000 / figures.dense_area_per_mac
    print(f"| {rows}x16, {pattern}, {pipeline} | {figures.area_per_mac:,.0f} | {report.timing.fmax:.0f} "
          f"| {figures.throughput_density:.1f} | {dense:.1f} | {figures.throughput_density / dense:.2f} "
          f"| {report.timing.start} to {report.timing.end} |", flush=True)


def requantise(lanes, target):
    text = verilog_of(rtlil.convert(Requantise(lanes=lanes, width=8, tag=4), name="requantise"), "requantise")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "requantise.v"
        source.write_text(text)
        report = flow.measure([source], "requantise", target, flatten=True)
    print(f"| requantise, {lanes} lane{'s' * (lanes > 1)} | {report.total.area:,.0f} um2 | {report.timing.fmax:.0f} "
          f"| | | | {report.timing.start} to {report.timing.end} |", flush=True)


def main():
    target = select_target("liberty", sys.argv[1], period=PERIOD)
    print("| design | um2/MAC | MHz | MHz MAC/1000 um2 | its dense twin | of dense | slowest path |")
    print("|---|---|---|---|---|---|---|")
    for arguments in ARRAYS:
        array(*arguments, target)
    for lanes in (1, 4):
        requantise(lanes, target)


if __name__ == "__main__":
    main()

"""``python -m bench.pipeline [--liberty FILE] [--seeds 3]``: what a register inside the PE costs and buys, 2:4, int8.

Area, levels and (with a Liberty file) abc's delay of a 16x16 array; look-up tables and Fmax of a PE of 4 x 4 MACs,
out of context. A Markdown table; bench/array.md keeps one. From the store where it was measured before.
"""

import argparse

from tamis.hdl.array.config import ArrayConfig
from tamis.synth import fpga, target
from tamis.synth.design import area_report

CHOICES = ("none", "select", "multiply", "both")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", metavar="FILE")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    library = options.liberty and target.select("liberty", options.liberty)
    headings = ["pipeline", "latency", "tr per MAC", "against dense", "levels"]
    headings += ["um2 per MAC", "delay ns", "sized ns"] if library else []
    headings += [f"{name} {what}" for name in fpga.FAMILIES for what in ("LUT", "FF", "Fmax MHz (min - max)")]
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    for choice in CHOICES:
        config = ArrayConfig.parse({"pipeline": choice})
        report = area_report(config, target.select("uniform"))
        row = [choice, config.latency, f"{report.figures.area_per_mac:,.0f}", f"{report.figures.area_ratio:.3f}",
               report.path.levels]
        if library:
            mapped = area_report(config, library)
            row += [f"{mapped.figures.area_per_mac:,.0f}", f"{mapped.delay.ns:.2f}", f"{mapped.delay.sized_ns:.2f}"]
        for name in fpga.FAMILIES:
            small = ArrayConfig.parse({"rows": 4, "cols": 4, "alpha": 4, "pipeline": choice})
            placed = area_report(small, fpga.select(name, seeds=options.seeds), part="pe").fpga
            fmax = placed.fmax
            row += [placed.resources.lut, placed.resources.ff,
                    f"{fmax.median:.1f} ({fmax.minimum:.1f} - {fmax.maximum:.1f})"]
        print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()

"""``python -m bench.units [name ...]``: area of every unit in the uniform flow; a Markdown table on standard output."""

import argparse
import tempfile
from pathlib import Path

from bench.units.designs import DESIGNS
from tamis.hdl.emit.verilog import verilog
from tamis.synth import flow, target


def measure(unit):
    """(transistors, flip-flops, depth in levels) of a component."""
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        source = Path(folder) / "unit.v"
        source.write_text(verilog(unit, "unit"))
        report = flow.measure([source], "unit", target.select("uniform"), flatten=True)
    return report.total.area, report.total.flip_flops, report.modules[-1].depth


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"any of {', '.join(DESIGNS)}; default all")
    chosen = parser.parse_args().name or list(DESIGNS)
    print("| unit | tr | reach | flip-flops | depth |\n|---|---|---|---|---|")
    for name in chosen:
        create, reach = DESIGNS[name]
        area, bits, depth = measure(create())
        print(f"| {name} | {area:,.0f} | {f'{reach:,}' if reach else '-'} | {bits} | {depth} |", flush=True)


if __name__ == "__main__":
    main()

"""``python -m bench.units.million [kind ...]``: 10^6 corner-weighted blocks per unit and width through the test bench.

On Verilator, half of them under stalls, all compared with golden; a Markdown table on standard output.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tamis.hdl.emit.generate import generate
from tamis.hdl.emit.kinds import KINDS
from tamis.testbench.run import runner, simulators
from tamis.testbench.units.tests import SPEED

RUNS = [
    *(("tasd", {"style": style, "width": width}) for style in ("rank", "tree") for width in (8, 16)),
    *(("tasd", {"style": "rank", "m": m}) for m in (4, 16)),
    ("tasd-pool", {}),
    *(("prune", {"width": width}) for width in (8, 16)),
    *(("sas", {"width": width}) for width in (8, 16)),
    *(("mvue", {"pattern": pattern, "width": width}) for pattern in ("1:2", "2:4") for width in (8, 16)),
    *((kind, {"width": width}) for kind in ("decompress", "compress") for width in (8, 16)),
    *(("condensed", {"w_width": width, "x_width": width}) for width in (8, 16)),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="*", help="default all")
    parser.add_argument("--blocks", type=int, default=10**6)
    options = parser.parse_args()
    failed = False
    print("| unit | blocks | cycles | s in the simulator | s in all | |\n|---|---|---|---|---|---|")
    for kind, fields in RUNS:
        if options.kind and kind not in options.kind:
            continue
        design = generate(KINDS[kind].Config.parse(fields))
        with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
            outcome, = runner.run(design, simulators.Verilator(), folder, tests="tamis.testbench.units.tests", seed=1,
                                  only=["random"], env={"TAMIS_BLOCKS": str(options.blocks)})
            speed = json.loads((Path(folder) / SPEED).read_text()) if not outcome.failure else {}
        failed |= bool(outcome.failure)
        shown = " ".join([kind, *(str(value) if isinstance(value, str) else f"{name} {value}"
                                  for name, value in fields.items())])
        print(f"| {shown} | {speed.get('blocks', 0):,} | {speed.get('cycles', 0):,} | {speed.get('seconds', 0):.1f} | "
              f"{outcome.seconds:.1f} | {outcome.failure or 'all equal'} |", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()

"""``python -m bench.mac [--liberty FILE] [--quick]``: measure every form of the MAC; prints a Markdown table.

``--quick`` leaves out the PEs of 16 columns. A Liberty file must lie outside /tmp, which yosys does not see.
"""

import argparse
from pathlib import Path

from amaranth.hdl import signed

from bench.mac.forms import FORMS, Shadowed, substituted
from bench.mac.measure import liberty, uniform
from tamis.hdl.array.pe import PE

TARGETS = {1: (5600, 74, 4000), 4: (6100, 78, 4350), 8: (6700, 80, 4700)}
WINNER = "winner (hdl/lib/mac.py)"


def row(form, m, beta, alpha, blocks, library, wrap=lambda pe: pe):
    with substituted(form):
        def build():
            return wrap(PE(m=m, alpha=alpha, beta=beta, blocks=blocks, acc_width=32,
                           a_shape=signed(8), b_shape=signed(8)))

        macs = alpha * beta
        transistors, depth = uniform(build())
        area = f"{liberty(build(), library) / macs:,.0f}" if library else "-"
    most, deepest, largest = TARGETS[m]
    label = form + (", with a shadow register" if wrap is Shadowed else "")
    shape = f"{beta}" if blocks == beta else f"{beta}, {blocks} block{'s' * (blocks > 1)}"
    print(f"| {label} | {m} | {shape} | {alpha} | {transistors / macs:,.0f} (<= {most:,}) "
          f"| {depth} (<= {deepest}) | {area} (<= {largest:,}) |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--liberty", type=lambda text: Path(text).resolve())
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    print("| form | M | beta | alpha | tr/MAC (target) | depth (target) | um2/MAC (target) |")
    print("|---|---|---|---|---|---|---|")
    if not options.quick:
        for beta, blocks in ((1, 1), (2, 2), (2, 1), (4, 4), (4, 1)):
            for m in TARGETS:
                row(WINNER, m, beta, 16, blocks, options.liberty)
        for m in TARGETS:
            row(WINNER, m, 1, 16, 1, None, Shadowed)
    row("behavioural * and +", 1, 1, 4, 1, None, Shadowed)
    for form in FORMS:
        for m in (4, 8) if "select" in form or "multiplexer" in form else (1, 8):
            row(form, m, 1, 4, 1, None)


if __name__ == "__main__":
    main()

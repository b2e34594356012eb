"""`make fuzz`: random configurations of every kind, elaborated, linted and verified, or refused in one line.

    python -m tamis.testbench.fuzz --configs 1000 --seed 7 --report build/fuzz.jsonl

The report holds one JSON object for each draw, written as it is found; the last line on the terminal counts them. Exit
status 1 if anything is wrong.
"""

import collections
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from tamis.hdl.emit import kinds
from tamis.testbench.fuzz.draw import fields_of
from tamis.testbench.fuzz.judge import Found, judge
from tamis.tools.stop import stoppable

CORES = 40  # one core in so many designs: a core takes as long as twenty units


@click.command()
@click.option("--configs", type=click.IntRange(1), default=1000, show_default=True, help="Legal ones.")
@click.option("--verify", "every", type=click.IntRange(0), default=4, show_default=True,
              help="Verify one legal configuration in so many; 0 for none.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=None, help="Default: another one each time.")
@click.option("--report", default="build/fuzz.jsonl", show_default=True, metavar="FILE", help="One line for each draw.")
def main(configs: int, every: int, seed: int | None, report: str) -> None:
    """Random configurations of every kind: elaborated, linted and verified, or refused in one line."""
    seed = int(time.time()) if seed is None else seed
    click.echo(f"seed {seed}: {configs} legal configurations of {len(kinds.KINDS)} kinds")
    Path(report).parent.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    with open(report, "w", encoding="utf-8") as file:
        for found in run(configs, every, seed):
            counts[found.state] += 1
            file.write(json.dumps(dataclasses.asdict(found)) + "\n")
            file.flush()
            if found.state in ("wrong", "slow"):
                click.echo(f"{found.state}: {found.kind} {json.dumps(found.fields)}: {found.said}", err=True)
    click.echo(f"{', '.join(f'{count} {state}' for state, count in sorted(counts.items()))}; "
               f"{time.monotonic() - began:.0f} s; {report}")
    sys.exit(1 if counts["wrong"] else 0)


def run(configs: int, every: int, seed: int) -> Iterator[Found]:
    """What became of each draw, until so many were legal; the kinds take turns."""
    rng = np.random.default_rng(seed)
    others = [kind for kind in kinds.KINDS if kind != "core"]
    for number in range(configs):
        kind = "core" if number % CORES == CORES - 1 else others[number % len(others)]
        verify = bool(every) and number % every == every // 2
        while (found := judge(kind, fields_of(kinds.KINDS[kind].Config, rng), verify=verify,
                              seed=seed + number)).state == "refused":
            yield found
        yield found


if __name__ == "__main__":
    with stoppable("fuzz"):
        main()

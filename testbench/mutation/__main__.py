"""Mutates the hardware: ``python -m tamis.testbench.mutation [--seed S] [--mutants N] [NAME ...]``.

Some mutants of every module of every design are judged by the design's regression; those that survive are checked for
equivalence. Exit status 1 if fewer than `--least` percent of the mutants that are not equivalent are killed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tamis.hdl.emit.generate import Design
from tamis.testbench.mutation.equivalence import CYCLES, Answer, same
from tamis.testbench.mutation.judge import Judged, judge
from tamis.testbench.mutation.mutants import draw
from tamis.testbench.run.results import RegressionError
from tamis.testbench.run.simulators import SimulatorError
from tamis.testbench.subjects import Subject, chosen
from tamis.tools.stop import stoppable
from tamis.tools.yosys import SynthError

Verdict = tuple[Judged, Answer | None]  # the answer only for survivors
COLUMNS = ("design", "module", "mutants", "killed", "equivalent", "alive")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--mutants", type=click.IntRange(1), default=20, show_default=True, help="Of each module.")
@click.option("--seed", type=click.IntRange(0, (1 << 31) - 1), default=1, show_default=True,
              help="Draws the mutants, and is the regression's seed.")
@click.option("--least", type=click.FloatRange(0, 100), default=98, show_default=True, help="Percent to be killed.")
@click.option("--json", "file", type=click.Path(dir_okay=False, writable=True), metavar="FILE",
              help="Also write every mutant and its verdict there.")
def main(names: tuple[str, ...], mutants: int, seed: int, least: float, file: str | None) -> None:
    """Mutants of the designs, all or those whose names begin with one of NAMES."""
    began = time.monotonic()
    found: list[tuple[Subject, Design, list[Verdict]]] = []
    try:
        for subject in chosen(names):
            design = subject.design()
            found.append((subject, design, _verdicts(subject, design, mutants, seed)))
            if file:
                Path(file).write_text(json.dumps(_data(found), indent=1) + "\n", encoding="utf-8")
    except (RegressionError, SimulatorError, SynthError) as error:
        raise click.ClickException(str(error)) from None
    counted = _report(found)
    alive, equivalent, total = counted["alive"], counted["equivalent"], counted.total()
    score = 100 * (1 - alive / max(1, total - equivalent))
    click.echo(f"{total} mutants, seed {seed}: {total - alive - equivalent} killed, {equivalent} equivalent, "
               f"{alive} alive: {score:.1f} % in {time.monotonic() - began:.0f} s")
    sys.exit(int(score < least))


def _verdicts(subject: Subject, design: Design, mutants: int, seed: int) -> list[Verdict]:
    drawn = draw(design, mutants, seed)
    began = time.monotonic()
    judged = judge(subject, design, drawn, seed=seed)
    click.echo(f"{subject.name}: {len(drawn)} mutants in {time.monotonic() - began:.0f} s, "
               f"{sum(one.killer is None for one in judged)} survive", err=True)
    return [(one, None if one.killer else same(design, one.mutant)) for one in judged]


def _state(verdict: Verdict) -> str:
    judged, answer = verdict
    return "killed" if judged.killer else "equivalent" if answer == "equivalent" else "alive"


def _report(found: list[tuple[Subject, Design, list[Verdict]]]) -> Counter[str]:
    """Prints the table and the mutants that live; how many mutants are in each state."""
    table, alive = Table(*COLUMNS, title="Mutants"), []
    counted: Counter[str] = Counter()
    for subject, design, verdicts in found:
        top = design.manifest["top"]
        by_module: dict[str, Counter[str]] = {}
        for judged, answer in verdicts:
            module, state = judged.mutant.module.removeprefix(top).lstrip("_") or "top", _state((judged, answer))
            by_module.setdefault(module, Counter())[state] += 1
            if state == "alive":
                said = f"{answer} in {CYCLES} cycles" if answer == "no difference found" else answer
                alive.append(f"alive: {subject.name}, {module}: {judged.mutant.about} ({said})")
        for module, states in by_module.items():
            table.add_row(subject.name, module, str(states.total()), *(str(states[name]) for name in COLUMNS[3:]))
            counted += states
    Console().print(table)
    click.echo("\n".join(alive))
    return counted


def _data(found: list[tuple[Subject, Design, list[Verdict]]]) -> list[dict[str, object]]:
    return [{"design": subject.name, "module": judged.mutant.module, "change": judged.mutant.options,
             "state": _state((judged, answer)), "killer": judged.killer, "answer": answer,
             "seconds": round(judged.seconds, 2)}
            for subject, _, verdicts in found for judged, answer in verdicts]


if __name__ == "__main__":
    with stoppable("mutants"):
        main()

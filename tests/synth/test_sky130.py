"""synth/sky130.py against published sizes, and, where TAMIS_SKY130_LIB names it, against the real Liberty file."""

import itertools
import os
import re
from pathlib import Path

import pytest

from tamis.synth import sky130
from tamis.synth.liberty import Library

# LEF sizes of the published library, in um: width x 2.72.
PUBLISHED = {"inv_1": 1.38, "nand2_1": 1.38, "nor2_1": 1.38, "nand3_1": 1.84, "a21oi_1": 1.84, "and3_1": 2.30,
             "xor2_1": 3.22, "xnor2_1": 3.22, "mux2_1": 4.14, "maj3_1": 3.68, "dfxtp_1": 7.36, "dfrtp_1": 9.20,
             "edfxtp_1": 11.04}


def test_sizes():
    costs = sky130.library().costs
    for cell, width in PUBLISHED.items():
        assert costs[sky130.PREFIX + cell].area == pytest.approx(width * 2.72, abs=1e-6), cell


def test_list():
    cells = list(sky130.cells())
    assert len({name for name, *_ in cells}) == len(cells) == len(sky130.library().costs) == 90
    assert sum(cost.sequential for cost in sky130.library().costs.values()) == 7
    for name, area, _, function, _ in cells:
        assert area / sky130.SITE == pytest.approx(round(area / sky130.SITE)), name
        assert function.count("(") == function.count(")"), name


def test_gates_are_called_what_they_do():
    functions = {name.removeprefix(sky130.PREFIX): function for name, _, _, function, _ in sky130.cells()}
    for name, function in functions.items():
        if match := re.fullmatch(r"(n?)(and|or)(\d)_\d", name):
            together = all if match[2] == "and" else any
            pins = "ABCD"[:int(match[3])]
            assert table(function, pins) == [together(row) != bool(match[1]) for row in rows(pins)], name


@pytest.mark.skipif("TAMIS_SKY130_LIB" not in os.environ, reason="TAMIS_SKY130_LIB must name sky130_fd_sc_hd's .lib")
def test_real_library():
    path = Path(os.environ["TAMIS_SKY130_LIB"])
    real, text = Library.read(path).costs, path.read_text(encoding="utf-8")
    for name, area, output, function, flip_flop in sky130.cells():
        assert area == pytest.approx(real[name].area), name
        if flip_flop is None:
            group = text[text.index(f'cell ("{name}")'):]
            theirs = re.search(rf'pin \("{output}"\).*?\bfunction : "(.*?)"', group, re.DOTALL)[1]
            pins = sorted(set(re.findall(r"[A-Z]\w*", function)))
            assert pins == sorted(set(re.findall(r"[A-Z]\w*", theirs))), name
            assert table(function, pins) == table(theirs, pins), name


def rows(pins):
    return list(itertools.product([False, True], repeat=len(pins)))


def table(function, pins):
    """Truth table of a Liberty function; & before ^ before |, as in Python."""
    code = compile(function.replace("!", "~"), "function", "eval")
    return [bool(eval(code, {"__builtins__": {}}, dict(zip(pins, map(int, row), strict=True))) & 1)
            for row in rows(pins)]

"""synth/models.py: expressions against truth tables told by hand; cells proven equal to what yosys reads."""

import itertools
import os
import re

import pytest

from tamis.synth import sky130
from tamis.synth.liberty import Library
from tamis.synth.models import expression, verilog
from tamis.tools import yosys


@pytest.mark.parametrize(("function", "pins", "table"), [
    ("!A", "A", "10"),
    ("A'", "A", "10"),
    ("A'' B", "AB", "0001"),
    ("(A B)'", "AB", "1110"),
    ("A+B C", "ABC", "00011111"),
    ("A|B&C", "ABC", "00011111"),
    ("A ^ B & C", "ABC", "00010100"),   # exclusive or binds closer than and
    ("A & B ^ C", "ABC", "00000110"),
    ("!A ^ B", "AB", "1001"),
    ("!(A|!B)*1 + 0", "AB", "0100"),
])
def test_expression(function, pins, table):
    code = re.sub(r"1'b", "", expression(function)).replace("~", "1^")
    found = "".join(str(eval(code, {"__builtins__": {}}, dict(zip(pins, row, strict=True))) & 1)
                    for row in itertools.product((0, 1), repeat=len(pins)))
    assert found == table


@pytest.mark.parametrize("function", ["", "A &", "(A", "A)", "A # B", "!", "& A"])
def test_no_expression(function):
    with pytest.raises(ValueError, match="function must"):
        expression(function)


def libraries():
    found = [pytest.param(sky130.library(), id="built-in")]
    if "TAMIS_SKY130_LIB" in os.environ:
        found.append(pytest.param(Library.read(os.environ["TAMIS_SKY130_LIB"]), id="real"))
    return found


@pytest.mark.parametrize("library", libraries())
def test_every_cell_is_what_yosys_takes_it_for(library):
    """Yosys reads the same Liberty file by itself: each cell's own model and ours are equivalent, proven by SAT."""
    names = [name for name, *_ in sky130.cells()]
    script = [f"read_liberty -ignore_miss_func {yosys.JOB}cells.lib", "design -stash gold",
              f"read_verilog {yosys.JOB}models.v", "proc", "design -stash gate"]
    for name in names:
        script += [f"design -copy-from gold -as gold {name}", f"design -copy-from gate -as gate {name}",
                   "equiv_make gold gate both", "hierarchy -top both", "async2sync", "equiv_simple -undef",
                   "equiv_induct -undef", "equiv_status -assert", "design -reset"]
    script.append(f"tee -q -o {yosys.JOB}done.txt log {len(names)} cells are equivalent")
    models = verilog(library, names)
    inputs = {"cells.lib": library.content, "models.v": models.encode()}
    assert "90 cells are equivalent" in yosys.run("\n".join(script) + "\n", inputs, ["done.txt"])["done.txt"]


def test_what_has_no_function_is_refused():
    text = """library (odd) {
      cell (TRI) { area : 1; pin (A) { direction : input; }
        pin (Y) { direction : output; function : "A"; three_state : "A"; } }
      cell (TABLE) { area : 1; pin (A) { direction : input; } pin (Y) { direction : output; } }
      cell (DFF) { area : 1; ff (IQ, IQN) { clocked_on : "C"; next_state : "D"; } pin (Q) { direction : output; } }
    }"""
    library = Library.parse(text.encode(), "text")
    for name in ("TRI", "TABLE"):
        with pytest.raises(ValueError, match=f"cell '{name}' must have a function of every output"):
            verilog(library, [name])
    with pytest.raises(ValueError, match="library 'odd' has no cell 'NONE'"):
        verilog(library, ["NONE"])

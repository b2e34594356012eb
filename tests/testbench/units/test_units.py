"""Every kind's regression, small, on every simulator here and as gates; and that a broken unit fails it."""

import functools
import re

import pytest

from tamis.hdl.emit.generate import Design, generate
from tamis.hdl.emit.kinds import KINDS
from tamis.testbench.run import coverage, runner, simulators
from tamis.testbench.run.gates import netlist
from tamis.testbench.units.adapters import adapter
from tamis.testbench.units.tests import TESTS

SMALL = [
    ("tasd", {"m": 4, "width": 3}),
    ("tasd", {"m": 4, "width": 2, "signed": False, "style": "tree"}),
    ("tasd", {"m": 8, "width": 8, "style": "tree"}),
    ("tasd-pool", {"unit": {"m": 4, "width": 3, "style": "tree"}, "units": 5}),
    ("tasd-pool", {"unit": {"m": 4, "width": 3}}),
    ("prune", {"m": 4, "width": 3}),
    ("sas", {"m": 8, "width": 4, "lanes": 3, "max_channels": 50}),
    ("sas", {"m": 2, "width": 3, "lanes": 1, "max_channels": 5, "magnitude": True}),
    ("mvue", {"width": 4, "u_bits": 8}),
    ("mvue", {"pattern": "2:4", "width": 3, "u_bits": 8, "lanes": 1}),
    ("condensed", {"lanes": 2, "ports": 1, "max_d": 12, "max_k": 6, "max_n": 9, "w_width": 4, "x_width": 3,
                   "acc_width": 10}),
    ("decompress", {"pattern": "2:4", "width": 3, "form": "pairs"}),
    ("decompress", {"pattern": "3:8", "width": 4, "form": "mask"}),
    ("compress", {"pattern": "1:4", "width": 3}),
]
STREAMS = [kind for kind, component in KINDS.items() if kind not in ("array", "core")]
GATES = dict(reversed(SMALL))
BROKEN = {  # what goes wrong between the unit and its pins
    "loses a beat": ("valid & ~drop", "ready | drop", "payload"),
    "repeats a beat": ("valid", "ready & ~again", "payload"),
    "changes a value": ("valid", "ready", "payload ^ drop"),
    "gives up waiting": ("valid & ~(waited & drop)", "ready", "payload"),
    "changes while it waits": ("valid", "ready", "payload ^ (waited & ~ready)"),
    "makes a bubble": ("valid & ~pause", "ready & ~pause", "payload"),
}


@functools.cache
def design_of(number):
    kind, fields = SMALL[number]
    return generate(KINDS[kind].Config.parse(fields))


def verify(design, simulator, folder, only=None):
    return runner.run(design, simulator, folder, tests="tamis.testbench.units.tests", seed=11, only=only,
                      env={"TAMIS_BLOCKS": "300"}, waves=False)


def passes(design, simulator, folder):
    outcomes = verify(design, simulator, folder)
    assert [outcome for outcome in outcomes if outcome.failure] == []
    assert [outcome.test for outcome in outcomes] == list(TESTS)
    assert coverage.holes(coverage.read(folder)) == []


def test_every_kind_with_streams_has_an_adapter():
    for kind in STREAMS:
        for part in ("draw", "expected", "corners", "bins", "hits"):
            assert callable(getattr(adapter(kind), part)), (kind, part)
    assert {kind for kind, _ in SMALL} == set(STREAMS)


@pytest.mark.parametrize("simulator", simulators.available(), ids=lambda s: s.name)
@pytest.mark.parametrize("number", range(len(SMALL)), ids=lambda n: f"{SMALL[n][0]}-{n}")
def test_regression_and_full_coverage(number, simulator, tmp_path):
    passes(design_of(number), simulator, tmp_path)


@pytest.mark.parametrize("kind", GATES)
def test_gates(kind, tmp_path):
    gates = netlist(generate(KINDS[kind].Config.parse(GATES[kind])))
    assert "$" not in re.sub(r"\\\S+ ", "", gates.files[gates.manifest["files"]["verilog"][0]])  # no cell but operators
    passes(gates, simulators.available()[-1], tmp_path)


@pytest.mark.parametrize("number", [0, 6, 8], ids=lambda n: SMALL[n][0])
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_unit_fails(number, fault, tmp_path):
    valid, ready, payload = BROKEN[fault]
    design = wrapped(design_of(number), f"""
  wire [{{width}}:0] payload;
  wire valid;
  wire ready = o__ready;
  reg again, pause, waited;
  wire drop = valid & (^payload[7:0]) & (&payload[1:0]);
  always @(posedge clk) begin
    again <= valid & ready & ~again & ~rst; pause <= valid & ready & drop & ~rst; waited <= valid & ~ready & ~rst;
  end
  assign o__valid = {valid}, o__payload = {payload};
""", {"o__valid": "valid", "o__ready": ready, "o__payload": "payload"})
    outcomes = verify(design, simulators.available()[-1], tmp_path, only=["throughput", "stalls"])
    assert any(outcome.failure for outcome in outcomes)


@pytest.mark.parametrize("fault, extra, pins", [
    ("ties to the higher index", "", {"i__payload": "{i__payload[15:12], i__payload[2:0], i__payload[5:3], "
                                                    "i__payload[8:6], i__payload[11:9]}"}),
    ("reset does nothing", "", {"rst": "1'b0"}),
    ("the flag is never set", "  assign error = 0;\n", {"error": ""}),
    ("the flag falls", "  wire flag; assign error = flag & ~i__valid;\n", {"error": "flag"}),
])
def test_a_broken_tasd_unit_fails(fault, extra, pins, tmp_path):
    design = design_of(0)
    if fault.startswith("ties"):
        extra = """  wire [24:0] inner;
  assign o__payload = inner ^ 25'b00000_11000_11000_11000_11000;
"""
        pins = pins | {"o__payload": "inner"}
    outcomes = verify(wrapped(design, extra, pins), simulators.available()[-1], tmp_path, only=["corners", "resets"])
    failures = [outcome.failure for outcome in outcomes if outcome.failure]
    assert failures and all("seed 11" in failure and "m=4" in failure for failure in failures)


def wrapped(design, extra, pins):
    """The design inside a module of the same ports; `pins`: what is connected to the inner module instead."""
    top = design.manifest["top"]
    names = design.manifest["files"]["verilog"]
    files = {name: re.sub(rf"\b{top}\b", f"{top}_inner", text) if name in names else text
             for name, text in design.files.items()}
    ports = design.manifest["ports"]
    widths = {port["name"]: port["width"] - 1 for port in ports}
    header = ", ".join(f"{port['direction']} [{port['width'] - 1}:0] {port['name']}" for port in ports)
    inner = ", ".join(f".{port['name']}({pins.get(port['name'], port['name'])})" for port in ports)
    extra = extra.replace("{width}", str(widths["o__payload"]))
    files[f"{top}.v"] += f"module {top}({header});\n{extra}  {top}_inner dut({inner});\nendmodule\n"
    return Design(design.manifest, files)

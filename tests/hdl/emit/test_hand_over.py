"""hdl/emit/hand_over.py: each file is read by its own tool, where that is on PyPI, and says what the manifest says."""

import subprocess
import sys
from decimal import Decimal

import pytest
import yaml

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit.generate import generate
from tamis.hdl.units.tasd import TASDConfig

DESIGNS = {"array": ArrayConfig.parse({"rows": 2, "cols": 2, "patterns": "1:2"}), "tasd": TASDConfig(m=4)}


@pytest.fixture(params=DESIGNS)
def written(request, tmp_path):
    """(folder, manifest)"""
    design = generate(DESIGNS[request.param], name="mine")
    design.write(tmp_path / "out")
    return tmp_path / "out", design.manifest


def test_fusesoc_sets_it_up(written, tmp_path):
    pytest.importorskip("fusesoc")
    folder, _ = written

    def fusesoc(*arguments):
        run = subprocess.run([sys.executable, "-m", "fusesoc.main", "--cores-root", folder, *arguments], cwd=tmp_path,
                             capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    assert "mine" in fusesoc("core", "show", "::mine:0")
    fusesoc("run", "--setup", "--tool", "verilator", "::mine:0")
    setup, = (tmp_path / "build").rglob("*.eda.yml")
    assert yaml.safe_load(setup.read_text())["toplevel"] == "mine"


def test_librelane_knows_every_variable_and_takes_its_value(written):
    pytest.importorskip("librelane")
    from librelane.common.generic_dict import GenericDict
    from librelane.config import universal_flow_config_variables
    from librelane.config.preprocessor import preprocess_dict
    from librelane.flows import Flow

    folder, manifest = written
    config = yaml.safe_load((folder / manifest["files"]["librelane"]).read_text())
    meta = config.pop("meta")
    flow = Flow.factory.get(meta["flow"])
    known = {variable.name: variable for variable in (
        *universal_flow_config_variables, *flow.config_vars, *(v for step in flow.Steps for v in step.config_vars))}
    ready = GenericDict(preprocess_dict(config, str(folder), pdk="sky130A", pdkpath="", scl="", pad=""))
    values = {}
    for name in config:
        assert name in known
        warnings = []
        _, values[name] = known[name].compile(ready, warnings, values_so_far=values)
        assert warnings == []
    assert values["DESIGN_NAME"] == "mine" and values["CLOCK_PERIOD"] == Decimal(10)
    assert [str(p) for p in values["VERILOG_FILES"]] == [str(folder / name) for name in manifest["files"]["verilog"]]
    assert (folder / manifest["files"]["sdc"]).samefile(values["PNR_SDC_FILE"])


def test_sdc_is_tcl_with_the_clock(written):
    pytest.importorskip("tclint")
    from tclint.parser import Parser

    folder, manifest = written
    text = (folder / manifest["files"]["sdc"]).read_text()
    tree = Parser().parse(text)
    commands = [child.children[0].contents for child in tree.children if type(child).__name__ == "Command"]
    assert commands == ["create_clock", "set_input_delay", "set_output_delay"]
    assert "-period 10 [get_ports clk]" in text
    assert "clk" in {port["name"] for port in manifest["ports"]}

"""hdl/emit/hand_over.py: each file is read by its own tool, where that is on PyPI, and says what the manifest says."""

import subprocess
import sys
from decimal import Decimal

import pytest
import yaml

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit.generate import generate
from tamis.hdl.units.tasd import TASDConfig
from tamis.testbench.fuzz.lint import verilator

DESIGNS = {"array": ArrayConfig.parse({"rows": 2, "cols": 2, "patterns": "1:2"}), "tasd": TASDConfig(m=4)}


@pytest.fixture(params=DESIGNS)
def written(request, tmp_path):
    """(folder, manifest)"""
    design = generate(DESIGNS[request.param], name="mine")
    design.write(tmp_path / "out")
    return tmp_path / "out", design.manifest


@pytest.fixture
def fusesoc(tmp_path):
    """FuseSoC on the core files below `out`, run in `tmp_path`; returns what it prints."""
    pytest.importorskip("fusesoc")

    def run(*arguments):
        ended = subprocess.run([sys.executable, "-m", "fusesoc.main", "--cores-root", "out", *arguments], cwd=tmp_path,
                               capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout
    return run


def test_fusesoc_sets_it_up(written, fusesoc, tmp_path):
    assert "mine" in fusesoc("core", "show", "::mine:0")
    fusesoc("run", "--setup", "--tool", "verilator", "::mine:0")
    setup, = (tmp_path / "build").rglob("*.eda.yml")
    assert yaml.safe_load(setup.read_text())["toplevel"] == "mine"


def test_two_designs_in_one_chip(fusesoc, tmp_path):
    """A wrapping and a saturating array under one top: FuseSoC gives each its own files, Verilator has no warning."""
    tops, instances, ports = [], [], []
    for overflow in ("wrap", "saturate"):
        design = generate(DESIGNS["array"].replace(overflow=overflow))
        top = design.manifest["top"]
        design.write(tmp_path / "out" / top)
        tops.append(top)
        instances.append(f"  {top} {overflow} (" + ", ".join(f".{port['name']}({overflow}_{port['name']})"
                                                             for port in design.manifest["ports"]) + ");")
        ports += [f"  {port['direction']} [{port['width'] - 1}:0] {overflow}_{port['name']}"
                  for port in design.manifest["ports"]]
    (tmp_path / "out" / "chip.v").write_text("\n".join(["module chip (", ",\n".join(ports), ");", *instances,
                                                        "endmodule\n"]))
    (tmp_path / "out" / "chip.core").write_text("CAPI=2:\n" + yaml.safe_dump({
        "name": "::chip:0",
        "filesets": {"rtl": {"files": ["chip.v"], "file_type": "verilogSource",
                             "depend": [f"::{top}:0" for top in tops]}},
        "targets": {"default": {"filesets": ["rtl"], "toplevel": "chip"}}}))
    fusesoc("run", "--setup", "--tool", "verilator", "::chip:0")
    setup, = (tmp_path / "build").rglob("*.eda.yml")
    files = [setup.parent / file["name"] for file in yaml.safe_load(setup.read_text())["files"]
             if file["file_type"].startswith("verilog")]
    assert len({file.name.lower() for file in files}) == len(files) == 2 * 4 + 1
    assert verilator("\n".join(file.read_text() for file in files), "chip", tmp_path) == ""


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

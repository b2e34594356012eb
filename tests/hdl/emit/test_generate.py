"""hdl/emit/generate.py: what is written, how fast, how large, and that tools read it."""

import json
import os
import re
import subprocess
import time

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import OutputExists, generate
from tamis.hdl.units.condensed import CondensedUnit
from tamis.testbench.run import simulators

SMALL = ArrayConfig.parse({"rows": 4, "cols": 4, "alpha": 2, "beta": 2})


@pytest.fixture(scope="module")
def design():
    return generate(SMALL)


def test_same_configuration_same_bytes(design):
    assert generate(SMALL).files == design.files


def _wrapping_and_saturating():
    return [generate(ArrayConfig.parse({"rows": 4, "cols": 4, "patterns": "2:4", "overflow": overflow}))
            for overflow in ("wrap", "saturate")]


def test_different_configurations_share_no_module_and_no_file():
    configs = [ArrayConfig.parse({"rows": 8, "cols": 8, "patterns": "1:4", "a_width": 4, "b_width": 4}),
               ArrayConfig.parse({"rows": 8, "cols": 8, "patterns": "2:4"}),
               CondensedUnit.Config.parse({"lanes": 2, "ports": 2}),
               CondensedUnit.Config.parse({"lanes": 2, "ports": 2, "acc_width": 30}),
               CoreConfig.preset("tiny-n:2"), CoreConfig.preset("tiny-n:2").replace(queue=4)]
    files: set[str] = set()
    for design in [*_wrapping_and_saturating(), *map(generate, configs)]:
        assert not files & set(design.files)
        files |= set(design.files)
        for name in design.manifest["files"]["verilog"]:
            module, = re.findall(r"^module (\w+)", design.files[name], re.MULTILINE)
            assert f"{module}.v" == name and module.startswith(design.manifest["top"]) and len(module) <= 64


def test_verilator_builds_one_chip_of_two_designs(tmp_path):
    """`-y` of both folders finds the wrapping array for one instance and the saturating one for the other."""
    wrap, saturate = _wrapping_and_saturating()
    for design, folder in ((wrap, "W"), (saturate, "S")):
        design.write(tmp_path / folder)
    tops = [design.manifest["top"] for design in (wrap, saturate)]
    (tmp_path / "chip.v").write_text(f"module chip;\n{tops[0]} first();\n{tops[1]} second();\nendmodule\n")
    binary, env = simulators.Verilator().command()
    run = subprocess.run([binary, "--lint-only", "-Wno-PINMISSING", "-y", "W", "-y", "S", "-MMD",
                          "--Mdir", "made", "--cc", "chip.v"], cwd=tmp_path, env=os.environ | env, capture_output=True,
                         text=True, check=False)
    assert run.returncode == 0, run.stderr
    read = " ".join(path.read_text() for path in (tmp_path / "made").glob("*ver*.d*"))
    assert f"W/{tops[0]}.v" in read and f"S/{tops[1]}.v" in read


def test_every_distinct_module_once(design):
    text = "".join(design.files[name] for name in design.manifest["files"]["verilog"])
    names = re.findall(r"^module (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)) == len(design.manifest["files"]["verilog"])


def test_header_says_configuration_and_whose_it_is(design):
    top = design.files[design.manifest["top"] + ".v"]
    assert "belongs to whoever generated it" in top
    assert design.manifest["hash"] in top
    for port in design.manifest["ports"]:
        assert re.search(rf"^// +{port['direction']} +{port['name']} +{port['width']} ", top, re.MULTILINE)


def test_manifest_ports_are_the_module_s(design):
    top = design.files[design.manifest["top"] + ".v"]
    declared = {name: (direction, int(high or 0) + 1)
                for direction, high, name in re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);", top, re.M)}
    assert declared == {p["name"]: (p["direction"], p["width"]) for p in design.manifest["ports"]}


def test_64_by_64_is_quick_and_small():
    started = time.perf_counter()
    design = generate(ArrayConfig.parse({"patterns": "1:8,2:8,4:8", "rows": 64, "cols": 64}))
    assert time.perf_counter() - started < 15  # the figure, 3 s, is bench/array's on a quiet machine
    assert sum(len(text) for text in design.files.values()) < 500_000


@pytest.mark.parametrize("fields", [
    {"rows": 1, "cols": 1, "patterns": "1:1"},
    {"rows": 4, "cols": 6, "alpha": 2, "patterns": "1:8,2:8"},
    {"rows": 6, "cols": 2, "patterns": "3:5", "a_signed": False, "b_width": 5, "beta": 2},
    {"rows": 4, "cols": 4, "patterns": "2:4", "overflow": "saturate", "acc_width": 18},
    {"rows": 2, "cols": 2, "patterns": "1:32", "a_signed": False, "b_signed": False, "a_width": 16, "acc_width": 48},
    {"rows": 4, "cols": 2, "patterns": "2:2", "a_width": 2, "b_width": 3, "acc_width": 4},
    {"rows": 4, "cols": 4, "alpha": 2, "patterns": "2:4", "pipeline": "both"},
    {"rows": 2, "cols": 2, "patterns": "1:1", "pipeline": "multiply", "overflow": "saturate", "acc_width": 17},
])
def test_verilator_lints_without_a_warning(fields, tmp_path):
    design = generate(ArrayConfig.parse(fields))
    design.write(tmp_path / "out")
    binary, env = simulators.Verilator().command()
    files = design.manifest["files"]["verilog"]
    command = [binary, "--lint-only", "-Wall", "--quiet", "--top-module", design.manifest["top"]]
    run = subprocess.run([*command, *files], cwd=tmp_path / "out", env=os.environ | env, capture_output=True, text=True,
                         check=False)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_nothing_is_overwritten_without_force(design, tmp_path):
    written = design.write(tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(design.files)
    assert json.loads((tmp_path / "out" / design.manifest["files"]["manifest"]).read_text()) == design.manifest
    with pytest.raises(OutputExists, match="exists and is not empty"):
        design.write(tmp_path / "out")
    with pytest.raises(OutputExists, match="is a file"):
        design.write(written[0])
    assert design.write(tmp_path / "out", force=True) == written


def test_force_leaves_nothing_of_another_design(design, tmp_path):
    """What the old manifest lists goes; the user's files stay, whatever their names and their JSON."""
    old = generate(ArrayConfig.parse({"rows": 2, "cols": 2, "patterns": "1:2"}))
    old.write(tmp_path)
    manifest = old.manifest["files"]["manifest"]
    listed = json.loads((tmp_path / manifest).read_text())
    (tmp_path.parent / "outside.v").write_text("")
    listed["files"]["verilog"] += ["../outside.v", str(tmp_path.parent / "outside.v"), "gone.v", ".."]
    (tmp_path / manifest).write_text(json.dumps(listed))
    mine = {"notes.json": '{"files": {"verilog": ["mine.v"]}}', "mine.v": "", "list.json": "[1]", "bad.json": "{",
            "tamis_array_m4_4x4.v": ""}
    for name, text in mine.items():
        (tmp_path / name).write_text(text)
    design.write(tmp_path, force=True)
    assert {path.name for path in tmp_path.iterdir()} == {*design.files, *mine}
    assert (tmp_path.parent / "outside.v").is_file()


def test_a_rename_that_fails_loses_nothing(design, tmp_path, monkeypatch):
    generate(SMALL.replace(overflow="saturate"), name="mine").write(tmp_path)
    (tmp_path / design.manifest["files"]["verilog"][0]).write_text("before")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    replace, last = os.replace, list(design.files)[-1]

    def full(source, target):
        if os.fspath(target).endswith(f"/{last}") and os.fspath(source).endswith(".part"):
            raise OSError(28, "No space left on device")
        replace(source, target)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        design.write(tmp_path, force=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_write_that_fails_leaves_nothing(design, tmp_path, monkeypatch):
    def full(self, *_, **__):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="No space left"):
        design.write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_hostile_folder_name_is_only_a_name(design, tmp_path):
    folder = tmp_path / "a b;$(touch x)"
    design.write(folder)
    assert folder.is_dir()
    assert not list(tmp_path.rglob("x"))


@pytest.mark.parametrize("name", ["2fast", "a b", "x" * 65, "a;b", "X", "mineToo"])
def test_top_name_must_be_an_identifier(name):
    with pytest.raises(ValueError, match="name must be a Verilog identifier"):
        generate(SMALL, name=name)


@pytest.mark.parametrize("name", ["small", "module", "end"])
def test_top_name_must_not_be_a_keyword(name):
    with pytest.raises(ValueError, match=f"^name must not be a keyword of Verilog, not '{name}'$"):
        generate(SMALL, name=name)

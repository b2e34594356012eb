"""The command line of the tensor core: presets, the array's flags under their names, files for the driver, refusals."""

import json
import subprocess
import sys

import pytest

from tamis.hdl.core.config import CoreConfig


def tamis(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=cwd, capture_output=True, text=True,
                          check=False)


def test_generate(tmp_path):
    run = tamis("generate", "core", "tiny-n:2", "--queue", "4", "--cols", "2", "--a-width", "4", "-o", "out", "--name",
                "mine", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    manifest = json.loads(run.stdout)
    config = manifest["config"]
    assert (config["queue"], config["columns"], config["array"]["cols"], config["array"]["a_width"]) == (4, 16, 2, 4)
    assert config["array"]["patterns"] == ["1:2", "2:2"] and config["array"]["rows"] == 4
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"mine.v", "mine_registers.h", "mine_registers.md", "mine.json", *manifest["files"]["verilog"]} <= written
    assert {r["name"] for r in manifest["registers"]["registers"]} >= {"ID", "STATUS", "DESCRIPTOR2", "CYCLES"}


def test_from_toml_what_is_not_said_is_the_default_preset(tmp_path):
    (tmp_path / "d.toml").write_text("columns = 32\n[array]\nrows = 8\ncols = 2\n")
    run = tamis("generate", "core", "--config", "d.toml", "--queue", "2", "-o", "out", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    config = json.loads(run.stdout)["config"]
    assert config["array"]["patterns"] == CoreConfig.presets["default"]["array"]["patterns"].split(",")
    assert (config["array"]["rows"], config["columns"], config["queue"]) == (8, 32, 2)


def test_help_names_presets_and_the_arrays_flags(tmp_path):
    text = " ".join(tamis("verify", "core", "--help", cwd=tmp_path).stdout.split())
    assert f"PRESET is one of {', '.join(CoreConfig.presets)}." in text
    for flag in ("--pattern TEXT", "--rows", "--a-signed / --a-unsigned", "--b-slots", "--queue", "--draws", "--gates"):
        assert flag in text


@pytest.mark.parametrize("arguments, text", [
    (["nonesuch"], "preset must be one of default, vegeta-512"),
    (["default", "--config", "x.toml"], "must be a preset or a --config file, not both"),
    (["--queue", "3"], "queue must be a power of two, not 3"),
    (["--pattern", "3:4"], "rows must be a multiple of N = 3"),
    (["--pattern", "2:6", "--rows", "16"], "array must have a power of two as M, not '2:6'"),
    (["--a-bits", "48"], "a_bits must be 32, 64, 128, 256 or 512, not 48"),
    (["--pattern", "4:4", "--rows", "4"], "rows of at least twice the N that its patterns share, 4, not 4"),
    (["--a-unsigned"], "array must have signed operands"),
    (["--out-lanes", "3"], "out_lanes must divide cols = 16, not 3"),
])
def test_refused(arguments, text, tmp_path):
    run = tamis("generate", "core", *arguments, "-o", "out", cwd=tmp_path)
    assert run.returncode == 2 and text in run.stderr, run.stderr
    assert run.stderr.startswith("tamis: ") and run.stderr.count("\n") == 1 and run.stdout == ""
    assert not (tmp_path / "out").exists()

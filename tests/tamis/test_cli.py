"""The command line: what it writes and prints, and one line, status 2 and nothing written for every mistake."""

import json
import subprocess
import sys

import pytest

from tamis.hdl.array.config import ArrayConfig


def tamis(*arguments, cwd=None):
    return subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=cwd, capture_output=True, text=True,
                          check=False)


def test_generate(tmp_path):
    run = tamis("generate", "--pattern", "1:2", "--rows", "2", "--cols", "2", "-o", "a b;$(touch x)", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a b;$(touch x)"]
    names = {p.name for p in (tmp_path / "a b;$(touch x)").iterdir()}
    top = f"tamis_array_m2_2x2_{ArrayConfig.parse({'patterns': '1:2', 'rows': 2, 'cols': 2}).hash[:8]}"
    assert {f"{top}.v", f"{top}.json", f"{top}.core"} < names


def test_generate_from_toml_and_flags_over_it_as_json(tmp_path):
    (tmp_path / "d.toml").write_text('patterns = "1:2"\nrows = 2\ncols = 2\n')
    run = tamis("generate", "--config", "d.toml", "--cols", "3", "-o", "out", "--name", "mine", "--json", cwd=tmp_path)
    manifest = json.loads(run.stdout)
    assert (manifest["top"], manifest["config"]["cols"], manifest["config"]["rows"]) == ("mine", 3, 2)


def test_verify_says_what_passed(tmp_path):
    run = tamis("verify", "--pattern", "1:2", "--rows", "2", "--cols", "2", "--json", "-o", "results", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    outcomes = json.loads(run.stdout)["outcomes"]
    assert {o["failure"] for o in outcomes} == {None}
    assert {o["simulator"] for o in outcomes} >= {"verilator"}
    assert list((tmp_path / "results").rglob("results.xml"))


def test_generate_a_unit_from_toml_with_flags_over_it(tmp_path):
    (tmp_path / "d.toml").write_text('blocks_per_cycle = 1\nunit.m = 4\nunit.style = "tree"\n')
    run = tamis("generate", "tasd-pool", "--config", "d.toml", "--width", "5", "-o", "out", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    manifest = json.loads(run.stdout)
    assert manifest["kind"] == "tasd-pool"
    assert manifest["config"] == {"unit": {"m": 4, "width": 5, "signed": True, "style": "tree"},
                                  "blocks_per_cycle": 1, "units": 4}
    assert {p.name for p in (tmp_path / "out").iterdir()} > set(manifest["files"]["verilog"])


def test_help_of_a_kind_has_its_fields_and_defaults():
    text = " ".join(tamis("generate", "sas", "--help").stdout.split())
    assert "--max-channels INTEGER The largest C, 4 to 65536, at least twice `lanes`. [default: 1024]" in text
    assert "--magnitude / --no-magnitude" in text and "--rows" not in text


@pytest.mark.parametrize("gates", [[], ["--gates"]])
def test_verify_of_a_unit_says_what_passed_and_what_is_covered(gates, tmp_path):
    run = tamis("verify", "mvue", "--width", "3", "--lanes", "1", "--u-bits", "8", "--blocks", "100", "--simulator",
                "verilator", *gates, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "kept │ 2 of 2" in " ".join(run.stdout.split()) and "not covered" not in run.stderr


def test_synth_of_a_unit(tmp_path):
    report = json.loads(tamis("synth", "tasd", "--m", "4", "--width", "2", "--json").stdout)
    assert report["flatten"] and report["top"].startswith("tamis_tasd_m4_width2") and report["total"]["area"] > 500


def test_synth_reports_the_array_beside_its_dense_twin(tmp_path):
    run = tamis("synth", "--pattern", "1:2", "--rows", "2", "--cols", "2", "-o", "report.json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["figures"]["macs"] == 4
    assert report["figures"]["area_per_mac"] > report["figures"]["dense_area_per_mac"] > 2000
    assert "1:2" in run.stdout


def test_synth_of_a_pe_is_flat():
    run = tamis("synth", "tiny-1:2", "--part", "pe", "--target", "sky130", "--json")
    report = json.loads(run.stdout)
    assert (report["flatten"], len(report["modules"]), report["figures"]["macs"]) == (True, 1, 16)
    assert report["unit"] == "um2"


@pytest.mark.parametrize("arguments, text", [
    (["--pattern", "5:4", "-o", "out"], "pattern must be N:M with 1 <= N <= M, not '5:4'"),
    (["--pattern", "2:4", "--rows", "7", "-o", "out"], "rows must be a multiple of N = 2 of pattern 2:4, not 7"),
    (["--cols", "0", "-o", "out"], "cols must be greater than or equal to 1, not 0"),
    (["--rows", "many", "-o", "out"], "'--rows': 'many' is not a valid integer"),
    (["--config", "none.toml", "-o", "out"], "config 'none.toml' cannot be read: No such file"),
    (["nonesuch", "-o", "out"], "preset must be one of default"),
    (["default", "--config", "x.toml", "-o", "out"], "must be a preset or a --config file, not both"),
    (["--name", "2fast", "-o", "out"], "name must be a Verilog identifier"),
    (["--colums", "4", "-o", "out"], "--colums"),
    (["nonesuch", "-o", "out"], "or the kind one of array, tasd, tasd-pool, prune, sas, mvue"),
    (["tasd", "--m", "5", "-o", "out"], "m must be 4, 8 or 16, not 5"),
    (["tasd", "--style", "heap", "-o", "out"], "style must be 'rank' or 'tree', not 'heap'"),
    (["tasd", "--rows", "4", "-o", "out"], "--rows"),
    (["tasd-pool", "--m", "5", "-o", "out"], "m must be 4, 8 or 16, not 5"),
    (["tasd-pool", "--units", "1", "-o", "out"], "units must be at least blocks_per_cycle = 2, not 1"),
    (["sas", "--m", "16", "--lanes", "2", "-o", "out"], "lanes must be at least log2(M) - 1 = 3, not 2"),
    (["sas", "--width", "many", "-o", "out"], "'--width': 'many' is not a valid integer"),
    (["mvue", "--u-bits", "9", "-o", "out"], "u_bits must be 8, 10, 12, 16, 20 or 24, not 9"),
    (["prune", "--config", "none.toml", "-o", "out"], "config 'none.toml' cannot be read: No such file"),
    ([], "Missing option '-o'"),
])
def test_generate_refuses(arguments, text, tmp_path):
    refused(tamis("generate", *arguments, cwd=tmp_path), text)
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    for command in ("generate", "verify"):
        refused(tamis(command, "tiny-1:2", "-o", "out", cwd=tmp_path), "output 'out' exists and is not empty")
    (tmp_path / "report.json").write_text("mine")
    refused(tamis("synth", "tiny-1:2", "-o", "report.json", cwd=tmp_path), "output 'report.json' exists")
    assert (tmp_path / "report.json").read_text() == (tmp_path / "out" / "mine").read_text() == "mine"


def test_synth_on_an_fpga_as_markdown_with_a_treemap(tmp_path):
    run = tamis("synth", "tiny-1:2", "--part", "column", "--target", "ice40", "--seeds", "0", "--no-units",
                "--markdown", "--svg", "map.svg", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "| look-up tables |" in run.stdout and "iCE40HX8K" in run.stdout and "| 1:2 | 8 |" in run.stdout
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    refused(tamis("synth", "tiny-1:2", "--svg", "map.svg", cwd=tmp_path), "output 'map.svg' exists")


@pytest.mark.parametrize("arguments, text", [
    (["--liberty", "none.lib"], "none.lib"),
    (["--target", "liberty"], "--liberty FILE"),
    (["--target", "asap7"], "asap7"),
    (["--target", "ecp5", "--device", "hx8k"], "device of target 'ecp5' must be one of 85f, 45f, 25f, not 'hx8k'"),
    (["--period", "3"], "has timing (--liberty FILE), not with target 'uniform'"),
    (["--target", "ecp5", "--period", "3"], "Liberty file that has timing, not with target 'ecp5'"),
    (["--strict"], "--strict must go with --period NS, and OpenSTA must be installed to check it"),
    (["--device", "85f"], "--device and --seeds must go with target ecp5 or ice40, not 'uniform'"),
    (["--target", "ice40", "--liberty", "x.lib"], "target 'ice40' must not have a Liberty file"),
    (["--json", "--markdown"], "report must be --json or --markdown, not both"),
    (["--pipeline", "all"], "pipeline must be 'none', 'select', 'multiply' or 'both', not 'all'"),
])
def test_synth_refuses(arguments, text, tmp_path):
    refused(tamis("synth", "tiny-1:2", "-o", "r.json", *arguments, cwd=tmp_path), text)
    assert list(tmp_path.iterdir()) == []


def test_demo_refuses_a_corrupt_weights_file(tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 not really")
    refused(tamis("demo", "--weights", "w.npz", "-o", "out", cwd=tmp_path), "w.npz")
    refused(tamis("demo", "vegeta-n:8", "-o", "out", cwd=tmp_path), "demo must be one pattern")
    assert [p.name for p in tmp_path.iterdir()] == ["w.npz"]


def refused(run, text):
    assert run.returncode == 2
    assert text in run.stderr
    assert run.stderr.startswith("tamis: ") and run.stderr.count("\n") == 1
    assert run.stdout == ""


@pytest.mark.parametrize("command", ["generate", "verify", "synth", "demo"])
def test_help_has_an_example(command):
    run = tamis(command, "--help")
    assert run.returncode == 0 and "Example:\n    tamis " + command in run.stdout

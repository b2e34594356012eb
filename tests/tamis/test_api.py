"""The names that `tamis` itself offers: each exists, is documented, and does what the command of its name does."""

import json
import subprocess
import sys

import pytest

import tamis
from tamis.testbench.run.results import names_of

TINY = tamis.ArrayConfig.parse({"patterns": "1:2", "rows": 2, "cols": 2, "acc_width": 8})


def test_every_name_exists_and_has_a_docstring():
    for name in tamis.__all__:
        assert getattr(tamis, name).__doc__, name
    assert set(tamis.__all__) <= set(dir(tamis))
    assert not hasattr(tamis, "nothing")


def test_measure_is_what_the_command_prints():
    report = tamis.measure(TINY)
    assert report.unit == "tr" and report.total.area > 0
    run = subprocess.run([sys.executable, "-m", "tamis", "synth", "--pattern", "1:2", "--rows", "2", "--cols", "2",
                          "--acc-width", "8", "--no-units", "--json"], capture_output=True, text=True, check=True)
    printed = json.loads(run.stdout)
    assert printed["total"]["area"] == report.total.area


def test_measure_refuses_a_target():
    with pytest.raises(tamis.BadInput, match=r"target must be one of .*, not 'tsmc7'"):
        tamis.measure(TINY, "tsmc7")


def test_generate_names_what_it_writes(tmp_path):
    design = tamis.generate(TINY)
    assert {path.name for path in design.write(tmp_path / "out")} == set(design.files)


def test_verify_is_the_regression(tmp_path):
    verdict = tamis.verify(TINY, simulator="icarus", seed=5, draws=1, folder=tmp_path / "kept")
    assert verdict.passed and verdict.failed == [] == verdict.holes and verdict.seed == 5
    assert {outcome.test for outcome in verdict.outcomes} == set(names_of("tamis.testbench.array.tests"))
    assert (tmp_path / "kept" / "icarus" / "results.xml").exists()


def test_verify_refuses_a_simulator():
    with pytest.raises(tamis.BadInput, match="simulator 'vcs' is not installed; installed: "):
        tamis.verify(TINY, simulator="vcs")

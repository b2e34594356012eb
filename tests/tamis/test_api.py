"""The names that `tamis` itself offers: each exists, is documented, and does what the command of its name does."""

import json
import subprocess
import sys

import pytest

import tamis

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

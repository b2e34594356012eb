"""testbench/run/results.py: fewer, other or no tests are an error; the caller's settings stay outside."""

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tamis.testbench.run import coverage, runner, simulators
from tamis.testbench.run.results import RegressionError, names_of, own_environment, read

TESTS = "tamis.testbench.units.tests"
CASE = '<testcase name="{}" classname="t" time="0.1">{}</testcase>'
FOREIGN = {"COCOTB_TEST_FILTER": "foo", "COCOTB_TESTCASE": "foo", "COCOTB_RANDOM_SEED": "3", "PYTEST_ADDOPTS": "-k foo",
           "TAMIS_DRAWS": "x", "TAMIS_BLOCKS": "x", "PYTHONSTARTUP": "foo.py", "TESTCASE": "foo"}


def results(tmp_path, *cases, end="</testsuite></testsuites>"):
    path = tmp_path / "results.xml"
    path.write_text("<testsuites><testsuite>" + "".join(CASE.format(*case) for case in cases) + end)
    return path


def test_names_are_those_of_the_decorated_functions():
    assert len(names_of("tamis.testbench.array.gemm_run")) == 1
    assert len(names_of(["tamis.testbench.core.tests", "tamis.testbench.core.control_tests"])) == 15
    with pytest.raises(RegressionError, match="must hold tests"):
        names_of("tamis.testbench.run.packing")


def test_every_name_has_one_outcome(tmp_path):
    path = results(tmp_path, ("a", ""), ("b", '<failure message="b differs"/>'))
    assert [(o.test, o.failure) for o in read(path, "icarus", ["b", "a"])] == [("a", None), ("b", "b differs")]


@pytest.mark.parametrize(("cases", "message"), [
    ([], "icarus ran 0 of 2 tests; without a result: a, b"),
    ([("a", "")], "icarus ran 1 of 2 tests; without a result: b"),
    ([("a", ""), ("b", "<skipped/>")], "icarus ran 1 of 2 tests; without a result: b"),
    ([("a", ""), ("b", ""), ("c", "")], "icarus ran 3 of 2 tests; not asked for, or twice: c"),
    ([("a", ""), ("a", ""), ("b", "")], "not asked for, or twice: a, a"),
])
def test_other_results_are_errors(tmp_path, cases, message):
    with pytest.raises(RegressionError, match=message):
        read(results(tmp_path, *cases), "icarus", ["a", "b"])


def test_a_results_file_cut_short_or_missing(tmp_path):
    with pytest.raises(RegressionError, match="are damaged"):
        read(results(tmp_path, ("a", ""), end=""), "icarus", ["a"])
    with pytest.raises(RegressionError, match="icarus wrote no results"):
        read(tmp_path / "none.xml", "icarus", ["a"])


@pytest.mark.parametrize("text", [None, "", "{", "{}"])
def test_coverage_that_is_missing_or_cut_short(tmp_path, text):
    if text is not None:
        (tmp_path / coverage.FILE).write_text(text)
    with pytest.raises(RegressionError, match=r"coverage '.*' (cannot be read|holds no bins)"):
        coverage.read(tmp_path)


def test_own_environment(monkeypatch):
    for name, value in (FOREIGN | {"TAMIS_CACHE": "here"}).items():
        monkeypatch.setenv(name, value)
    with own_environment():
        assert not set(FOREIGN) & set(os.environ)
        assert os.environ["TAMIS_CACHE"] == "here"
    assert {name: os.environ[name] for name in FOREIGN} == FOREIGN


@pytest.mark.parametrize("end", [SystemExit(1), RuntimeError("Command failed with return code: -11")])
@pytest.mark.parametrize("whole", [False, True], ids=["without results", "after whole results"])
def test_a_simulation_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool,
                                end: BaseException) -> None:
    """The results of the run before it are not taken for its own, and its own do not count."""
    passed = [(name, "") for name in names_of(TESTS)]
    results(tmp_path, *passed)

    def dies(**kwargs: object) -> None:
        if whole:
            results(tmp_path, *passed)
        raise end

    monkeypatch.setattr(runner, "get_runner", lambda name: SimpleNamespace(log=logging.getLogger("dies"), test=dies))
    monkeypatch.setattr(runner, "build", lambda *args, **kwargs: tmp_path)
    design = SimpleNamespace(manifest={"files": {"manifest": "m.json"}}, files={"m.json": "{}"})
    message = "wrote its results and then failed" if whole else "wrote no results"
    with pytest.raises(RegressionError, match=message) as caught:
        runner.run(design, simulators.Verilator(), tmp_path, tests=TESTS, seed=1)
    assert "\n" not in str(caught.value)


def test_a_simulator_that_dies_after_its_results(tmp_path: Path) -> None:
    """Killed by a signal when Python ends, all results written: one line, exit status 1."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, signal, sys\n"
        "if os.environ.get('COCOTB_RESULTS_FILE'):\n"
        "    atexit.register(lambda: os.kill(os.getpid(), signal.SIGKILL))\n")
    simulator = simulators.available()[-1].name
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from tamis.cli.main import main; main()"
    run = subprocess.run([sys.executable, "-c", code, "verify", "tiny-1:2", "--simulator", simulator], cwd=tmp_path,
                         capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "wrote its results and then failed" in run.stderr and "Traceback" not in run.stderr
    assert "pass" not in run.stdout


def test_the_callers_filter_changes_nothing(tmp_path):
    simulator = simulators.available()[-1].name
    run = subprocess.run([sys.executable, "-m", "tamis", "verify", "tiny-1:2", "--simulator", simulator],
                         env={**os.environ, **FOREIGN}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("pass") == len(names_of("tamis.testbench.array.tests")) > 5

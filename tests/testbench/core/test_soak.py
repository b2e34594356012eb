"""The soak: what it says is right was run and compared; nothing, or less than was asked for, is a failure."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import generate
from tamis.testbench.core import soak
from tamis.testbench.run import simulators
from tamis.testbench.run.results import RegressionError

FAST = simulators.available()[-1]  # to build


def test_a_soak_counts_what_it_compared(tmp_path: Path) -> None:
    design = generate(CoreConfig.preset("tiny-n:2"))
    assert soak.soaked(design, FAST, tmp_path, 3, 1) is None
    assert (tmp_path / soak.COUNT).read_text() == "3"
    with pytest.raises(RegressionError, match="the soak compared 0 GEMMs, not 1"):
        soak.soaked(design, FAST, tmp_path / "none", 0, 1)


@pytest.mark.parametrize(("text", "found"), [(None, "0"), ("", "an unknown number of"), ("4", "4"), ("6", "6")])
def test_another_count_is_a_failure(tmp_path: Path, text: str | None, found: str) -> None:
    if text is not None:
        (tmp_path / soak.COUNT).write_text(text)
    with pytest.raises(RegressionError, match=f"the soak compared {found} GEMMs, not 5"):
        soak.compared(tmp_path, 5)


@pytest.mark.parametrize("gemms", [1, 6])
def test_a_core_without_a_gemm_is_refused(gemms: int) -> None:
    result = CliRunner().invoke(soak.main, ["--gemms", str(gemms), "--seed", "1"])
    assert result.exit_code == 2
    assert f"--gemms: must be at least 1 for each of the 7 cores, not {gemms}" in result.output
    assert "right" not in result.output


def test_a_simulation_that_compares_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every core of the command reports; one that compared nothing makes the exit status 1."""
    monkeypatch.setattr(soak, "PRESETS", ("tiny-n:2",))
    monkeypatch.setattr(simulators, "Verilator", lambda: FAST)
    monkeypatch.setattr(soak.runner, "run", lambda *args, **kwargs: [Passed()])
    result = CliRunner().invoke(soak.main, ["--gemms", "2", "--cores", "0", "--seed", "1"])
    assert result.exit_code == 1
    assert "FAILED" in result.output and "the soak compared 0 GEMMs, not 2" in result.output


class Passed:
    """A result without a failure."""

    failure = None

"""What the lint tests share."""

import os
import subprocess

import pytest

from tamis.testbench.run import simulators


@pytest.fixture
def lint(tmp_path):
    """Verilator, all warnings on, has nothing to say of a text whose top is `unit`, and every signal has a name."""
    def check(text):
        assert "$signal" not in text, "a Signal without a name"
        (tmp_path / "unit.v").write_text(text)
        binary, env = simulators.Verilator().command()
        command = [binary, "--lint-only", "-Wall", "-Wno-DECLFILENAME", "-fno-dfg", "--top-module", "unit", "unit.v"]
        run = subprocess.run(command, cwd=tmp_path, env=os.environ | env, capture_output=True, text=True, check=False)
        said = "\n".join(line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("- "))
        assert (run.returncode, said) == (0, "")
    return check

"""Linter, spelling and types: silent on every file that git tracks."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [name for name in listed.split("\0")
            if name and name != "LICENSE" and not name.endswith(".npz") and (ROOT / name).is_file()]


@pytest.mark.parametrize("words", [["ruff", "check", "--quiet"], ["mypy"], ["codespell_lib"]], ids=lambda w: w[0])
def test_silent(words):
    files = tracked() if words[0] == "codespell_lib" else []
    if words[0] == "codespell_lib" and not files:
        pytest.skip("no git checkout: which files are ours is unknown")
    run = subprocess.run([sys.executable, "-m", *words, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr

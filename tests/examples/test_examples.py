"""Each lesson of examples/ runs as its reader runs it, and prints its result."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSONS = {
    "01_array/lesson.py": ["as A @ B: True", " tests, 0 failed", "transistors, dense"],
    "02_unit/lesson.py": ["residual [0, 0, 2, 0]", "values [-7, 5, 3, 2] of places [1, 3, 0, 2], residual: True",
                        "random: as golden says"],
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson(lesson):
    done = subprocess.run([sys.executable, ROOT / "examples" / lesson], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    for text in LESSONS[lesson]:
        assert text in done.stdout, done.stdout

"""Each lesson of examples/ runs as its reader runs it, and prints its result."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Lesson 3 is also the test of a core whose B beats hold whole channels of a parameter table (512 bits).
LESSONS = {
    "01_array/lesson.py": ["as A @ B: True", " tests, 0 failed", "transistors, dense"],
    "02_unit/lesson.py": ["residual [0, 0, 2, 0]", "values [-7, 5, 3, 2] of places [1, 3, 0, 2], residual: True",
                        "random: as golden says"],
    "03_layer_on_the_core/lesson.py": ["next layer's A: 6 x 8, equal to golden: True", "1 tiles"],
    "04_your_own_unit/lesson.py": ["203 blocks, all as golden says", "latency {'i to o': 1}, streams i, o",
                                   "transistors"],
}


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson(lesson):
    done = subprocess.run([sys.executable, ROOT / "examples" / lesson], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    for text in LESSONS[lesson]:
        assert text in done.stdout, done.stdout

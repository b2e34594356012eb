"""`tamis demo` on a small array: real digits through the RTL, and every figure that it promises."""

import re
import subprocess
import sys


def test_demo(tmp_path):
    run = subprocess.run([sys.executable, "-m", "tamis", "demo", "--pattern", "2:4", "--rows", "4", "--cols", "4",
                          "-o", "out"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    text = " ".join(run.stdout.split())
    # 64 x 64 at 2:4 on 4 x 4 is 8 K tiles x 16 I tiles = 128 passes of 360 columns; one PE row of 4, one PE column.
    assert "46082 measured, 46082 predicted, 46080 ideal" in text
    assert "184,320, all equal to the golden model" in text
    accuracy, dense = map(float, re.search(r"([\d.]+)% from the RTL's own sums; ([\d.]+)% dense", text).groups())
    assert accuracy > 97 and abs(accuracy - dense) <= 1
    assert "utilisation 100.0%" in text and "cycles/s" in text
    folder, = (tmp_path / "out").iterdir()
    assert folder.name.startswith("tamis_array_m4_4x4_") and (folder / f"{folder.name}.v").is_file()
    again = subprocess.run([sys.executable, "-m", "tamis", "demo", "--rows", "4", "--cols", "4", "-o", "out"],
                           cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr

"""The wheel, in an empty environment, from another folder."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_installed_wheel_generates(tmp_path):
    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "build", "--wheel", "--outdir", "dist", str(ROOT))
    wheel, = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    binaries = tmp_path / "empty" / "bin"
    run(binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    run(binaries / "tamis", "generate", "--pattern", "2:4", "--rows", "4", "--cols", "4", "-o", "out")
    assert (tmp_path / "out" / "tamis_array_m4_4x4.v").is_file()
    assert str(ROOT) not in run(binaries / "python", "-c", "import golden, hdl, tamis; print(golden, hdl, tamis)")

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
    for name in ("golden", "hdl", "host", "model", "synth", "testbench", "tools"):  # a user's own modules
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working folder')")
    run(binaries / "tamis", "generate", "--pattern", "2:4", "--rows", "4", "--cols", "4", "-o", "out")
    assert len(list((tmp_path / "out").glob("tamis_array_m4_4x4_????????.v"))) == 1
    run(binaries / "python", "-m", "tamis", "verify", "tiny-1:2", "--simulator", "verilator")
    found = run(binaries / "python", "-c", "import tamis.golden, tamis.hdl; print(tamis.golden, tamis.hdl)")
    assert str(ROOT) not in found
    added = {path.parts[0] for path in metadata_files(tmp_path / "empty")} - {"..", "__pycache__"}
    assert {name for name in added if not name.endswith(".dist-info")} == {"tamis"}


def metadata_files(environment):
    """Paths of all that the wheel installed, below site-packages."""
    record, = environment.glob("lib/python*/site-packages/tamis-*.dist-info/RECORD")
    return [Path(line.split(",")[0]) for line in record.read_text().splitlines()]

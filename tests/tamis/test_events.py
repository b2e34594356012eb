"""tamis/cli/effects.py, cell by cell: what each command leaves behind, whatever happens while it works."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tamis.cli import effects
from tamis.sweep import results

SMALL = ["--pattern", "1:2", "--rows", "2", "--cols", "2"]
SPEC = 'patterns = ["1:1", "1:2"]\nrows = [2]\ncols = [2]\nacc_width = [21, 22, 23, 24, 25, 26]\n'
COMMANDS = {  # its words, what it writes
    "generate": (["generate", *SMALL, "-o", "place/out"], "place/out"),
    "verify": (["verify", *SMALL, "--simulator", "verilator", "-o", "place/out"], "place/out"),
    "synth": (["synth", *SMALL, "--no-units", "-o", "place/out"], "place/out"),
    "demo": (["demo", "--pattern", "1:2", "--rows", "8", "--cols", "8", "-o", "place/out"], "place/out"),
    "sweep": (["sweep", "spec.toml", "--jobs", "1", "-o", "place/out"], "place/out/results.parquet"),
    "report": (["report", "results.parquet", "-o", "place/out"], "place/out"),
}
TESTED: set[tuple[str, str]] = set()  # (event, outcome)


def during(event, *outcomes, but=()):
    """The test runs for the commands that have one of these outcomes in that event; `but`: another test has those."""
    TESTED.update((event, outcome) for outcome in outcomes)
    return pytest.mark.parametrize("name", [name for name in effects.of(event, *outcomes) if name not in but])


def only(event, name):
    """The test is for that command, which another test of the event leaves out."""
    return pytest.mark.parametrize("name", [name] if name in effects.of(event, *effects.EVENTS[event]) else [])


def test_every_cell_has_its_test():
    """Each event has one outcome for each command, and each outcome of each event a test."""
    assert list(COMMANDS) == list(effects.COMMANDS)
    for event, outcomes in effects.EVENTS.items():
        assert sorted(name for commands in outcomes.values() for name in commands) == sorted(COMMANDS), event
    assert {(event, outcome) for event, outcomes in effects.EVENTS.items() for outcome in outcomes} == TESTED
    assert {outcome for _, outcome in TESTED} == set(effects.OUTCOMES)


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a command in `tmp_path`, with folders of its own for scratch files and, if asked, the cache."""
    (tmp_path / "spec.toml").write_text(f'workloads = ["bert"]\n[grid]\n{SPEC}')
    for folder in ("place", "scratch"):
        (tmp_path / folder).mkdir()

    def start(name, *words, own_cache=False, before=None, under=()):
        if name == "report":
            from tests.tamis.test_report import ABOUT, made
            results.write(tmp_path / "results.parquet", made(), ABOUT)
        env = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
        if own_cache:
            env["TAMIS_CACHE"] = str(tmp_path / "cache")

        def prepared():
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
            if before:
                before()

        command = [*under, sys.executable, "-m", "tamis", *COMMANDS[name][0], *words]
        return subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, preexec_fn=prepared)
    return start


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refused(process, *words):
    """The command ends with status 2 and one line on standard error that holds `words`."""
    _, said = process.communicate(timeout=300)
    assert process.returncode == 2 and said.startswith("tamis: ") and said.count("\n") == 1, said
    for word in words:
        assert word in said, said


INTERRUPT, TERMINATION = "interrupt: Ctrl-C, status 130", "termination: SIGTERM, status 143"


@during(INTERRUPT, "ended", "whole")
def test_an_interrupt(name, start, tmp_path):
    _stopped(name, signal.SIGINT, INTERRUPT, start, tmp_path)


@during(TERMINATION, "ended", "whole")
def test_a_termination(name, start, tmp_path):
    _stopped(name, signal.SIGTERM, TERMINATION, start, tmp_path)


def _stopped(name, number, event, start, tmp_path):
    """The signal ends the command, its children and its scratch files."""
    process = start(name, own_cache=True)
    while not list((tmp_path / "scratch").iterdir()) and process.poll() is None:
        time.sleep(0.01)
    began = time.monotonic()
    while time.monotonic() < began + 20 and process.poll() is None and name != "report":  # report starts none
        if children := psutil.Process(process.pid).children(recursive=True):
            break
        time.sleep(0.01)
    time.sleep({"generate": 0.1, "report": 0, "sweep": 3}.get(name, 0.5))
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
    assert said.splitlines()[-1].startswith("tamis: ") and "Traceback" not in said, said
    assert not psutil.wait_procs(children, timeout=5)[1]
    assert list((tmp_path / "scratch").iterdir()) == []
    if name in effects.of(event, "whole"):
        assert not list((tmp_path / "place").rglob("simulation"))
    else:
        assert files(tmp_path / "place") == []


@during("full disk", "nothing", but=("report",))  # it needs large memory files
def test_a_full_disk_leaves_nothing(name, start, tmp_path):
    """A limit on the size of files stands for the disk: every write beyond it fails, as root too."""
    process = start(name, own_cache=name != "generate",
                    before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
    _, said = process.communicate(timeout=300)
    assert process.returncode in (1, 2) and "Traceback" not in said, said
    assert said.splitlines()[-1].startswith(("tamis: ", "failed: ")), said
    assert list((tmp_path / "scratch").iterdir()) == []
    assert not (tmp_path / COMMANDS[name][1]).is_file() and not list((tmp_path / "place").rglob("*.part"))


@only("full disk", "report")
def test_a_disk_that_is_full_leaves_nothing(name, start, tmp_path):
    """A small file system of its own, in a namespace of mounts, where the system allows that."""
    mount = ["unshare", "-m", *["-r"] * (os.geteuid() != 0), "sh", "-c",
             'mount -t tmpfs -o size=16k none place && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*mount, "true"], cwd=tmp_path, capture_output=True).returncode:
        pytest.skip("this system allows no mount")
    refused(start(name, under=mount), "no space left for 'place/out'; free some and run the same again")
    assert files(tmp_path / "place") == [] and list((tmp_path / "scratch").iterdir()) == []


@during("two at once", "refused")
def test_two_at_once_in_one_folder(name, start, tmp_path):
    """A folder that is held by another command is refused; the test itself is the other one."""
    from tamis.tools.files import only_writer

    folder = tmp_path / "place" / "out"
    if name == "demo":
        from tamis.hdl.array.config import ArrayConfig
        from tamis.hdl.emit.generate import generate

        config = ArrayConfig.parse({"patterns": "1:2", "rows": 8, "cols": 8})
        folder /= generate(config).manifest["top"]
    with only_writer(folder):
        refused(start(name), "is being written by another command; wait for its end")
    assert files(tmp_path / "place") == []


@during("two at once", "last")
def test_two_at_once_that_write_one_file(name, start, tmp_path):
    """Each writes it whole; the last one stays."""
    both = [start(name, "--force") for _ in range(2)]
    for process in both:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    folder = (tmp_path / COMMANDS[name][1]).parent
    assert files(folder) == [Path(COMMANDS[name][1]).name]
    assert list((tmp_path / "scratch").iterdir()) == []


@during("output that exists", "left alone", "replaced")
def test_output_that_exists(name, start, tmp_path):
    target = tmp_path / COMMANDS[name][1]
    mine = target / "mine" if name in ("generate", "verify", "demo") else target
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    if name in effects.of("output that exists", "replaced"):
        assert start(name).wait(timeout=300) == 0
    else:
        refused(start(name), "output", "exists")
    assert mine.read_text() == "mine"


def _without_override():
    """Root obeys the modes of files and folders from the next program on; a plain user does already."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@during("read-only output folder", "named")
def test_a_read_only_place_is_named(name, start, tmp_path):
    (tmp_path / "place").chmod(0o555)
    refused(start(name, before=_without_override), "ermission denied", "place")
    (tmp_path / "place").chmod(0o755)
    assert files(tmp_path / "place") == [] and list((tmp_path / "scratch").iterdir()) == []


@during("read-only cache", "helped")
def test_a_read_only_cache_says_what_helps(name, start, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o555)
    process = start(name, own_cache=True, before=_without_override)
    refused(process, "cache folder", "set TAMIS_CACHE to another")
    assert list((tmp_path / "scratch").iterdir()) == []


@during("read-only cache", "unaffected")
def test_a_read_only_cache_that_is_not_needed(name, start, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o555)
    process = start(name, own_cache=True, before=_without_override)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert list((tmp_path / "cache").iterdir()) == [] == list((tmp_path / "scratch").iterdir())

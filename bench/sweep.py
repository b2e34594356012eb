"""What a sweep of 200 designs takes, and that killing it changes nothing: `python -m bench.sweep`.

Three sweeps of examples/sweeps/formats.toml by the command line, each store empty at first: one undisturbed; one of
which two workers are killed at random moments, then the whole of it, and which is started again; the first once more.
"""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import platformdirs
import psutil

SPEC = Path(__file__).resolve().parent.parent / "examples" / "sweeps" / "formats.toml"


@click.command()
@click.option("--spec", default=str(SPEC), show_default=True, metavar="FILE")
@click.option("--seed", default=1, show_default=True, help="Of the moments and workers.")
def main(spec, seed):
    """Sweep undisturbed, disturbed, and again; exit status 1 if the results differ."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="tamis_bench_") as scratch:
        scratch = Path(scratch)
        plain, seconds = _sweep(spec, scratch, "undisturbed")
        click.echo(f"undisturbed            {seconds:7.1f} s   {_digest(plain)}")
        disturbed = _disturbed(spec, scratch, rng)
        click.echo(f"two workers killed, then all, resumed   {_digest(disturbed)}")
        again, seconds = _sweep(spec, scratch, "undisturbed", "--force")
        click.echo(f"again                  {seconds:7.1f} s   {_digest(again)}")
        same = plain.read_bytes() == disturbed.read_bytes() == again.read_bytes()
    click.echo("same bytes" if same else "the results differ")
    sys.exit(0 if same else 1)


def _start(spec, scratch, name, *options):
    """A sweep of its own cache folder, and the file it will write."""
    cache = scratch / f"{name}.cache"
    cache.mkdir(exist_ok=True)
    compiled = Path(platformdirs.user_cache_dir("YoWASP", appauthor=False))
    with contextlib.suppress(FileExistsError):  # yosys's own start on this machine is not measured here
        (cache / "YoWASP").symlink_to(compiled, target_is_directory=True)
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "TAMIS_CACHE": str(cache / "tamis")}
    process = subprocess.Popen([sys.executable, "-m", "tamis", "sweep", spec, "-o", str(scratch / name), *options],
                               env=environment, stderr=subprocess.DEVNULL)
    return process, cache / "tamis" / "points", scratch / name / "results.parquet"


def _sweep(spec, scratch, name, *options):
    started = time.perf_counter()
    process, _, file = _start(spec, scratch, name, *options)
    if process.wait():
        raise click.ClickException(f"the sweep failed with status {process.returncode}")
    return file, time.perf_counter() - started


def _disturbed(spec, scratch, rng):
    process, points, _ = _start(spec, scratch, "disturbed")
    for number in range(2):
        _until(points, rng.randint(10, 60) + 60 * number, process)
        workers = [child for child in psutil.Process(process.pid).children(recursive=True)
                   if "spawn_main" in " ".join(child.cmdline())]
        victim = rng.choice(workers)
        victim.send_signal(signal.SIGKILL)
        click.echo(f"worker {victim.pid} of {len(workers)} killed after {_count(points)} designs")
    _until(points, rng.randint(130, 160), process)
    process.kill()
    process.wait()
    kept = {file: file.stat().st_mtime_ns for file in points.rglob("*.json")}
    click.echo(f"sweep killed after {len(kept)} designs")
    file, _ = _sweep(spec, scratch, "disturbed")
    if any(file.stat().st_mtime_ns != when for file, when in kept.items()):
        raise click.ClickException("a finished design was done again")
    return file


def _until(points, number, process):
    while _count(points) < number:
        if process.poll() is not None:
            raise click.ClickException("the sweep ended before it was killed")
        time.sleep(0.05)


def _count(points):
    return len(list(points.rglob("*.json")))


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


if __name__ == "__main__":
    main()

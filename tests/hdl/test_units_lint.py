"""The Verilog of every unit: Verilator, all warnings on, has none."""

import os
import subprocess

import pytest

from hdl._standalone import verilog
from hdl.mvue import MVUEConfig, MVUEUnit
from hdl.sas import SASConfig, SASIndexUnit, SASParallel
from hdl.tasd import TASDConfig, TASDUnit
from hdl.tasd_pool import TASDPool, TASDPoolConfig
from testbench import simulators

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
]


def _name(unit):
    return str(getattr(unit, "config", type(unit).__name__)).replace(" ", ",")


@pytest.mark.parametrize("unit", UNITS, ids=_name)
def test_no_warning(unit, tmp_path):
    (tmp_path / "unit.v").write_text(verilog(unit, "unit"))
    binary, env = simulators.Verilator().command()
    run = subprocess.run([binary, "--lint-only", "-Wall", "-Wno-DECLFILENAME", "--top-module", "unit", "unit.v"],
                         cwd=tmp_path, env=os.environ | env, capture_output=True, text=True, check=False)
    said = "\n".join(line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("- "))
    assert (run.returncode, said) == (0, "")

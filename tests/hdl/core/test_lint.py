"""The Verilog of every core: Verilator, all warnings on, has none; and no port without bits."""

import re

import pytest

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import generate


def _array(patterns, rows, cols, **fields):
    return {"patterns": patterns, "rows": rows, "cols": cols, **fields}


ODD = {
    "one PE row": {"array": _array("1:4,2:4,4:4", 4, 4), "columns": 8, "b_slots": 2},
    "M = 32": {"array": _array("1:32,2:32", 4, 2), "columns": 32, "b_pattern": "2:32",
               "b_bits": 64, "a_bits": 512, "out_lanes": 2},
    "M = 16, int4": {"array": _array("1:16,2:16", 8, 4, a_width=4, b_width=4), "columns": 16, "a_bits": 32,
                     "c_bits": 512, "b_pattern": "1:16"},
    "int16": {"array": _array("1:4,2:4,4:4", 8, 8, a_width=16, b_width=16, acc_width=40),
              "c_bits": 64, "b_pattern": "1:4", "b_bits": 32},
    "saturate": {"array": _array("2:8,4:8", 8, 8, overflow="saturate"), "queue": 2},
    "dense, one PE row": {"array": _array("1:1", 4, 4), "columns": 4, "b_slots": 2, "queue": 64},
    "least": {"array": _array("1:1", 2, 1), "columns": 4, "b_slots": 2, "queue": 2, "a_bits": 32, "b_bits": 32,
              "c_bits": 32},
    "compressed B of M = 8": {"array": _array("2:8,4:8", 8, 4), "columns": 8, "b_pattern": "4:8", "b_bits": 128},
    "one column": {"array": _array("1:2,2:2", 4, 1), "columns": 8, "b_slots": 64},
    "pipeline": {"array": _array("1:4,2:4", 8, 4, pipeline="both"), "columns": 16},
}


@pytest.mark.parametrize("name", [*CoreConfig.presets, *ODD])
def test_no_warning(name, lint):
    config = CoreConfig.preset(name) if name in CoreConfig.presets else CoreConfig.parse(ODD[name])
    design = generate(config, name="unit")
    text = "\n".join(design.files[file] for file in design.manifest["files"]["verilog"])
    assert not re.search(r"\[-\d+:", text)
    lint(text)

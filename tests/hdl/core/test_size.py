"""hdl/core/size.py: the memories that a configuration promises are those of the elaborated core; more is refused."""

import re
import time

import pytest

from tamis.hdl.config import ConfigError
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.core import TensorCore
from tamis.hdl.core.size import LARGEST_MEMORY, memories
from tamis.hdl.emit.generate import Modules

WIDE = {"patterns": "1:8", "rows": 64, "cols": 64}  # B's words have 4,096 bits


@pytest.mark.parametrize("config", [
    CoreConfig.preset("tiny-n:2"),
    CoreConfig.parse({"array": {"patterns": "1:4,2:4", "rows": 8, "cols": 4, "a_width": 4, "b_width": 4}, "columns": 8,
                      "b_slots": 8, "a_bits": 32, "c_bits": 32, "b_bits": 32}),
], ids=["tiny-n:2", "int4"])
def test_memories_are_those_of_the_core(config):
    modules = Modules("top")
    modules.convert(TensorCore(config, make=modules.make))
    found = re.findall(r"memory width (\d+) size (\d+)", "".join(modules._texts.values()))
    assert set(memories(config).values()) <= {(int(width), int(depth)) for width, depth in found}
    others = [int(width) * int(depth) for width, depth in found
              if (int(width), int(depth)) not in memories(config).values()]
    assert sum(others) < LARGEST_MEMORY // 100


@pytest.mark.parametrize("fields, text", [
    ({"array": WIDE, "columns": 4096, "b_slots": 2}, "of which B has 33554432; choose fewer columns"),
    ({"array": WIDE, "columns": 128, "b_slots": 64}, "columns = 128 and b_slots = 64 must make buffers of at most"),
    ({"array": {"patterns": "1:1", "rows": 2, "cols": 512}, "columns": 4096}, "of which accumulators has"),
])
def test_a_core_that_cannot_be_built_is_refused_at_once(fields, text):
    began = time.perf_counter()
    with pytest.raises(ConfigError) as caught:
        CoreConfig.parse(fields)
    assert text in str(caught.value) and "\n" not in str(caught.value)
    assert time.perf_counter() - began < 1

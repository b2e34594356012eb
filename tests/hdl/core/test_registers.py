"""One description of the registers: what the C compiler makes of the header is what the hardware has."""

import asyncio
import json
import re
import subprocess

import pytest

from tamis.golden.core.descriptor import WIDTHS, Job
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.registers import ADDRESS_BITS, described, registers
from tamis.hdl.emit.generate import generate
from tamis.host.driver import Driver, DriverError
from tamis.testbench.run import simulators

LARGEST = {"array": {"patterns": "1:1", "rows": 128, "cols": 64}, "columns": 4096, "b_slots": 2, "queue": 64,
           "out_lanes": 64, "a_bits": 512, "b_bits": 512, "c_bits": 512}


def _configs():
    return {**{name: CoreConfig.preset(name) for name in CoreConfig.presets}, "largest": CoreConfig.parse(LARGEST)}


@pytest.mark.parametrize("name", _configs())
def test_map_is_sound(name):
    """Offsets are apart and in reach, fields fit and do not overlap, constants are what their fields say."""
    found = registers(_configs()[name])
    assert len({r.offset for r in found}) == len({r.name for r in found}) == len(found)
    for register in found:
        assert register.offset % 4 == 0 and 0 <= register.offset < 1 << ADDRESS_BITS
        assert register.value is None or 0 <= register.value < 1 << 32
        taken = [bit for field in register.fields for bit in range(field.low, field.low + field.width)]
        assert len(set(taken)) == len(taken) and all(0 <= bit < 32 for bit in taken)


def test_constants_say_what_the_core_is():
    config = CoreConfig.preset("small-n:4")
    values = {r.name: {f.name: r.value >> f.low & (1 << f.width) - 1 for f in r.fields}
              for r in registers(config) if r.value is not None}
    assert values["ARRAY"] == {"ROWS": 8, "COLS": 8}
    assert values["PATTERN"] == {"M": 4, "A_WIDTH": 8, "B_WIDTH": 8, "B_N": 2}
    assert values["BUFFERS"] == {"COLUMNS": 256, "B_SLOTS": 4, "QUEUE": 8}
    assert values["SIZES"] == {"SPAN": 8, "OUT_LANES": 4}
    assert values["STREAMS"] == {"A": 8, "B": 64, "C": 16}
    assert {r.name: r.value for r in registers(config)}["SUPPORTED"] == 0b1011


def test_c_header(tmp_path):
    """Every name of the header, as a C compiler reads it, and descriptors that C fills in."""
    design = generate(CoreConfig.preset("tiny-n:2"), name="mine")
    found = described(CoreConfig.preset("tiny-n:2"))
    assert design.manifest["registers"] == json.loads(json.dumps(found))
    header = design.files["mine_registers.h"]
    (tmp_path / "mine_registers.h").write_text(header)
    wanted = {"MINE_DESCRIPTOR_WORDS": 3}
    for register in found["registers"]:
        name = f"MINE_{register['name']}"
        wanted[name] = register["offset"]
        if register["value"] is not None:
            wanted[f"{name}_VALUE"] = register["value"]
        for field in register["fields"]:
            wanted[f"{name}_{field['name']}_SHIFT"] = field["low"]
            wanted[f"{name}_{field['name']}_MASK"] = sum(1 << field["low"] + bit for bit in range(field["width"]))
    for field in found["descriptor"]:
        name = f"MINE_JOB_{field['name'].upper()}"
        wanted |= {f"{name}_WORD": field["low"] // 32, f"{name}_SHIFT": field["low"] % 32,
                   f"{name}_WIDTH": field["width"]}
    assert set(re.findall(r"^#define (\w+) ", header, re.MULTILINE)) == set(wanted)
    job = Job(columns=0x1ABC, blocks=0xBEEF, n0=33, n1=17, n2=5, b_keep=1, mode=2, o0=63, o1=42, o2=21, relu=1,
              zero_point=-77, b_compressed=1)
    puts = "".join(f"  MINE_PUT(words, MINE_JOB_{name.upper()}, (uint32_t){getattr(job, name)});\n"
                   for name in WIDTHS)
    prints = "".join(f'  printf("{name} %llu\\n", (unsigned long long)({name}));\n' for name in wanted)
    (tmp_path / "main.c").write_text(f"""#include "mine_registers.h"
#include "mine_registers.h"
#include <stdio.h>
int main(void) {{
  uint32_t words[MINE_DESCRIPTOR_WORDS + 1] = {{0}};
{puts}{prints}  printf("job ");
  for (int k = 2; k >= 0; k--)
    printf("%08lx", (unsigned long)words[k]);
  return words[3] != 0;
}}
""")
    compiler = simulators.cxx().split()
    subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", "-o", "main", "main.c"], cwd=tmp_path, check=True)
    said = dict(line.split() for line in subprocess.run([tmp_path / "main"], capture_output=True, text=True,
                                                        check=True).stdout.splitlines())
    assert int(said.pop("job"), 16) == job.pack()
    assert {name: int(value) for name, value in said.items()} == wanted


def test_c_headers_of_two_cores_in_one_file(tmp_path):
    """Each header keeps its own names: both constants, and a descriptor filled in by each one's macro."""
    configs = [CoreConfig.preset("tiny-n:2"), CoreConfig.preset("tiny-n:2").replace(queue=4)]
    designs = [generate(config) for config in configs]
    tops = [design.manifest["top"] for design in designs]
    for design, top in zip(designs, tops, strict=True):
        (tmp_path / f"{top}_registers.h").write_text(design.files[f"{top}_registers.h"])
    uses = "".join(f"""  uint32_t w{k}[{top.upper()}_DESCRIPTOR_WORDS] = {{0}};
  {top.upper()}_PUT(w{k}, {top.upper()}_JOB_COLUMNS, 5);
  printf("%lu\\n", (unsigned long){top.upper()}_CONFIG_HASH_VALUE);
""" for k, top in enumerate(tops))
    (tmp_path / "main.c").write_text("".join(f'#include "{top}_registers.h"\n' for top in tops)
                                     + f"#include <stdio.h>\nint main(void) {{\n{uses}  return w0[0] != w1[0];\n}}\n")
    compiler = simulators.cxx().split()
    subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", "-o", "main", "main.c"], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout.split()
    assert [int(number) for number in said] == [int(config.hash[:8], 16) for config in configs]


def test_identify_tells_a_wrapping_core_from_a_saturating_one():
    """The driver of one core refuses the registers of the other, and accepts its own."""
    wrap = CoreConfig.preset("tiny-n:2")
    saturate = wrap.replace(array=wrap.array.replace(overflow="saturate").model_dump())

    class Constants:
        """A bus to the constant registers of a core."""

        def __init__(self, config: CoreConfig) -> None:
            self._values = {r.offset: r.value for r in registers(config)}

        async def read(self, offset: int) -> int | None:
            return self._values[offset]

    for config, other in ((wrap, saturate), (saturate, wrap)):
        asyncio.run(Driver(Constants(config), config).identify())
        with pytest.raises(DriverError, match=r"^another core: CONFIG_HASH must read 0x"):
            asyncio.run(Driver(Constants(other), config).identify())


def test_page_names_every_register_and_field():
    design = generate(CoreConfig.preset("tiny-n:2"), name="mine")
    page = design.files["mine_registers.md"]
    for register in design.manifest["registers"]["registers"]:
        assert f"| 0x{register['offset']:02x} | `{register['name']}` |" in page
    for field in design.manifest["registers"]["descriptor"]:
        assert f"`{field['name']}`" in page

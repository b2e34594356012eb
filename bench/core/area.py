"""``python -m bench.core.area [preset] [--b-pattern N:M]``: area around the array, part by part, as Markdown.

Memories and the array are left out of the netlist, their ports become ports; memories are counted apart, by bits.
`Outside.make` is a `make` (tamis.hdl.lib.make) that does it, for any component.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Fragment, Value

from tamis.hdl.core.a_buffer import ABuffer
from tamis.hdl.core.a_loader import ALoader
from tamis.hdl.core.accumulators import Accumulators
from tamis.hdl.core.b_buffer import BBuffer
from tamis.hdl.core.b_expand import BExpand
from tamis.hdl.core.b_loader import BLoader
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.control import Control
from tamis.hdl.core.core import TensorCore
from tamis.hdl.core.drain import TAG
from tamis.hdl.core.encode import SeriesEncode
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.requantise import Requantise
from tamis.hdl.core.sequencer import Sequencer
from tamis.hdl.emit.generate import generate
from tamis.hdl.emit.verilog import verilog_of
from tamis.hdl.lib.make import Outline, ports_of
from tamis.hdl.lib.ram import Ram
from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.synth import flow, target


class Outside:
    """Leaves out memories and what plays one of `roles`; the signals that are connected to them become ports."""

    def __init__(self, roles=("array",)):
        self._roles = roles
        self.ports = []
        self.bits = Counter()

    def make(self, role, create, name=None):
        component = create()
        if role not in self._roles and not isinstance(component, Ram):
            return component
        component._MustUse__silence = True  # it is not made on purpose
        if isinstance(component, Ram):
            self.bits[role] += component.memory.depth * len(component.write.data)
            component.memory._MustUse__silence = True
        outline = Outline(component.signature, f"outside_{len(self.ports)}")
        self.ports += [value for _, _, value in ports_of(outline) if len(value)]
        return outline


def measure(create, *, roles=("array",)):
    """(AreaReport of the flat netlist, {memory: bits}) of what `create(make)` makes."""
    outside = Outside(roles)
    component = create(outside.make)
    ports = [Value.cast(signal) for _, _, signal in ports_of(component)]
    fragment = Fragment.get(component, None)  # elaborates: what is outside is known from here on
    text = rtlil.convert(fragment, name="around", ports=[*ports, *outside.ports], emit_src=False)
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        source = Path(folder) / "around.v"
        source.write_text(verilog_of(text, "around"))
        report = flow.measure([source], "around", target.select("uniform"), flatten=True)
    return report, outside.bits


def parts(config):
    """{part: create(make)}, the whole first; the others are not all of it, and some are inside others."""
    lanes, width = config.out_lanes, config.array.a_width
    unit = TASDConfig(m=config.m, width=width, style="rank")
    expands = config.b_n > 0
    return {
        "everything around the array": lambda make: TensorCore(config, make=make),
        "A loader": lambda make: ALoader(config), "A buffer": lambda make: ABuffer(config, make=make),
        **({"B expander": lambda make: BExpand(config, make=make)} if expands else {}),
        "B loader": lambda make: BLoader(config), "B buffer": lambda make: BBuffer(config, make=make),
        "sequencer": lambda make: Sequencer(config),
        "accumulators": lambda make: Accumulators(config, make=make),
        "output stage": lambda make: OutputStage(config, make=make),
        "- requantise": lambda make: Requantise(lanes=lanes, width=width, tag=TAG.size, make=make),
        "- series encode": lambda make: SeriesEncode(config, make=make),
        "- - TASD unit": lambda make: TASDUnit(unit),
        "registers, queue": lambda make: Control(config, make=make),
    }


def array_area(config):
    """Transistors of the array, module by module."""
    design = generate(config.array)
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        files = [path for path in design.write(Path(folder) / "array") if path.suffix == ".v"]
        return flow.measure(files, design.manifest["top"], target.select("uniform"), flatten=False).total.area


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", nargs="?", default="vegeta-512", choices=CoreConfig.presets)
    parser.add_argument("--b-pattern", help="what B may be compressed as")
    asked = parser.parse_args()
    config = CoreConfig.preset(asked.preset, **({"b_pattern": asked.b_pattern} if asked.b_pattern else {}))
    array = array_area(config)
    print(f"{config.summary}\n\n| part | tr | of the array | flip-flops | memory, bits |\n|---|---|---|---|---|")
    print(f"| array | {array:,.0f} | | | |", flush=True)
    for name, create in parts(config).items():
        report, bits = measure(create)
        print(f"| {name} | {report.total.area:,.0f} | {report.total.area / array:.2%} | {report.total.flip_flops:,} "
              f"| {sum(bits.values()) or '-'} |", flush=True)


if __name__ == "__main__":
    main()

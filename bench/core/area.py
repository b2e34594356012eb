"""Area of what is around the array: memories and the array are left out of the netlist, their ports become ports.

Memories are counted apart, by bits. `outside` is a `place` (hdl.place) that does it, for any component.
"""

import tempfile
from collections import Counter
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Fragment, Signal, Value
from amaranth.lib.wiring import Out

from hdl.core.ram import Ram
from hdl.emit import verilog_of
from hdl.place import ports_of, real_submodule
from synth import flow, target


class Outside:
    """Puts nothing in for memories and for what plays one of `roles`; what is connected to them becomes ports."""

    def __init__(self, roles=("array",)):
        self._roles = roles
        self.ports = []
        self.bits = Counter()

    def place(self, m, name, role, create, **inputs):
        component = create()
        if role not in self._roles and not isinstance(component, Ram):
            return real_submodule(m, name, role, lambda: component, **inputs)
        if isinstance(component, Ram):
            self.bits[role] += component.memory.depth * len(component.write_data)
        component._MustUse__silence = True  # it is not made on purpose
        made = {}
        for port, direction, value in ports_of(component):
            number = len(self.ports)
            signal = Signal(len(value), name=f"outside_{number}_{port}")
            if direction == Out:
                made[port] = signal
            else:
                m.d.comb += signal.eq(Value.cast(inputs[port]))
            if len(value):
                self.ports.append(signal)
        return type("Outputs", (), made)


def measure(create, *, roles=("array",)):
    """(AreaReport of the flat netlist, {memory: bits}) of what `create(place)` makes."""
    outside = Outside(roles)
    component = create(outside.place)
    ports = [Value.cast(signal) for _, _, signal in ports_of(component)]
    fragment = Fragment.get(component, None)  # elaborates: what is outside is known from here on
    text = rtlil.convert(fragment, name="around", ports=[*ports, *outside.ports], emit_src=False)
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        source = Path(folder) / "around.v"
        source.write_text(verilog_of(text, "around"))
        report = flow.measure([source], "around", target.select("uniform"), flatten=True)
    return report, outside.bits

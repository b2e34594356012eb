"""How a parent puts in a child: as a real submodule, or as an instance of a module that was emitted once.

A parent calls ``place(m, name, role, create, **inputs)``: the child becomes submodule `name` of m, its inputs are
driven, and what comes back has its outputs as attributes, plain Values. A port in a stream or another interface goes by
the name it has in Verilog, ``i__valid``. `create()` makes the component; `role` names its module where it is emitted:
one role, one parameterisation. Simulation in Amaranth needs real submodules, since it takes an Instance for zeros.
"""

from types import SimpleNamespace

from amaranth.hdl import Value

__all__ = ["ports_of", "real_submodule"]


def real_submodule(m, name, role, create, **inputs):
    """Put in the component itself."""
    component = create()
    m.submodules[name] = component
    ports = {port: signal for port, _, signal in ports_of(component)}
    m.d.comb += [ports[port].eq(Value.cast(value)) for port, value in inputs.items()]
    return SimpleNamespace(**{port: signal for port, signal in ports.items() if port not in inputs})


def ports_of(component):
    """[(name in Verilog, flow, Value)] of every port."""
    return [("__".join(map(str, path)), member.flow, Value.cast(signal))
            for path, member, signal in component.signature.flatten(component)]

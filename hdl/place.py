"""How a parent puts in a child: as a real submodule, or as an instance of a module that was emitted once.

A parent calls ``place(m, name, role, create, **inputs)``: the child becomes submodule `name` of m, its inputs are
driven, and what comes back has its outputs as attributes, plain Values. `create()` makes the component; `role` names
its module where it is emitted. Simulation in Amaranth needs real submodules, since it takes an Instance for zeros.
"""

from types import SimpleNamespace

from amaranth.hdl import Value

__all__ = ["real_submodule"]


def real_submodule(m, name, role, create, **inputs):
    """Put in the component itself."""
    component = create()
    m.submodules[name] = component
    m.d.comb += [Value.cast(getattr(component, port)).eq(Value.cast(value)) for port, value in inputs.items()]
    return SimpleNamespace(**{port: Value.cast(getattr(component, port))
                              for port in component.signature.members if port not in inputs})

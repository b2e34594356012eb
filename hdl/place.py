"""How a parent puts in a child: as a real submodule, or as an instance of a module that was emitted once.

A parent calls ``place(role, create)`` and gets (interface, elaboratable): it connects the interface and makes the
elaboratable a submodule. Simulation in Amaranth needs the real ones, since it takes an Instance for zeros.
"""

__all__ = ["real_submodule"]


def real_submodule(role, create):
    """The component itself, as both."""
    component = create()
    return component, component

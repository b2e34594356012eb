"""Verilog of one component by itself, children included, for lint, area and other simulators."""

import re

from amaranth.back import rtlil

from hdl import emit

__all__ = ["verilog"]


def verilog(component, name):
    """Text of all modules, top ``name``, children before it under names that start with it; ports as in `hdl.emit`."""
    text = rtlil.convert(component, name=name, emit_src=False)
    for child in sorted(set(re.findall(rf"\\{name}\.[\w.$]+", text)), key=len, reverse=True):
        text = text.replace(child, "\\" + child[1:].replace(".", "_"))
    return "\n".join(emit._verilog(text).values())

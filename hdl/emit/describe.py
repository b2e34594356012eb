"""What a manifest says of a component's ports: its streams, the layout of their payloads, and a line for each port.

A layout in JSON is complete: every field has its offset in bits from the lowest, its width and sign, an array its
length and its element, packed without gaps; a reader needs nothing else.

    {"width": 24, "fields": [{"name": "entry", "offset": 0, "width": 11, "fields": [...]}, ...]}
    {"width": 64, "length": 8, "element": {"width": 8, "signed": true}}
    {"width": 8, "signed": true}
"""

from amaranth.hdl import Shape
from amaranth.lib import stream
from amaranth.lib.data import ArrayLayout, Layout
from amaranth.lib.wiring import In

from tamis.hdl.lib.make import ports_of

__all__ = ["layout", "ports", "streams"]


def layout(shape):
    """A shape as JSON data."""
    if isinstance(shape, ArrayLayout):
        return {"width": shape.size, "length": shape.length, "element": layout(shape.elem_shape)}
    if isinstance(shape, Layout):
        return {"width": shape.size,
                "fields": [{"name": name, "offset": field.offset, **layout(field.shape)} for name, field in shape]}
    plain = Shape.cast(shape)
    return {"width": plain.width, "signed": plain.signed}


def streams(component):
    """[{name, direction, layout}] of every stream among a component's members, arrays of streams one by one."""
    return [{"name": "__".join(map(str, path)), "direction": "input" if member.flow == In else "output",
             "layout": layout(member.signature.members["payload"].shape)}
            for path, member in _interfaces(component.signature.members.items())
            if isinstance(member.signature, stream.Signature)]


def ports(component):
    """[{name, direction, width, signed, what}] of every port; clock and reset first."""
    text = {"clk": "clock, rising edge", "rst": "reset, synchronous, active high"}
    for found in streams(component):
        name = found["name"]
        text |= {f"{name}__valid": "a payload is offered", f"{name}__ready": "it is taken at this clock edge",
                 f"{name}__payload": _text(found["layout"])}
    text |= {flag: f"stays set until reset: {why}" for flag, why in component.flags.items()} | component.port_text
    found = [("clk", "input", 1), ("rst", "input", 1),
             *((name, "input" if flow == In else "output", len(value)) for name, flow, value in ports_of(component))]
    return [{"name": name, "direction": direction, "width": width, "signed": False, "what": text.get(name, "")}
            for name, direction, width in found]


def _interfaces(members):
    for name, member in members:
        if not member.is_signature:
            continue
        if not member.dimensions:
            yield (name,), member
        elif len(member.dimensions) == 1:
            for k in range(member.dimensions[0]):
                yield (name, k), member


def _text(described):
    """A layout in one line: `{entries [8]{value s8, index u3}, marks u8}`."""
    if "fields" in described:
        return "{" + ", ".join(f"{field['name']} {_text(field)}" for field in described["fields"]) + "}"
    if "length" in described:
        return f"[{described['length']}]{_text(described['element'])}"
    return f"{'s' if described['signed'] else 'u'}{described['width']}"

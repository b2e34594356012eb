"""A mapped netlist as yosys's `write_json` gives it: names for its nets, and where a signal goes.

A *bit* is yosys's number of one net, or "0", "1", "x", "z".
"""

import json

from tamis.tools.yosys import ReportError

__all__ = ["Module", "read"]


class Module:
    """One module.

    Attributes
    ----------
    name : str
    data : dict
        The module in yosys's form.
    cells : dict of str to dict
        With "type", "connections" ({port: bits}) and "port_directions" ({port: "input" or "output"}).
    """

    def __init__(self, name, data):
        self.name = name
        self.data = data
        self.cells = data["cells"]
        self._names = _names(data)

    @property
    def ports(self):
        """{name: (direction, bits)}"""
        return {name: (port["direction"], port["bits"]) for name, port in self.data["ports"].items()}

    def net(self, bit):
        """A name for a net: a public one if it has any, with its index if it is wide."""
        return self._names.get(bit, f"net {bit}")

    def bit_called(self, name):
        """The bit of a net by the name that `ltp` prints, such as "\\sum [3]"; None if there is none."""
        wire, _, index = name.strip().partition(" ")
        net = self.data["netnames"].get(wire.removeprefix("\\"))
        place = int(index.strip("[]") or 0) - (net or {}).get("offset", 0) if index.strip("[]").isdigit() else 0
        return net["bits"][place] if net and 0 <= place < len(net["bits"]) else None

    def pins(self, direction, kinds):
        """(cell name, port, bit) of every input or output of the cells of these types."""
        for cell, data in self.cells.items():
            if data["type"] in kinds:
                for port, bits in data["connections"].items():
                    if data["port_directions"][port] == direction:
                        for bit in bits:
                            yield cell, port, bit

    def readers(self, stops):
        """{bit: what it ends in}: a register (called by what it drives), a port, or an input of a module inside.

        `stops`: the types of the cells that end a path.
        """
        found = {}
        for name, (direction, bits) in self.ports.items():
            if direction != "input":
                for index, bit in enumerate(bits):
                    found[bit] = name if len(bits) == 1 else f"{name}[{index}]"
        for cell, port, bit in self.pins("input", stops):
            outputs = [b for p, bits in self.cells[cell]["connections"].items() for b in bits
                       if self.cells[cell]["port_directions"][p] == "output"]
            wide = len(outputs) > 2  # a register has one output, or two that say the same
            found[bit] = f"{cell}.{port}" if wide or not outputs else self.name_of(outputs)
        return found

    def name_of(self, bits):
        """A name for what drives these: that of the first one that has a public name."""
        return self.net(min(bits, key=self._private))

    def _private(self, bit):
        return self._names.get(bit, "$").startswith("$")


def read(text):
    """{name: Module} of what `write_json` wrote. Raises ReportError if it is damaged."""
    try:
        modules = json.loads(text)["modules"]
        return {name: Module(name, data) for name, data in modules.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"yosys's netlist is truncated or no JSON netlist: {error!r}") from None


def _names(data):
    names = {}
    for wire, net in data["netnames"].items():
        private = net.get("hide_name", 0)
        for index, bit in enumerate(net["bits"]):
            if isinstance(bit, int) and (bit not in names or names[bit][0] > private):
                shown = wire if len(net["bits"]) == 1 else f"{wire}[{index + net.get('offset', 0)}]"
                names[bit] = private, shown
    return {bit: name for bit, (_, name) in names.items()}

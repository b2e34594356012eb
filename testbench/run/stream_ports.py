"""What the stream test bench knows of a design, all of it from the manifest: streams, constant inputs, flags."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    """`bit`: its place in the word of the control file; 0 is reset's."""

    name: str
    layout: dict
    bit: int

    @property
    def width(self):
        return self.layout["width"]

    @property
    def bytes(self):
        return -(-self.width // 8)


@dataclass(frozen=True)
class Port:
    """An input that is constant between two resets, or an output; `offset`: among all of its kind."""

    name: str
    width: int
    offset: int

    @property
    def bytes(self):
        return -(-self.width // 8)


class StreamPorts:
    """sources, sinks : [Stream]; constants, flags : [Port]; control : bits of a word of the control file."""

    def __init__(self, manifest):
        self.top = manifest["top"]
        found = {way: [s for s in manifest["streams"] if s["direction"] == way] for way in ("input", "output")}
        self.sources = [Stream(s["name"], s["layout"], 1 + k) for k, s in enumerate(found["input"])]
        self.sinks = [Stream(s["name"], s["layout"], 1 + len(self.sources) + k)
                      for k, s in enumerate(found["output"])]
        self.control = 8 * -(-(1 + len(self.sources) + len(self.sinks)) // 8)
        own = {f"{s['name']}__{part}" for s in manifest["streams"] for part in ("valid", "ready", "payload")}
        others = [port for port in manifest["ports"] if port["name"] not in own | {"clk", "rst"}]
        self.constants, self.flags = (self._ports(others, way) for way in ("input", "output"))

    @staticmethod
    def _ports(ports, direction):
        found, offset = [], 0
        for port in ports:
            if port["direction"] == direction:
                found.append(Port(port["name"], port["width"], offset))
                offset += port["width"]
        return found

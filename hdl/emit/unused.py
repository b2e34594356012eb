"""Says in the Verilog which bits nothing reads, so that a linter reports none.

A module that takes a layout and needs some of its fields, or that cuts a word, leaves bits unread on purpose. Each
module gets one wire, `unused`, of all such bits; linters leave a signal of that name alone.
"""

import re

__all__ = ["mark_unused"]

_NAME = r"\\\S+|[A-Za-z_]\w*"
_PORT = re.compile(rf"^  (input|output) (?:signed )?(?:\[\d+:0\] )?({_NAME}) ?;", re.MULTILINE)
_SIGNAL = re.compile(rf"^  (?:wire|reg) (?:signed )?(?:\[(\d+):0\] )?({_NAME}) ?;", re.MULTILINE)
_INSTANCE = re.compile(rf"^  ({_NAME}) +(?:{_NAME}) +\($")
_CONNECTION = re.compile(rf"^    \.({_NAME}) ?\((.*)\),?$")
_USE = re.compile(rf"({_NAME})(?: ?\[(\d+)(?::(\d+))?\])?")


def mark_unused(modules: dict[str, str]) -> dict[str, str]:
    """{name: Verilog text of yosys}, each module with its wire `unused` if it needs one."""
    outputs = {name: {port for flow, port in _PORT.findall(text) if flow == "output"} for name, text in modules.items()}
    return {name: _marked(text, outputs[name], outputs) for name, text in modules.items()}


def _marked(text: str, own_outputs: set[str], outputs: dict[str, set[str]]) -> str:
    widths = {name: int(top or 0) + 1 for top, name in _SIGNAL.findall(text)}
    read: dict[str, set[int]] = {name: set() for name in widths}
    for expression in _expressions(text, outputs):
        for name, top, bottom in _USE.findall(expression):
            if name in read:
                read[name].update(range(int(bottom or top), int(top) + 1) if top else range(widths[name]))
    unread = [part for name, width in widths.items() if name not in own_outputs
              for part in _parts(name, [bit for bit in range(width) if bit not in read[name]], width)]
    if not unread:
        return text
    bits = sum(size for _, size in unread)
    parts = ", ".join(part for part, _ in unread)
    return text.removesuffix("endmodule\n") + (
        f"  wire {f'[{bits - 1}:0] ' if bits > 1 else ''}unused;\n  assign unused = {{ {parts} }};\nendmodule\n")


def _expressions(text: str, outputs: dict[str, set[str]]) -> list[str]:
    """Everything that is read: right sides, conditions, addresses, and what enters an instance."""
    out, child = [], ""
    for line in text.splitlines():
        if found := _INSTANCE.match(line):
            child = found[1]
        elif found := _CONNECTION.match(line):
            if found[1] not in outputs.get(child, set()):
                out.append(found[2])
        elif line.startswith("  assign "):
            out.append(line.split(" = ", 1)[1])
        elif " <= " in line:
            left, right = line.split(" <= ", 1)
            out += [right, *re.findall(r"\((.*?)\)", left), *re.findall(r"\[(\D.*)\]", left)]
        elif "always" in line or line.lstrip().startswith(("if", "else")):
            out.append(line)
    return out


def _parts(name: str, bits: list[int], width: int) -> list[tuple[str, int]]:
    """[(a range of the signal as Verilog, its bits)] that covers `bits`, the highest first."""
    spaced = name + " " if name.startswith("\\") else name
    if len(bits) == width:
        return [(spaced, width)]
    parts: list[list[int]] = []
    for bit in reversed(bits):
        if parts and parts[-1][0] == bit + 1:
            parts[-1][0] = bit
        else:
            parts.append([bit, bit])
    return [(f"{spaced}[{top}:{bottom}]" if top > bottom else f"{spaced}[{top}]", top - bottom + 1)
            for bottom, top in parts]

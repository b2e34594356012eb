"""Functional Verilog of a Liberty file's cells, made from their `function` and `ff` attributes: no timing, no power.

So a mapped netlist simulates with nothing but the Liberty file that it was mapped to, and with no file of the vendor's.

The trick is that there is little to know: an output is a Boolean expression of pins and of the two state variables of
the cell's `ff` group. Precedence is inversion, then exclusive or, then AND (also a blank), then OR.
"""

import re

from tamis.synth.liberty import _CELL, _COMMENT

__all__ = ["expression", "smallest_buffer", "verilog"]

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[01()!'^&*|+])")
_GROUP = re.compile(r'\b(pin|ff)\s*\(([^)]*)\)\s*\{')
_ATTRIBUTE = re.compile(r'\b(\w+)\s*:\s*"?([^";]*)"?\s*;')


def verilog(library, names):
    """The text of a module for each of the cells `names` of `library` (tamis.synth.liberty.Library).

    Raises ValueError if there is no such cell, or it has an output without a function: a latch, a table, three states.
    """
    texts = _texts(library)
    missing = sorted(set(names) - set(texts))
    if missing:
        raise ValueError(f"library {library.name!r} has no cell {missing[0]!r}")
    return "\n".join(_cell(name, texts[name]) for name in sorted(names))


def smallest_buffer(library):
    """The name of the smallest cell that gives out its one input, or what it is not; None if there is none."""
    for name, text in sorted(_texts(library).items(), key=lambda cell: _area_of(library, cell[0])):
        pins, state = _pins(text)
        outputs = [attributes for attributes in pins.values() if attributes.get("direction") == "output"]
        if state is None and len(pins) == 2 and len(outputs) == 1:
            function = outputs[0].get("function", "").strip(" ()!'")
            if function in pins and name in library.costs:
                return name
    return None


def _area_of(library, name):
    return library.costs[name].area if name in library.costs else 0


def _texts(library):
    """{cell: what the Liberty file says of it}"""
    text = _COMMENT.sub(" ", library.content.decode("utf-8", errors="replace"))
    starts = list(_CELL.finditer(text))
    return {match[1]: text[match.end():later.start() if later else len(text)]
            for match, later in zip(starts, [*starts[1:], None], strict=True)}


def _pins(text):
    """({pin: attributes}, the `ff` group's labels and attributes, or None)"""
    pins, state = {}, None
    for kind, arguments, attributes in _groups(text):
        labels = [label.strip().strip('"') for label in arguments.split(",")]
        if kind == "pin":
            pins[labels[0]] = attributes
        else:
            state = labels, attributes
    return pins, state


def _cell(name, text):
    pins, state = _pins(text)
    inputs = [pin for pin, attributes in pins.items() if attributes.get("direction") == "input"]
    outputs = [pin for pin, attributes in pins.items() if attributes.get("direction") == "output"]
    lines = [f"module {name}({', '.join([*inputs, *outputs])});", *(f"  input {pin};" for pin in inputs),
             *(f"  output {pin};" for pin in outputs)]
    if state is not None:
        lines += _flip_flop(*state)
    for pin in outputs:
        if "function" not in pins[pin] or "three_state" in pins[pin]:
            raise ValueError(f"cell {name!r} must have a function of every output, not only of "
                             f"{', '.join(p for p in outputs if p != pin) or 'none'}")
        lines.append(f"  assign {pin} = {expression(pins[pin]['function'])};")
    return "\n".join([*lines, "endmodule"]) + "\n"


def _flip_flop(labels, attributes):
    """Statements of an `ff` group; where clear and preset are both active, what `clear_preset_var1` says."""
    variable, inverse = labels
    edge = f"posedge {variable}_clock"
    lines = [f"  reg {variable};", f"  wire {inverse} = ~{variable};",
             f"  wire {variable}_clock = {expression(attributes['clocked_on'])};"]
    tests = []
    order = [("clear", 0), ("preset", 1)]
    for name, value in order[::-1] if attributes.get("clear_preset_var1") == "H" else order:
        if name in attributes:
            lines.append(f"  wire {variable}_{name} = {expression(attributes[name])};")
            edge += f" or posedge {variable}_{name}"
            tests.append(f"if ({variable}_{name}) {variable} <= 1'b{value}; else ")
    return [*lines, f"  always @({edge})",
            f"    {''.join(tests)}{variable} <= {expression(attributes['next_state'])};"]


def _groups(text):
    """(kind, arguments, {attribute: value}) of the groups `pin` and `ff` of a cell, without groups inside them."""
    for match in _GROUP.finditer(text):
        depth, place, parts = 1, match.end(), []
        for brace in re.finditer(r"[{}]", text[match.end():]):
            at = match.end() + brace.start()
            if depth == 1:
                parts.append(text[place:at])
            depth += 1 if brace[0] == "{" else -1
            place = at + 1
            if depth == 0:
                break
        yield match[1], match[2], dict(_ATTRIBUTE.findall("".join(parts)))


def expression(function):
    """A Liberty function as a Verilog expression, fully parenthesised. Raises ValueError if it is none."""
    tokens = _TOKEN.findall(function)
    if "".join(tokens) != re.sub(r"\s", "", function) or not tokens:
        raise ValueError(f"function must be a Liberty expression, not {function!r}")
    reader = _Reader(tokens)
    text = reader.any_of()
    if reader.tokens:
        raise ValueError(f"function must be a Liberty expression, not {function!r}")
    return text


class _Reader:
    def __init__(self, tokens):
        self.tokens = list(tokens)

    def _next(self):
        return self.tokens[0] if self.tokens else ""

    def any_of(self):
        terms = [self._all_of()]
        while self._next() and self._next() in "|+":
            self.tokens.pop(0)
            terms.append(self._all_of())
        return _joined(terms, "|")

    def _all_of(self):
        terms = [self._odd_of()]
        while self._next() and self._next() not in "|+)":
            if self._next() in "&*":
                self.tokens.pop(0)
            terms.append(self._odd_of())
        return _joined(terms, "&")

    def _odd_of(self):
        terms = [self._one()]
        while self._next() == "^":
            self.tokens.pop(0)
            terms.append(self._one())
        return _joined(terms, "^")

    def _one(self):
        token = self.tokens.pop(0) if self.tokens else ""
        if token == "!":
            return f"(~{self._one()})"
        if token == "(":
            text = self.any_of()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise ValueError("function must close its parentheses")
        elif token in ("0", "1"):
            text = f"1'b{token}"
        elif re.fullmatch(r"[A-Za-z_]\w*", token):
            text = token
        else:
            raise ValueError(f"function must have a pin where it has {token or 'its end'!r}")
        while self._next() == "'":
            self.tokens.pop(0)
            text = f"(~{text})"
        return text


def _joined(terms, operator):
    return terms[0] if len(terms) == 1 else f"({f' {operator} '.join(terms)})"

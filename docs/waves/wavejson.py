"""WaveJSON and SVG of sampled signals."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import wavedrom

__all__ = ["Lane", "as_json", "as_svg", "diagram"]


@dataclass(frozen=True)
class Lane:
    """A row of a diagram.

    Attributes
    ----------
    name : str
        Text beside the row.
    path : str
        Signal, as `docs.waves.record.record` names it.
    show : callable or None
        Text of a value; None draws the signal as one bit.
    when : str or None
        Signal that says in which cycles the value matters; the other cycles are drawn as unknown.
    """

    name: str
    path: str
    show: Callable[[int], str] | None = None
    when: str | None = None


def diagram(title: str, lanes: Sequence[Lane | None], samples: dict[str, list[int]], cycles: range) -> dict[str, Any]:
    """The WaveJSON of `lanes` over `cycles`; None is an empty row. Raises KeyError for a signal that does not exist."""
    clock = {"name": "clk", "wave": "p" + "." * (len(cycles) - 1)}
    drawn = [{} if lane is None else _row(lane, samples, cycles) for lane in lanes]
    return {"signal": [clock, *drawn], "head": {"text": title, "tick": 0}, "config": {"hscale": 1}}


def as_json(wave: dict[str, Any]) -> str:
    """WaveJSON as text."""
    rows = ",\n  ".join(json.dumps(row) for row in wave["signal"])
    rest = {key: value for key, value in wave.items() if key != "signal"}
    return f'{{"signal": [\n  {rows}\n],\n{json.dumps(rest)[1:]}\n'


def as_svg(wave: dict[str, Any]) -> str:
    """The diagram as SVG, black on a white ground in a light and in a dark page."""
    text: str = wavedrom.render(json.dumps(wave)).tostring()
    start = text.index(">", text.index("<svg")) + 1
    return f'{text[:start]}<rect width="100%" height="100%" fill="#ffffff"/>{text[start:]}\n'


def _row(lane: Lane, samples: dict[str, list[int]], cycles: range) -> dict[str, Any]:
    values = samples[lane.path][cycles.start:cycles.stop]
    if lane.show is None:
        symbols = [str(value) for value in values]
        return {"name": lane.name, "wave": _held(symbols)}
    matters = samples[lane.when][cycles.start:cycles.stop] if lane.when else [1] * len(values)
    texts = [lane.show(value) if one else None for value, one in zip(values, matters, strict=True)]
    wave, data, before = "", [], ""
    for text in texts:
        if text is None:
            wave += "." if before == "x" else "x"
            before = "x"
        elif before == "=" and data[-1] == text:
            wave += "."
        else:
            wave += "="
            data.append(text)
            before = "="
    return {"name": lane.name, "wave": wave, "data": data}


def _held(symbols: list[str]) -> str:
    return "".join("." if k and symbol == symbols[k - 1] else symbol for k, symbol in enumerate(symbols))

"""The hierarchy's areas as an SVG treemap: every rectangle is as large as what it stands for.

A module's rectangle holds its own flip-flops, its own logic and the modules in it, each kind of module once, times its
instances. Self-contained, no script, text escaped, readable by a screen reader (title and description).
"""

from importlib import resources

import jinja2
import squarify

__all__ = ["as_svg"]

_WIDTH, _HEIGHT = 960, 600
_BAR, _GAP = 18, 3  # a module's name above what it holds; around everything
_COLOURS = {"flip-flops": "#4c72b0", "logic": "#b5531c", "module": "#f2f2f2"}
_CHARACTER = 6.6  # width of a letter, to leave out what does not fit


def as_svg(report):
    """The SVG text of an AreaReport."""
    modules = {module.name: module for module in report.modules}
    totals = {}
    for module in report.modules:  # children come first
        totals[module.name] = module.area + sum(totals[child] * count for child, count in module.children.items())
    boxes = []
    _place(boxes, report, modules, totals, report.top, 1, (0, 0, _WIDTH, _HEIGHT))
    folder = resources.files("tamis.synth") / "templates"
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True,
                                  undefined=jinja2.StrictUndefined).from_string(
        (folder / "treemap.svg.j2").read_text(encoding="utf-8"))
    return template.render(report=report, boxes=boxes, width=_WIDTH, height=_HEIGHT) + "\n"


def _place(boxes, report, modules, totals, name, number, frame):
    """Adds the rectangle of `number` instances of a module, and what is in it, to `boxes`."""
    x, y, width, height = frame
    area = totals[name] * number
    shown = name.removeprefix(f"{report.top}_")
    _box(boxes, "module", shown + (f" x {number:,}" if number > 1 else ""), area, report, frame)
    inner = x + _GAP, y + _BAR, width - 2 * _GAP, height - _BAR - _GAP
    module = modules[name]
    parts = [(module.sequential, "flip-flops", None), (module.combinational, "logic", None)]
    parts += [(totals[child] * count, child, count) for child, count in module.children.items()]
    parts = sorted((part for part in parts if part[0] > 0), key=lambda part: -part[0])
    if not parts or inner[2] < 4 or inner[3] < 4:
        return
    sizes = squarify.normalize_sizes([part[0] for part in parts], inner[2], inner[3])
    for (cost, what, count), made in zip(parts, squarify.squarify(sizes, *inner), strict=True):
        place = made["x"], made["y"], made["dx"], made["dy"]
        if count is None:
            _box(boxes, what, what, cost * number, report, place)
        else:
            _place(boxes, report, modules, totals, what, count * number, place)


def _box(boxes, kind, label, area, report, frame):
    x, y, width, height = frame
    share = area / report.total.area if report.total.area else 0
    text = f"{label}: {area:,.0f} {report.unit}, {share:.1%}"
    room = (width - 2 * _GAP) / _CHARACTER if height > 14 else 0
    written = next((one for one in (text, label) if len(one) < room), "")
    boxes.append({"x": round(x, 2), "y": round(y, 2), "width": round(max(0, width), 2),
                  "height": round(max(0, height), 2), "colour": _COLOURS[kind], "title": text,
                  "label": written})

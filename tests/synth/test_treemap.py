"""synth/treemap.py: areas of rectangles against areas of modules, and text that is only text."""

import re
from xml.etree import ElementTree

import pytest

from tamis.synth.area import Area, AreaReport, ModuleArea
from tamis.synth.data import Path
from tamis.synth.treemap import as_svg

SVG = "{http://www.w3.org/2000/svg}"


def module(name, instances, children, sequential, combinational, total):
    area = Area(area=sequential + combinational, sequential=sequential, combinational=combinational, flip_flops=0,
                cells={})
    return ModuleArea(**area.model_dump(), name=name, instances=instances, children=children, depth=1,
                      total=area.area * instances, share=area.area * instances / total)


def report(top="top"):
    modules = (module("leaf", 6, {}, 10, 90, 1000), module("mid", 2, {"leaf": 3}, 50, 0, 1000),
               module(top, 1, {"mid": 2}, 200, 100, 1000))
    total = Area(area=1000, sequential=360, combinational=640, flip_flops=0, cells={})
    return AreaReport(target="uniform", unit="tr", library=None, top=top, flatten=False, modules=modules, total=total,
                      path=Path(module=top, levels=1, start="a", end="b"), flow=2, tools={"yosys": "0"}, command=(),
                      seconds=0)


def boxes(svg):
    root = ElementTree.fromstring(svg)
    return [(group.find(f"{SVG}title").text, float(group.find(f"{SVG}rect").get("width"))
             * float(group.find(f"{SVG}rect").get("height"))) for group in root.findall(f"{SVG}g")]


def test_rectangles_are_in_proportion():
    found = dict(boxes(as_svg(report())))
    of = {re.match(r"(.*): ([\d,]+) tr", title).groups(): size for title, size in found.items()}
    logic, flip_flops = of["logic", "100"], of["flip-flops", "200"]
    assert flip_flops / logic == pytest.approx(2, rel=0.01)
    leaf_logic, leaf_flip_flops = of["logic", "540"], of["flip-flops", "60"]
    assert leaf_logic / leaf_flip_flops == pytest.approx(9, rel=0.01)
    assert ("mid x 2", "700") in of and ("leaf x 6", "600") in of
    assert of["leaf x 6", "600"] < of["mid x 2", "700"] < of["top", "1,000"]


def test_text_is_escaped():
    svg = as_svg(report("<script>alert(1)</script>&\""))
    assert "<script" not in svg
    assert "<script>alert(1)</script>&\"" in ElementTree.fromstring(svg).find(f"{SVG}title").text

"""synth/stat.py: the hierarchy's sum, and reports that must not be believed."""

import json

import pytest

from tamis.synth.stat import UnmappedError, instances, parse_depth, parse_stat, parse_tree
from tamis.synth.target import select
from tamis.tools.yosys import ReportError

UNIFORM = select("uniform")


def stat(cells, told, name="\\top"):
    module = {"num_cells_by_type": cells, "estimated_num_transistors": told}
    return json.dumps({"creator": "Yosys 0.70 (git sha1 28ba3cb92, Release)", "modules": {name: module}})


def test_stat():
    assert parse_stat(stat({"$_NAND_": 2, "$_DFF_P_": 1}, "24"), UNIFORM) == (
        {"top": {"$_NAND_": 2, "$_DFF_P_": 1}}, "0.70 (git sha1 28ba3cb92)")


@pytest.mark.parametrize("told", ["8+", "0", "", "9", None, "nan"])
def test_yosys_must_agree(told):
    with pytest.raises(ReportError, match=r"module 'top' an area of .* tr, but its cells add up to 8"):
        parse_stat(stat({"$_NAND_": 2}, told), UNIFORM)


def test_unmapped():
    with pytest.raises(UnmappedError, match=r"keeps 3 x '\$_DFFE_PP_', which the uniform flow has no area for"):
        parse_stat(stat({"$_DFFE_PP_": 3}, "0"), UNIFORM)
    with pytest.raises(UnmappedError, match=r"'\$_AND_', which library 'sky130_area_only' .*\(and 1 other types\)"):
        parse_stat(stat({"$_OR_": 1, "$_AND_": 1}, "0"), select("sky130"))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"modules": []}', '{"modules": {}}', '{"modules": {"a": 1}}',
                                  '{"modules": {"a": {}}}', '{"modules": {"a": {"num_cells_by_type": {"b": "x"}}}}',
                                  stat({"$_NAND_": 2}, "8")[:-3]])
def test_broken(text):
    for parse in (lambda text: parse_stat(text, UNIFORM), parse_tree):
        with pytest.raises(ReportError, match="yosys's stat report"):
            parse(text)


def test_depth():
    text = ("\nLongest topological path in a.b (length=2):\n    0: \\x [3]\n    1: $n1 (via $c$1)\n"
            "    2: \\z (via $c$2)\n   ff: \\q [4] (via $d)\n\nLongest topological path in c (length=0):\n\n"
            "Longest topological path in d (length=1):\n    0: \\a\n    1: \\y [0] (via $c)\n")
    assert parse_depth(text) == {"a.b": (2, "\\x [3]", "\\q [4]"), "c": (0, "", ""), "d": (1, "\\a", "\\y [0]")}
    assert parse_depth("Longest topological path in a (len") == {}


def test_instances():
    tree = {"top": {"row": 64}, "row": {"pe": 3, "last": 1}, "pe": {"mac": 16}, "last": {"mac": 16}, "mac": {},
            "unused": {"mac": 5}}
    numbers = instances(tree, "top")
    assert numbers == {"mac": 4096, "pe": 192, "last": 64, "row": 64, "top": 1}
    assert list(numbers) == ["mac", "pe", "last", "row", "top"]
    with pytest.raises(ReportError, match="has no module 'none'"):
        instances(tree, "none")
    with pytest.raises(ReportError, match="has no module 'gone'"):
        instances({"top": {"gone": 1}}, "top")

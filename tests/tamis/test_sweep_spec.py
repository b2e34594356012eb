"""Sweep files: which designs they mean, and one line for every mistake, before anything runs."""

import itertools

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError
from tamis.sweep.spec import Spec


def read(tmp_path, text):
    (tmp_path / "s.toml").write_text(text)
    return Spec.read(tmp_path / "s.toml")


def test_grid_and_points(tmp_path):
    spec, points = read(tmp_path, """
        target = "sky130"
        base = {rows = 8, cols = 8}
        grid = {patterns = ["1:4", "1:4,2:4"], a_width = [4, 8]}
        points = [{rows = 16, patterns = "1:1"}, {patterns = "1:4", a_width = 8}]
    """)
    want = [ArrayConfig.parse({"rows": 8, "cols": 8, "patterns": patterns, "a_width": width})
            for patterns, width in itertools.product(["1:4", "1:4,2:4"], [4, 8])]
    want.append(ArrayConfig.parse({"rows": 16, "cols": 8, "patterns": "1:1"}))  # the last point is the grid's second
    assert [point.config for point in points] == want
    assert spec.target == "sky130"


def test_a_combination_that_does_not_fit_keeps_its_reason(tmp_path):
    _, points = read(tmp_path, 'grid = {patterns = ["1:8", "4:8"], rows = [2, 8]}\nbase = {cols = 2}')
    assert [bool(point.config) for point in points] == [True, True, False, True]
    assert points[2].reason == "rows must be a multiple of N = 4 of pattern 4:8, not 2"
    assert points[2].fields == {"patterns": "4:8", "rows": 2, "cols": 2}


def test_own_workloads(tmp_path):
    spec, _ = read(tmp_path, """
        workloads = ["mine", "bert"]
        grid = {rows = [4]}
        [[workload]]
        name = "mine"
        layers = [{name = "a", i = 1, k = 2, j = 3}, {name = "b", i = 4, k = 5, j = 6, count = 7}]
    """)
    mine, bert = spec.chosen_workloads()
    assert [(layer.i, layer.k, layer.j, layer.count) for layer in mine.layers] == [(1, 2, 3, 1), (4, 5, 6, 7)]
    assert bert.name == "bert"


@pytest.mark.parametrize("text, why", [
    ("gird = {rows = [4]}", "unknown field 'gird', must be one of base, grid, points"),
    ("grid = {colums = [4]}", "unknown field 'colums' in [grid], must be one of patterns, rows"),
    ("base = {m = 4}\ngrid = {rows = [4]}", "unknown field 'm' in [base]"),
    ("points = [{rows = 4}, {row = 4}]", "unknown field 'row' in points[1]"),
    ("points = [{rows = 4}, {rows = 7}]", "points[1]: rows must be a multiple of N = 2 of pattern 2:4, not 7"),
    ('grid = {patterns = ["2:4", "5:4"]}', "grid.patterns = '5:4' fits no combination: pattern must be N:M"),
    ("grid = {rows = [7, 9]}", "grid.rows = 7 fits no combination: rows must be a multiple of N = 2"),
    ("grid = {rows = []}", "grid.rows must have at least one value"),
    ("grid = {rows = 4}", "rows must be a valid list, not 4"),
    ("", "sweep must have a [grid] or [[points]]"),
    ('grid = {rows = [4]}\nworkloads = ["vgg"]', "workload must be one of resnet50"),
    ("grid = {rows = [4]}\nworkloads = []", "workloads"),
    ('grid = {rows = [4]}\ntarget = "asap7"', "target must be 'uniform'"),
    ('grid = {rows = [4]}\nverify = "yes please"', "verify must be a valid boolean"),
    ("grid = {rows = [4]}\ndraws = 0", "draws must be greater than or equal to 1, not 0"),
    ("rows = [", "cannot be read: Invalid"),
    (f"grid = {{rows = [{'4, ' * 400}], cols = [{'4, ' * 400}]}}", "at most 100,000 combinations, not 160,000"),
])
def test_refused(tmp_path, text, why):
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, text)
    assert why in str(refused.value)
    assert str(refused.value).startswith("sweep '") and "\n" not in str(refused.value)


def test_no_such_file(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml' cannot be read: No such file"):
        Spec.read(tmp_path / "none.toml")

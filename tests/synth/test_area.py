"""synth/area.py, store.py and table.py: figures per MAC, JSON there and back, a table of only what is there."""

import json

import pytest

from tamis.golden.pattern import Pattern
from tamis.synth import store
from tamis.synth.area import Area, AreaReport, ModuleArea
from tamis.synth.data import Path
from tamis.synth.liberty import Cost
from tamis.synth.table import as_markdown, as_text

COSTS = {"$_NAND_": Cost(4), "$_DFF_P_": Cost(16, True)}


def report(nands=100, flops=25, top="top", **fields):
    area = Area.of({"$_NAND_": nands, "$_DFF_P_": flops}, COSTS)
    module = ModuleArea(**area.model_dump(), name=top, instances=1, children={}, depth=7, total=area.area, share=1)
    return AreaReport(**{"target": "uniform", "unit": "tr", "library": None, "top": top, "flatten": True, "flow": 2,
                         "modules": (module,), "total": area,
                         "path": Path(module=top, levels=7, start="a", end="sum[3]"), "tools": {"yosys": "0.70"},
                         "command": ("proc",), "seconds": 1.25, **fields})


def test_area_of():
    area = Area.of({"$_NAND_": 3, "$_DFF_P_": 2}, COSTS)
    assert (area.area, area.sequential, area.combinational, area.flip_flops) == (44, 32, 12, 2)


def test_figures():
    dense, sparse = report(nands=100), report(nands=150)  # 800 and 1,000 transistors
    figures = sparse.with_figures(4, [Pattern(2, 4), "1:4"], dense).figures
    assert (figures.area_per_mac, figures.sequential_per_mac, figures.combinational_per_mac) == (250, 100, 150)
    assert (figures.dense_area, figures.dense_area_per_mac, figures.area_ratio) == (800, 200, 1.25)
    two, one = figures.patterns
    assert (two.pattern, two.effective_macs, two.area_per_effective_mac, two.density_gain) == ("2:4", 8, 125, 1.6)
    assert (one.pattern, one.effective_macs, one.area_per_effective_mac, one.density_gain) == ("1:4", 16, 62.5, 3.2)


def test_figures_without_twin():
    figures = report().with_figures(4, ["2:4"]).figures
    assert figures.area_ratio is figures.dense_area is figures.patterns[0].density_gain is None


@pytest.mark.parametrize("macs", [0, -1, 1.0, True, "4"])
def test_macs_must_be_a_count(macs):
    with pytest.raises(ValueError, match="macs must be an int of at least 1, not"):
        report().with_figures(macs)


@pytest.mark.parametrize("fields", [{"target": "sky130"}, {"flatten": False}, {"flow": 3}, {"tools": {"yosys": "0.1"}}])
def test_twin_must_be_measured_alike(fields):
    with pytest.raises(ValueError, match=f"dense twin must be measured with the same {next(iter(fields))}"):
        report().with_figures(4, [], report(**fields))


def test_twin_must_be_as_large():
    with pytest.raises(ValueError, match="dense twin must have as many MACs: 4, not 8"):
        report().with_figures(4, [], report().with_figures(8))


def test_json():
    full = report().with_figures(4, ["2:4"], report())
    data = json.loads(full.to_json())
    assert data["schema"] == 3 and data["modules"][0]["depth"] == 7 and data["command"] == ["proc"]
    assert AreaReport.from_json(full.to_json()) == full


@pytest.mark.parametrize(("change", "where"), [
    ({"schema": 1}, "schema"), ({"extra": 1}, "extra"), ({"total": None}, "total"), ({"seconds": -1}, "seconds"),
    ({"unit": "m2"}, "unit")])
def test_json_of_another_kind(change, where):
    text = json.dumps(json.loads(report().to_json()) | change)
    with pytest.raises(ValueError, match=f"area report must be JSON of schema 3, but its {where} is wrong") as caught:
        AreaReport.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "null", report().to_json()[:-20]])
def test_json_broken(text):
    with pytest.raises(ValueError, match="area report must be JSON"):
        AreaReport.from_json(text)


def test_store_survives_damage(cache):
    store.save("ab", report())
    assert store.load("ab") == report(cached=True)
    assert store.load("cd") is None
    file, = cache.rglob("ab.json")
    file.write_text(file.read_text()[:50])
    assert store.load("ab") is None
    assert [path.name for path in file.parent.iterdir()] == ["ab.json"]


def test_store_key():
    changes = [("s", {"a.v": b"1"}, "0"), ("s", {"a.v": b"2"}, "0"), ("t", {"a.v": b"1"}, "0"),
               ("s", {"a.v": b"1"}, "1"), ("s", {"b.v": b"1"}, "0")]
    keys = [store.key(*parts) for parts in changes]
    assert len(set(keys)) == 5
    assert store.key("s", {"a.v": b"1"}, "0") == keys[0]


def test_table():
    text = as_text(report(nands=150, top="[red]top").with_figures(4, ["2:4"], report()))
    for shown in ("[red]top", "1,000", "250", "1.250 x", "2:4", "125", "1.60", "static CMOS gates", "1.2 s",
                  "a to sum[3]", "$_NAND_"):
        assert shown in text, shown
    assert "store" not in text
    assert "from the store" in as_text(report(cached=True))
    assert "per MAC" not in as_text(report())


def test_markdown_is_tables_and_text():
    text = as_markdown(report(top="<script>|x").with_figures(4, ["2:4"], report()))
    assert "<script>" not in text and "&lt;script>\\|x" in text
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if set(line) <= set("|-: ") and line:  # below the headings
            columns = lines[place - 1].replace("\\|", "").count("|")
            rows = 1
            while lines[place + rows]:
                assert lines[place + rows].replace("\\|", "").count("|") == columns, lines[place + rows]
                rows += 1
            assert rows > 1
    assert "| 2:4 | 8 |" in text


def test_clock_beside_the_dense_array():
    slow = report(path=Path(module="top", levels=14, start="a", end="b"))
    figures = slow.with_figures(4, ["2:4"], report()).figures
    assert (figures.clock.basis, figures.clock.this, figures.clock.dense, figures.clock.ratio) == ("levels", 14, 7, 0.5)
    one, = figures.patterns
    assert (one.throughput_ratio, one.clocked_throughput_ratio) == (2, 1)
    assert (one.density_gain, one.clocked_density_gain) == (2, 1)

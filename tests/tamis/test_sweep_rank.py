"""Answers from results: the best, and the Pareto front, against their definitions point by point."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.errors import BadInput
from tamis.hdl.array.config import ArrayConfig
from tamis.sweep import rank, results
from tamis.sweep.rows import METRICS

FIGURE = st.one_of(st.none(), st.integers(0, 4))
ROWS = st.lists(st.fixed_dictionaries({"area": FIGURE, "throughput": FIGURE, "levels": FIGURE}), max_size=30)


@settings(deadline=None)
@given(ROWS)
def test_pareto(rows):
    def beats(one, other):
        pairs = [(one["area"], other["area"]), (-one["throughput"], -other["throughput"])]
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    known = [row for row in rows if row["area"] is not None and row["throughput"] is not None]
    want = [row for row in known if not any(beats(other, row) for other in known)]
    found = rank.pareto(rows, ["area", "throughput"])
    assert sorted(map(id, found)) == sorted(map(id, want))
    assert [row["area"] for row in found] == sorted(row["area"] for row in found)


@settings(deadline=None)
@given(ROWS, st.integers(1, 40))
def test_top(rows, number):
    best = rank.top(rows, number, "throughput")
    known = [row for row in rows if row["throughput"] is not None]
    assert len(best) == min(number, len(known))
    assert [row["throughput"] for row in best] == sorted((row["throughput"] for row in known), reverse=True)[:number]
    areas = sorted(row["area"] for row in rows if row["area"] is not None)
    assert [row["area"] for row in rank.top(rows, 1, "area")] == areas[:1]


def test_metrics():
    assert rank.metrics("area,throughput") == ["area", "throughput"]
    with pytest.raises(BadInput, match=r"figure must be one of area, .*, not 'speed'"):
        rank.metrics("area,speed")
    assert set(METRICS.values()) == {"min", "max"}


@pytest.mark.parametrize("arguments, text", [
    ([], "sweep needs a SPEC.toml to run, or --results FILE"),
    (["s.toml", "--results", "r"], "and not both"),
    (["s.toml"], "sweep needs -o DIR"),
    (["s.toml", "-o", "out", "--pareto", "area,speed"], "figure must be one of area"),
    (["--results", "r", "--top", "3", "--by", "speed"], "figure must be one of area"),
    (["--results", "r", "--top", "0"], "--top"),
    (["none.toml", "-o", "out"], "sweep 'none.toml' cannot be read: No such file"),
    (["s.toml", "-o", "s.toml"], "output 's.toml' is a file, must be a folder"),
    (["s.toml", "-o", "out"], "target 'liberty' must have a Liberty file"),
    (["fpga.toml", "-o", "out"], "device of target 'ice40' must be one of"),
])
def test_refused(arguments, text, tmp_path):
    (tmp_path / "s.toml").write_text('target = "liberty"\npoints = [{rows = 2}]\n')
    (tmp_path / "fpga.toml").write_text('target = "ice40"\ndevice = "85f"\npoints = [{rows = 2}]\n')
    before = sorted(tmp_path.iterdir())
    run = subprocess.run([sys.executable, "-m", "tamis", "sweep", *arguments], cwd=tmp_path, capture_output=True,
                         text=True, check=False)
    assert run.returncode == 2, run.stderr
    assert run.stderr.count("\n") == 1 and text in run.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_what_a_missing_extra_is_called(monkeypatch, tmp_path):
    from tamis.sweep import cluster
    for name in ("distributed", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadInput, match=r"needs dask\.distributed: pip install 'tamis\[sweep\]'"), cluster.connect():
        pass
    with pytest.raises(BadInput, match=r"need pyarrow: pip install 'tamis\[sweep\]'"):
        results.read(tmp_path / "r.parquet")


def test_a_column_for_every_field_of_a_design(tmp_path):
    config = ArrayConfig(safe_k=100)
    results.write(tmp_path / "r.parquet", [{**config.model_dump(), "patterns": "2:4"}],
                  {"sweep": {}, "tools": {}, "source": ""})
    row, = results.read(tmp_path / "r.parquet")
    assert {name: row[name] for name in ArrayConfig.model_fields} == {**config.model_dump(), "patterns": "2:4"}

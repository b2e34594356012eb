"""hdl/config.py: defaults are named, twins and presets are legal, and every mistake gets one line."""

import numpy as np
import pytest

from tamis.golden.pattern import Pattern
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError


def test_defaults_name_the_pe_shape():
    config = ArrayConfig.parse({"rows": 12, "cols": 24, "patterns": "1:8,2:8"})
    assert (config.alpha, config.beta) == (12, 4)
    assert config.patterns == (Pattern(1, 8), Pattern(2, 8))
    assert (config.pe_rows, config.pe_cols, config.latency, config.rows_per_block, config.blocks) == (3, 2, 5, 1, 12)


def test_rows_that_always_read_one_block_share_its_port():
    assert ArrayConfig.parse({"patterns": "2:8,4:8"}).blocks == 8
    assert ArrayConfig.parse({"patterns": "4:8"}).blocks == 4


@pytest.mark.parametrize("name", ArrayConfig.presets)
def test_presets_and_their_dense_twins_are_legal(name):
    config = ArrayConfig.preset(name)
    assert config.dense().macs == config.macs
    assert config.dense().m == 1
    assert ArrayConfig.parse(config.model_dump(mode="json")) == config


def test_pipeline():
    none = ArrayConfig.parse({})
    for name, stages in (("select", 1), ("multiply", 1), ("both", 2)):
        config = none.replace(pipeline=name)
        assert (config.stages, config.latency) == (stages, none.latency + stages)
        assert config.dense().pipeline == ("none" if name == "select" else "multiply")
        assert config.dense().dense() == config.dense()


def test_every_pattern_that_an_array_runs():
    assert [str(p) for p in ArrayConfig.parse({"patterns": "2:8,4:8"}).supported] == ["2:8", "4:8", "8:8"]
    assert [str(p) for p in ArrayConfig.parse({"patterns": "1:4", "rows": 6}).supported] == ["1:4", "2:4", "3:4"]


def test_accumulator_width_for_a_depth_is_the_smallest_that_holds_every_sum():
    config = ArrayConfig.parse({})
    for k in (1, 2, 64, 131071, 131072):
        width = config.acc_width_for(k)
        most = k * 128 * 128
        assert -(1 << width - 1) <= -k * 128 * 127 and most <= (1 << width - 1) - 1
        assert most > (1 << width - 2) - 1
    assert config.replace(a_signed=False, b_signed=False).acc_width_for(3) == (3 * 255 * 255).bit_length()


def test_toml(tmp_path):
    file = tmp_path / "design.toml"
    file.write_text('patterns = ["2:4"]\nrows = 8\n')
    assert ArrayConfig.load(file) == ArrayConfig.parse({"rows": 8})
    file.write_text("rows = 3\n")
    with pytest.raises(ConfigError, match=r"design.toml': rows must be a multiple of N = 2 of pattern 2:4, not 3"):
        ArrayConfig.load(file)
    file.write_text("rows = \n")
    with pytest.raises(ConfigError, match="cannot be read: Invalid value"):
        ArrayConfig.load(file)
    with pytest.raises(ConfigError, match=r"none.toml' cannot be read: No such file"):
        ArrayConfig.load(tmp_path / "none.toml")


@pytest.mark.parametrize("fields, text", [
    ({"patterns": "5:4"}, "pattern must be N:M with 1 <= N <= M, not '5:4'"),
    ({"patterns": "two"}, "pattern must be N:M .* not 'two'"),
    ({"patterns": "2:64"}, "pattern must have M from 1 to 32, not '2:64'"),
    ({"patterns": "2:4,1:8"}, "patterns must share one M, not '2:4,1:8'"),
    ({"patterns": []}, "patterns must"),
    ({"rows": 15}, "rows must be a multiple of N = 2 of pattern 2:4, not 15"),
    ({"rows": "16"}, "rows must be an integer, not '16'"),
    ({"cols": 0}, "cols must be greater than or equal to 1, not 0"),
    ({"cols": 2000}, "cols must be less than or equal to 1024, not 2000"),
    ({"alpha": 5}, "alpha must divide cols = 16, not 5"),
    ({"beta": 3}, "beta must divide rows = 16, not 3"),
    ({"a_width": 1}, "a_width must be greater than or equal to 2, not 1"),
    ({"b_width": 17}, "b_width must be less than or equal to 16, not 17"),
    ({"acc_width": 64}, "acc_width must be less than or equal to 48, not 64"),
    ({"pipeline": "all"}, "pipeline must be 'none', 'select', 'multiply' or 'both', not 'all'"),
    ({"patterns": "1:1", "pipeline": "both"}, "pipeline must be 'none' or 'multiply' for a dense array, which selects"),
    ({"overflow": "clip"}, "overflow must be 'wrap' or 'saturate', not 'clip'"),
    ({"acc_width": 20, "safe_k": 64}, "acc_width must be at least 22 for safe_k = 64, not 20"),
    ({"colums": 4}, "unknown field 'colums', must be one of patterns, rows, cols"),
])
def test_mistakes_name_field_value_and_what_is_legal(fields, text):
    with pytest.raises(ConfigError, match=text) as caught:
        ArrayConfig.parse(fields)
    assert "\n" not in str(caught.value)


def test_unknown_preset_lists_the_presets():
    with pytest.raises(ConfigError, match=r"preset must be one of default, .*, not 'vegeta'"):
        ArrayConfig.preset("vegeta")


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "d.toml").write_bytes(b"\xef\xbb\xbfrows = 8\n")
    assert ArrayConfig.load(tmp_path / "d.toml").rows == 8


def test_golden_by_the_configuration():
    two = ArrayConfig.preset("default", rows=4, cols=2, overflow="saturate", acc_width=8)
    a, b = np.array([[0, 3, 0, -8], [5, 0, 0, 7]]), np.arange(-8, 8).reshape(4, 4) * 8
    assert (two.gemm(a, b)[2] == np.clip(a @ b, -128, 127)).all()
    assert two.depth() == 8 and two.cycles(2, 4, 4) == 4 + two.latency and two.ideal_cycles(2, 4, 4) == 2
    several = ArrayConfig.preset("small-n:4")
    assert several.depth("1:4") == 32 and several.depth("2:4") == 16
    with pytest.raises(ConfigError, match="pattern must be one of 1:4, 2:4, 4:4, not None"):
        several.cycles(1, 1, 1)
    with pytest.raises(ConfigError, match="pattern must be one of 1:4, 2:4, 4:4, not 3:4"):
        several.depth("3:4")

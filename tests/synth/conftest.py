"""A store and scratch folders of the test's own; small designs whose size is known."""

import platformdirs
import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The user's cache folder, for this test. Not by an environment variable: yosys keeps its compiled self there."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *args, **kwargs: str(folder))
    return folder


@pytest.fixture
def verilog(tmp_path):
    """verilog(text, name="design.v") writes a source and returns its path in a list."""
    def write(text, name="design.v"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return [path]
    return write

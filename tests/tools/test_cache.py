"""tools/cache.py: built once, whole or not at all, under plain names."""

import pytest

from tamis.tools import cache


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "cache"))


def test_the_same_texts_are_built_once():
    calls = []
    folders = [cache.built("kind", ["a", "b"], calls.append) for _ in range(2)]
    assert folders == [calls[0]] * 2
    assert cache.find("kind", ["a", "b"]) == folders[0]
    assert cache.find("kind", ["ab", ""]) is None


def test_a_failed_build_leaves_nothing_and_is_tried_again():
    def broken(folder):
        (folder / "half").touch()
        raise RuntimeError("no")
    with pytest.raises(RuntimeError):
        cache.built("kind", ["a"], broken)
    assert cache.find("kind", ["a"]) is None
    assert next(cache.built("kind", ["a"], lambda folder: None).iterdir()).name == ".done"


def test_a_folder_that_make_would_trip_over_is_refused(monkeypatch):
    monkeypatch.setenv("TAMIS_CACHE", "/tmp/a b;$(touch x)")
    with pytest.raises(cache.CacheError, match="set TAMIS_CACHE to another"):
        cache.built("kind", ["a"], lambda folder: None)

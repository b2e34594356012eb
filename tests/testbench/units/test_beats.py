"""testbench/units/beats.py against one integer at a time; what does not fit its field is refused."""

import numpy as np
import pytest

from tamis.hdl.emit.generate import generate
from tamis.hdl.emit.kinds import KINDS
from tamis.testbench.units import beats
from tests.support.simulate import pack as slow_pack

ENTRY = {"width": 11, "fields": [{"name": "value", "offset": 0, "width": 8, "signed": True},
                                 {"name": "index", "offset": 8, "width": 3, "signed": False}]}
LAYOUT = {"width": 34, "fields": [{"name": "entries", "offset": 0, "width": 33, "length": 3, "element": ENTRY},
                                  {"name": "last", "offset": 33, "width": 1, "signed": False}]}


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    return {"entries": {"value": rng.integers(-128, 128, (n, 3)), "index": rng.integers(0, 8, (n, 3))},
            "last": rng.integers(0, 2, n)}


@pytest.mark.parametrize("n", [0, 1, 70])
def test_pack_is_the_slow_one_and_unpack_undoes_it(n, monkeypatch):
    monkeypatch.setattr(beats, "CHUNK", 32)
    value = draw(n)
    raw = beats.pack(LAYOUT, value)
    for k in range(n):
        fields = [pair for e in range(3) for pair in ((value["entries"]["value"][k, e], 8),
                                                      (value["entries"]["index"][k, e], 3))]
        assert int.from_bytes(raw[k].tobytes(), "little") == slow_pack(*fields, (value["last"][k], 1))
    back = beats.unpack(LAYOUT, raw)
    for (path, want), (_, got) in zip(beats.leaves(value), beats.leaves(back), strict=True):
        assert np.array_equal(want, got), path


def test_what_does_not_fit_is_refused():
    value = draw(3)
    value["entries"]["value"][1, 2] = 128
    with pytest.raises(ValueError, match=r"^entries\[\]\.value must be from -128 to 127, not -?\d+ to 128$"):
        beats.pack(LAYOUT, value)
    with pytest.raises(ValueError, match=r"^last must have shape \(3,\), not \(3, 1\)$"):
        beats.pack(LAYOUT, draw(3) | {"last": np.zeros((3, 1))})


def test_take_and_concatenate():
    value = draw(10)
    again = beats.concatenate([beats.take(value, slice(0, 4)), beats.take(value, slice(4, None))])
    for (path, want), (_, got) in zip(beats.leaves(value), beats.leaves(again), strict=True):
        assert np.array_equal(want, got), path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("array", "core")])
def test_layouts_fill_their_payloads_without_gaps(kind):
    manifest = generate(KINDS[kind].Config()).manifest
    widths = {port["name"]: port["width"] for port in manifest["ports"]}
    assert manifest["streams"]
    for stream in manifest["streams"]:
        assert widths[f"{stream['name']}__payload"] == size(stream["layout"]) == stream["layout"]["width"]
    assert set(manifest["flags"]) <= set(widths)


def size(layout):
    if "fields" in layout:
        at = 0
        for field in layout["fields"]:
            assert field["offset"] == at
            at += size(field)
        return at
    if "length" in layout:
        return layout["length"] * size(layout["element"])
    return layout["width"]

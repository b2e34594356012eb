"""Predictions of workloads: against a count by hand, against the paper's table, and bounds that no array can pass."""

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError
from tamis.model.predict import layer_cycles, totals
from tamis.model.workload import WORKLOADS, Layer, Workload, named


def test_a_gemm_counted_by_hand():
    config = ArrayConfig.parse({"patterns": "2:4", "rows": 4, "cols": 2, "alpha": 2, "beta": 2})
    work = Workload(name="w", layers=[Layer(name="fc", i=3, k=20, j=10, count=5)])
    layer, = layer_cycles(config, work, config.patterns[0])
    # K = 20 is 5 blocks, 10 entries, 3 tiles of 4 rows; I = 3 is 2 tiles of 2: 6 passes of 10 columns, then 2 rows of
    # PEs and 1 column of them to leave through.
    assert layer.cycles == 5 * (6 * 10 + 2 + 1)
    assert layer.throughput == 5 * 3 * 20 * 10 / layer.cycles
    assert layer.ideal == 5 * (3 * 10 * 10) / 8  # useful products over MACs


def test_totals_weigh_layers_by_their_cycles():
    config = ArrayConfig.parse({"patterns": "1:4", "rows": 8, "cols": 8})
    small, large = Layer(name="s", i=1, k=4, j=1), Layer(name="l", i=64, k=320, j=500)
    both = totals(layer_cycles(config, Workload(name="w", layers=[small, large]), config.patterns[0]))
    alone = [totals(layer_cycles(config, Workload(name="w", layers=[layer]), config.patterns[0]))
             for layer in (small, large)]
    assert both.cycles == sum(part.cycles for part in alone)
    assert alone[0].utilisation < both.utilisation < alone[1].utilisation
    assert alone[1].utilisation - both.utilisation < 0.01


@pytest.mark.parametrize("name", WORKLOADS)
@pytest.mark.parametrize("patterns", ["1:1", "1:2", "3:8", "8:16"])
def test_no_array_beats_its_macs(name, patterns):
    config = ArrayConfig.parse({"patterns": patterns, "rows": 24, "cols": 10, "beta": 3, "alpha": 5})
    layers = layer_cycles(config, WORKLOADS[name], config.patterns[0])
    assert {layer.workload for layer in layers} == {name}
    assert all(0 < layer.utilisation <= 1 for layer in layers)
    assert 0 < totals(layers).throughput <= config.macs / config.patterns[0].density


def test_table_4_by_its_multiplications():
    """All of ResNet50's three layers, and BERT's, have as many multiplications whichever operand is sparse."""
    for name, macs in (("resnet50", 115_605_504), ("bert", None)):
        weights, activations = ([layer.macs for layer in WORKLOADS[w].layers] for w in (name, f"{name}-a"))
        assert weights == activations
        assert macs is None or set(weights) == {macs}


def test_names():
    own = Workload(name="mine", layers=[Layer(name="a", i=1, k=1, j=1)])
    assert named("mine", [own]) is own
    with pytest.raises(ConfigError, match=r"workload must be one of resnet50, .*, mine, not 'yours'"):
        named("yours", [own])


@pytest.mark.parametrize("layers, text", [
    ([], "layers"),
    ([{"name": "a", "i": 1, "k": 0, "j": 1}], "k must be greater than or equal to 1, not 0"),
    ([{"name": "a", "i": 1, "k": 1, "j": 1}] * 2, "layers must have different names, not 'a' twice"),
])
def test_workloads_refused(layers, text):
    with pytest.raises(ConfigError, match=text):
        Workload.parse({"name": "w", "layers": layers})

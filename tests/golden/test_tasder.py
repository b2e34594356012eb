"""tamis.golden.tasder against searches written out longhand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis.golden import tasder
from tamis.golden.pattern import Pattern, Series
from tamis.golden.tasd import approximate, dropped

CONFIGS = ["1:8", "2:8", "4:8", "4:8+1:8", "2:4"]


def network(seed, count=4):
    rng = np.random.default_rng(seed)
    densities = rng.choice([0.05, 0.3, 0.6, 1], count)
    return [rng.standard_normal((4, 16)) * (rng.random((4, 16)) < density) for density in densities]


def kept_share(original):
    """A quality: the share of the network's magnitude that is left, weighted towards the first layers."""
    whole = [np.abs(layer).sum() for layer in original]

    def quality(layers):
        shares = [np.abs(a).sum() / w if w else 1 for a, w in zip(layers, whole, strict=True)]
        return float(sum((i + 1) * share for i, share in enumerate(shares)))

    return quality


def slow_select(layers, configs, quality, threshold):
    bar = threshold * quality(layers)
    todo = [(layer, config) for layer in range(len(layers)) for config in configs]
    todo.sort(key=lambda pair: (dropped(layers[pair[0]], pair[1])[0], Series.parse(pair[1]).density, pair[0]))
    chosen = ["1:1"] * len(layers)
    for layer, config in todo:
        if Series.parse(config).density < Series.parse(chosen[layer]).density:
            trial = [*chosen[:layer], config, *chosen[layer + 1 :]]
            if quality([approximate(a, c) for a, c in zip(layers, trial, strict=True)]) < bar:
                return chosen
            chosen = trial
    return chosen


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_select_weights_is_the_search(seed, threshold):
    layers = network(seed)
    before = [layer.copy() for layer in layers]
    got = tasder.select_weights(layers, CONFIGS, kept_share(layers), threshold)
    assert [str(series) for series in got] == slow_select(layers, CONFIGS, kept_share(layers), threshold)
    assert all(np.array_equal(a, b) for a, b in zip(layers, before, strict=True))
    final = kept_share(layers)([approximate(a, c) for a, c in zip(layers, got, strict=True)])
    assert final >= threshold * kept_share(layers)(layers)


def test_select_weights_order_and_stop():
    lossless = np.array([[1.0, 0, 0, 0, 0, 0, 0, 0]])
    mixed = np.array([[1.0, 2, 3, 0, 0, 0, 0, 0]])
    asked = []

    def quality(layers):
        asked.append([int(np.count_nonzero(layer)) for layer in layers])
        return 1.0 if len(asked) < 5 else 0.0

    got = tasder.select_weights([mixed, lossless], ["1:8", "2:8", "4:8"], quality)
    # lossless pairs, cheaper first: 1:8 on layer 1 (2:8 and 4:8 there are then passed over), 4:8 on layer 0;
    # then 2:8 drops a third, 1:8 two thirds, and fails
    assert asked == [[3, 1], [3, 1], [3, 1], [2, 1], [1, 1]]
    assert [str(series) for series in got] == ["2:8", "1:8"]


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.7, 0.9, 0.99]))
def test_network_wise_is_the_cheapest_that_passes(seed, threshold):
    layers = network(seed)
    quality = kept_share(layers)
    passing = [c for c in CONFIGS if quality([approximate(a, c) for a in layers]) >= threshold * quality(layers)]
    best = min(passing, key=lambda c: Series.parse(c).density, default="1:1")
    assert str(tasder.network_wise(layers, CONFIGS, quality, threshold)) == best


def slow_listing_1(sparsity, configs, alpha):
    ladder = sorted(configs, key=lambda c: -Series.parse(c).density)
    for config in reversed(ladder):
        if sparsity + alpha > 1 - Series.parse(config).density:
            return config
    return "1:1"


@given(st.integers(0, 64), st.integers(-16, 16), st.permutations(["1:8", "2:8", "4:8", "4:8+1:8", "4:8+2:8"]))
def test_select_activation_is_listing_1(sparsity, alpha, configs):
    got = tasder.select_activation(sparsity / 64, configs, alpha / 64)
    assert str(got) == slow_listing_1(sparsity / 64, configs, alpha / 64)


def test_configurations_come_back_as_given():
    assert tasder.select_activation(0.9, [Pattern(1, 8)]) == Pattern(1, 8)
    assert tasder.select_activation(0.9, ["1:8"]) == "1:8"
    assert tasder.select_activation(0.1, ["1:8"]) == Series.parse("1:1")
    assert tasder.select_weights([np.eye(8)], [Pattern(1, 8)], len) == [Pattern(1, 8)]
    assert tasder.network_wise([np.eye(8)], [Pattern(1, 8)], len) == Pattern(1, 8)


def test_select_activation_is_strict():
    assert str(tasder.select_activation(0.5, ["4:8", "2:8"])) == "1:1"
    assert str(tasder.select_activation(0.5, [Pattern(4, 8), "2:8"], 1e-9)) == "4:8"
    assert str(tasder.select_activation(0.7, ["4:8", "2:8"], 0.1)) == "2:8"


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=8), min_size=1, max_size=9))
def test_calibrate_by_hand(samples):
    got = tasder.calibrate([np.array(s) for s in samples])
    degrees = sorted(Fraction(s.count(0), len(s)) for s in samples)
    assert got.mean == pytest.approx(float(sum(degrees) / len(degrees)), abs=1e-15)
    place = Fraction(99, 100) * (len(degrees) - 1)
    low = int(place)
    high = min(low + 1, len(degrees) - 1)
    assert got.p99 == pytest.approx(float(degrees[low] + (place - low) * (degrees[high] - degrees[low])), abs=1e-12)
    counts = []
    for s in samples:
        order = sorted(s, reverse=True)
        counts.append(next(k for k in range(len(s) + 1) if sum(order[:k]) >= 0.99 * sum(s)) / len(s))
    assert got.pseudo_density == pytest.approx(sum(counts) / len(counts), abs=1e-15)


def test_pseudo_density_stands_in_for_sparsity_where_nothing_is_zero():
    x = np.concatenate([np.full(100, 10.0), np.full(900, 1e-3)]).reshape(1, -1)
    got = tasder.calibrate(x)
    assert got.mean == 0.0 and got.pseudo_density == 0.1
    assert str(tasder.select_activation(1 - got.pseudo_density, CONFIGS, 0)) == "1:8"


L = [np.ones((1, 8))]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tasder.select_weights([], ["2:4"], len), ValueError, "layers must hold at least one weight tensor"),
        (lambda: tasder.select_weights(L, [], len), ValueError, "configs must hold at least one series"),
        (lambda: tasder.select_weights(L, [3], len), TypeError, "configs must be a Series, a Pattern or text .* not 3"),
        (lambda: tasder.select_weights(L, ["2:4"], 3), TypeError, "quality must be callable, not 3"),
        (lambda: tasder.select_weights(L, ["2:4"], lambda w: -1), ValueError, "quality must not be negative"),
        (lambda: tasder.select_weights(L, ["2:4"], lambda w: None), TypeError, "quality must be a number, not None"),
        (lambda: tasder.select_weights(L, ["2:4"], len, 2), ValueError, "threshold must be from 0 to 1, not 2"),
        (lambda: tasder.select_weights(L, ["2:5"], len), ValueError, "a must have a last axis that is a multiple of 5"),
        (lambda: tasder.select_weights([["x"]], ["2:4"], len), TypeError, r"layers\[0\] must hold integers or floats"),
        (lambda: tasder.network_wise(L, ["2:4"], lambda w: np.nan), ValueError, "quality must be finite, not nan"),
        (lambda: tasder.network_wise([], ["2:4"], len), ValueError, "layers must hold at least one"),
        (lambda: tasder.select_activation(1.5, ["2:4"]), ValueError, "sparsity must be from 0 to 1, not 1.5"),
        (lambda: tasder.select_activation(0.5, ["2:4"], "a"), TypeError, "alpha must be a number, not 'a'"),
        (lambda: tasder.calibrate([]), ValueError, "activations must hold at least one sample"),
        (lambda: tasder.calibrate([np.ones(2), np.ones(0)]), ValueError, "activations must hold .* each at least one"),
        (lambda: tasder.calibrate([[np.nan]]), ValueError, r"activations\[0\] must be finite"),
        (lambda: tasder.calibrate([[1]], 2), ValueError, "q must be from 0 to 1, not 2"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

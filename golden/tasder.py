"""TASDER: which TASD series each layer of a network gets (tasd, section 4).

A configuration is a Series, Pattern or text; "1:1" is dense. Its cost is its density (multiplies per dense one), its
approximated sparsity one minus that.
"""

from typing import NamedTuple

import numpy as np

from tamis.golden import _check
from tamis.golden._check import finite, items, number, real, restored
from tamis.golden.pattern import Pattern, Series
from tamis.golden.tasd import approximate, dropped, pseudo_density

DENSE = Series((Pattern(1, 1),))


def _layers(layers):
    layers = [restored(finite(real(layer, f"layers[{i}]", min_ndim=1), f"layers[{i}]"), layer)
              for i, layer in enumerate(items(layers, "layers"))]
    if not layers:
        raise ValueError("layers must hold at least one weight tensor")
    return layers


def _configs(configs):
    """(density, the configuration as the caller wrote it) of each."""
    configs = [(_check.series(config, "configs").density, config) for config in items(configs, "configs")]
    if not configs:
        raise ValueError("configs must hold at least one series, such as '2:4'")
    return configs


class _Judge:
    """The user's quality function, and the bar that a transformed network must reach."""

    def __init__(self, quality, layers, threshold):
        if not callable(quality):
            raise TypeError(f"quality must be callable, not {quality!r}")
        self.quality = quality
        original = self._ask(layers)
        if original < 0:
            raise ValueError(f"quality must not be negative (higher is better), not {original}")
        self.bar = number(threshold, "threshold", 0, 1) * original

    def _ask(self, layers):
        return number(self.quality(list(layers)), "quality")

    def accepts(self, layers):
        return self._ask(layers) >= self.bar


def network_wise(layers, configs, quality, threshold=0.99):
    """The cheapest configuration that all layers can share (section 4.2, network-wise TASD-W; Eqs. 4-5, exhaustively).

    Parameters
    ----------
    layers : sequence of weight tensors, reduction axis last, a multiple of every M
    configs : sequence of Series, Pattern or text
    quality : callable from a list of weight tensors to a number, higher is better, not negative
    threshold : number from 0 to 1, the share of the original quality that must remain

    Returns
    -------
    of those that pass, the one of least density, the first of equals, as given; the Series "1:1" if none does

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    layers, configs = _layers(layers), _configs(configs)
    judge = _Judge(quality, layers, threshold)
    for density, config in sorted(configs, key=lambda pair: pair[0]):
        if density < 1 and judge.accepts([approximate(layer, config) for layer in layers]):
            return config
    return DENSE


def select_weights(layers, configs, quality, threshold=0.99):
    """A configuration for each layer, greedily (section 4.2, layer-wise TASD-W).

    All (layer, configuration) pairs are taken in the order of the fraction of the layer's non-zeros they drop; equal
    fractions: the cheaper configuration first, then the lower layer. Each is applied if the network's quality stays at
    or above ``threshold`` of the original, and the first that fails ends the search. A layer's configuration is only
    ever replaced by a cheaper one: a pair that is not cheaper than what its layer has is passed over, unasked. So a
    lossless configuration comes before any lossy one, and a layer may hold a cheap one although a denser, which drops
    less, was tried earlier.

    Parameters
    ----------
    layers : sequence of weight tensors, reduction axis last, a multiple of every M
    configs : sequence of Series, Pattern or text
    quality : callable from a list of weight tensors (one per layer, in order) to a number, higher is better
    threshold : number from 0 to 1

    Returns
    -------
    list, one per layer: a configuration as given, or the Series "1:1" where nothing was applied

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    layers, configs = _layers(layers), _configs(configs)
    judge = _Judge(quality, layers, threshold)
    pairs = sorted(
        (dropped(layer, config)[0], density, i, j)
        for i, layer in enumerate(layers)
        for j, (density, config) in enumerate(configs)
    )
    chosen, cost, weights = [DENSE] * len(layers), [1.0] * len(layers), list(layers)
    for _, density, i, j in pairs:
        if density >= cost[i]:
            continue
        config = configs[j][1]
        trial = approximate(layers[i], config)
        if not judge.accepts([*weights[:i], trial, *weights[i + 1 :]]):
            break
        chosen[i], cost[i], weights[i] = config, density, trial
    return chosen


def select_activation(sparsity, configs, alpha=0.0):
    """The sparsest configuration whose approximated sparsity is strictly below sparsity + alpha (Listing 1).

    Parameters
    ----------
    sparsity : number from 0 to 1, of the layer's activations (``calibrate``), or 1 - pseudo-density
    configs : sequence of Series, Pattern or text, in any order
    alpha : number, the aggressiveness; may be negative

    Returns
    -------
    the configuration as given, the first of equals; the Series "1:1" where sparsity + alpha is not above any

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    target = number(sparsity, "sparsity", 0, 1) + number(alpha, "alpha")
    fitting = [(density, config) for density, config in _configs(configs) if target > 1 - density]
    return min(fitting, key=lambda pair: pair[0], default=(1.0, DENSE))[1]


class Calibration(NamedTuple):
    """What a layer's activations looked like over a calibration set; all fractions of the elements."""

    mean: float
    p99: float
    pseudo_density: float


def calibrate(activations, q=0.99):
    """Statistics of one layer's activations (section 4.3).

    Parameters
    ----------
    activations : sequence of tensors (or one tensor, samples first) of integers or finite floats
    q : number from 0 to 1, the share of the magnitude that ``pseudo_density`` preserves

    Returns
    -------
    Calibration : the mean and the 99th percentile (linear between samples) of the samples' sparsity degree, zeros over
        elements, and the mean of their pseudo-density

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    samples = [finite(real(sample, name := f"activations[{i}]"), name)
               for i, sample in enumerate(items(activations, "activations"))]
    if not samples or not all(sample.size for sample in samples):
        raise ValueError("activations must hold at least one sample, and each at least one element")
    sparsity = [1 - np.count_nonzero(sample) / sample.size for sample in samples]
    pseudo = [pseudo_density(sample, q) for sample in samples]
    return Calibration(float(np.mean(sparsity)), float(np.percentile(sparsity, 99)), float(np.mean(pseudo)))

"""SRigL: sparse training with constant fan-in, and the condensed form it runs in (srigl-appendices).

The update itself is not in the appendices; ``constant_fan_in_step`` states the rule that holds here.
"""

import math
from typing import NamedTuple

import numpy as np

from tamis.golden import _check, _condensed
from tamis.golden._check import boolean, finite, flag, floating, integer, items, number, real, restored, shown


def cosine_fraction(alpha, step, t_end):
    """Fraction of the weights to move at ``step``: alpha/2 (1 + cos(pi step / t_end)), 0.0 from t_end on (D.1).

    alpha : number from 0 to 1; step : number, at least 0; t_end : positive number. TypeError, ValueError otherwise.
    """
    alpha, step = number(alpha, "alpha", 0, 1), number(step, "step", 0)
    if not number(t_end, "t_end") > 0:
        raise ValueError(f"t_end must be positive, not {t_end!r}")
    return alpha / 2 * (1 + math.cos(math.pi * step / t_end)) if step < t_end else 0.0


def erk_densities(shapes, density):
    """Erdos-Renyi-kernel densities: each layer's in proportion to sum(shape) / prod(shape), ``density`` over all.

    A layer that would exceed 1 becomes dense, and the rest is solved again (D.1).

    Parameters
    ----------
    shapes : sequence of weight shapes, such as (64, 3, 3, 3) or (10, 512)
    density : number in (0, 1], of all parameters together

    Returns
    -------
    list of floats in (0, 1], one per layer

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    density = _fraction(density, "density")
    shapes = [tuple(integer(side, "shapes", 1) for side in items(shape, "shapes")) for shape in items(shapes, "shapes")]
    if not shapes or not all(shapes):
        raise ValueError(f"shapes must be one or more non-empty shapes, not {shapes!r}")
    sizes = [math.prod(shape) for shape in shapes]
    raw = [sum(shape) / size for shape, size in zip(shapes, sizes, strict=True)]
    sparse = set(range(len(shapes)))
    out = [1.0] * len(shapes)
    while sparse:
        left = density * sum(sizes) - sum(size for i, size in enumerate(sizes) if i not in sparse)
        scale = left / sum(raw[i] * sizes[i] for i in sparse)
        full = {i for i in sparse if scale * raw[i] > 1}
        if not full:
            for i in sparse:
                out[i] = scale * raw[i]
            break
        sparse -= full
    return out


def _fraction(value, name):
    if not 0 < number(value, name) <= 1:
        raise ValueError(f"{name} must be above 0 and at most 1, not {value!r}")
    return float(value)


def _budget(size, density):
    """int(size * density), but 1000 * (1 - 0.9) is 100."""
    exact = size * density
    return round(exact) if math.isclose(exact, round(exact), rel_tol=1e-9) else int(exact)


def _largest(scores, count):
    """Mask of the ``count`` largest of all scores, ties to the lower flat index."""
    chosen = np.zeros(scores.size, bool)
    chosen[np.argsort(-scores.reshape(-1), kind="stable")[:count]] = True
    return chosen.reshape(scores.shape)


def _ranks(scores):
    """Places of the scores within their row, 0 for the largest, ties to the lower index."""
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(scores.shape[1])[None, :], axis=1)
    return places


def constant_fan_in_step(weight, grad, mask, density, fraction, gamma, ablation=True):
    """One connectivity update of a layer: prune by magnitude, drop weak neurons, regrow by gradient.

    With a active weights, n_prune = int(fraction * a) and n_keep = a - n_prune:

    1. A weight is salient if it is among the layer's n_keep largest active |weight| or n_prune largest |grad|.
    2. A neuron with fewer salient weights than max(1, int(gamma * k)) is ablated, k the fan-in of ``mask``; gamma of 1
       and above is that number itself. If that were all neurons, the one with most salient weights stays.
    3. The new fan-in is k' = budget // active neurons, at most d, budget = size * density (whole if within rounding).
    4. The n_keep largest active |weight| of the active neurons stay; an over-full neuron keeps its k' largest.
    5. Each active neuron regrows by |grad| to exactly k'. A regrown weight starts at 0, but for one pruned in this very
       step, which keeps its value.

    All rankings give ties to the lower index; an active weight ranks above an inactive one, also if it is 0.

    Parameters
    ----------
    weight, grad : (n, ...) finite numbers, a neuron (or filter) per row of d elements
    mask : (n, ...) bool, True where connected
    density : number in (0, 1], of the whole layer
    fraction : number from 0 to 1, from ``cosine_fraction``
    gamma : number, at least 0: below 1 a share of the fan-in, from 1 on a count (gamma_sal)
    ablation : bool; False keeps every neuron

    Returns
    -------
    weight : (n, ...) float, zero where unconnected
    mask : (n, ...) bool, k' per active neuron, none elsewhere
    ablated : (neurons,) intp, ascending: neurons without connections

    Raises
    ------
    TypeError, ValueError
        For arguments outside these, or a density that leaves an active neuron no connection.
    """
    weight = floating(weight, "weight", min_ndim=2)
    grad = floating(grad, "grad")
    if grad.shape != weight.shape:
        raise ValueError(f"grad must have the shape of weight, {weight.shape}, not {grad.shape}")
    shape = weight.shape
    old = boolean(mask, "mask", shape).reshape(shape[0], math.prod(shape[1:]))
    weight, slope = weight.reshape(old.shape), np.abs(grad.reshape(old.shape))
    n, d = old.shape
    budget = _budget(old.size, _fraction(density, "density"))
    nnz = int(old.sum())
    n_prune = int(number(fraction, "fraction", 0, 1) * nnz)
    n_keep = nnz - n_prune
    gamma = number(gamma, "gamma", 0)
    ablation = flag(ablation, "ablation")
    if not old.size:  # no parameter, so no neuron has a connection
        return weight.reshape(shape), old.reshape(shape), np.arange(n)

    size = np.where(old, np.abs(weight), -np.inf)
    active = np.ones(n, bool)
    if ablation:
        salient = (_largest(size, n_keep) | _largest(slope, n_prune)).sum(axis=1)
        fan_in = nnz // max(1, int(old.any(axis=1).sum()))
        active = salient >= max(1, int(gamma if gamma >= 1 else gamma * fan_in))
        if not active.any():
            active[np.argmax(salient)] = True
    new_fan_in = min(d, budget // int(active.sum()))
    if new_fan_in < 1:
        raise ValueError(
            f"density must give each of {int(active.sum())} active neurons a connection, not {density!r} of {old.size}"
        )
    size[~active] = -np.inf
    kept = _largest(size, min(n_keep, int(np.isfinite(size).sum()))) & (_ranks(size) < new_fan_in)
    new = (_ranks(np.where(kept, np.inf, slope)) < new_fan_in) & active[:, None]
    value = np.where(new & old, weight, weight.dtype.type(0))
    return value.reshape(shape), new.reshape(shape), np.flatnonzero(~active)


def itop_rate(masks):
    """Fraction of the parameters that were ever connected: |union of the masks| / parameters (appendix H).

    masks : sequence of bool arrays of one shape, over time (at least one). Returns a float. TypeError, ValueError
    otherwise.
    """
    masks = items(masks, "masks")
    if not masks:
        raise ValueError("masks must hold at least one mask")
    union = boolean(masks[0], "masks").copy()
    for mask in masks[1:]:
        union |= boolean(mask, "masks", union.shape)
    if not union.size:
        raise ValueError(f"masks must hold at least one parameter, not shape {union.shape}")
    return float(union.mean())


def condense(weight, mask):
    """The condensed form of a constant fan-in layer (appendix F): values and columns of each active neuron.

    Parameters
    ----------
    weight : (n, d) finite numbers
    mask : (n, d) bool, k True in every row that has any

    Returns
    -------
    values : (active neurons, k), dtype of weight
    indices : (active neurons, k) intp, ascending; rows are ``np.flatnonzero(mask.any(axis=1))`` of the layer

    Raises
    ------
    TypeError, ValueError
        For arguments outside these, or rows of unequal fan-in.
    """
    given = weight
    weight = finite(real(weight, "weight", ndim=2), "weight")
    mask = boolean(mask, "mask", weight.shape)
    counts = mask.sum(axis=1)
    k = int(counts.max(initial=0))
    uneven = np.flatnonzero((counts != 0) & (counts != k))
    if uneven.size:
        row = int(uneven[0])
        raise ValueError(f"mask must have {k} True in every row that has any, not {int(counts[row])} in row {row}")
    rows, columns = np.nonzero(mask)
    shape = (int((counts > 0).sum()), k)
    return restored(weight[rows, columns].reshape(shape), given), columns.reshape(shape)


def condensed_matmul(values, indices, v):
    """The layer's output from its condensed form: y = sum over i of values[:, i] * v[indices[:, i]] (Eq. 31).

    Parameters
    ----------
    values : (n, k) numbers
    indices : (n, k) integers from 0 to d - 1
    v : (..., d) numbers

    Returns
    -------
    (..., n) int64 if both are integers, else their common float type

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    values, v = finite(real(values, "values", ndim=2), "values"), finite(real(v, "v", min_ndim=1), "v")
    indices = _check.integers(indices, "indices", ndim=2)
    if indices.shape != values.shape:
        raise ValueError(f"indices must have the shape of values, {values.shape}, not {indices.shape}")
    d = v.shape[-1]
    if indices.size and not (indices.min() >= 0 and indices.max() < d):
        bad = indices[(indices < 0) | (indices >= d)][0]
        raise ValueError(f"indices must be from 0 to {d - 1} for v of shape {v.shape}, not {bad}")
    dtype = np.result_type(values, v)
    dtype = dtype if dtype.kind == "f" else np.dtype(np.int64)
    inputs = v.reshape(math.prod(v.shape[:-1]), d)
    ascending = dtype.kind == "f" and len(inputs) >= 4 and bool((indices[:, 1:] > indices[:, :-1]).all())
    out = (_condensed.spread if ascending else _condensed.gather)(values, indices, inputs, dtype)
    return out.reshape(*v.shape[:-1], len(values))


class Flops(NamedTuple):
    """Floating-point operations per sample, a multiply-add being two."""

    inference: float
    training: float
    dense_inference: float
    dense_training: float


def flops(layers, densities, delta_t=100):
    """Cost of a sparse network per sample, by the counting of appendix G (that of RigL).

    Only convolutions and linear layers count. A training step costs one forward and two backward passes; every
    ``delta_t`` steps the gradient of the weights is dense: (3 s delta_t + 2 s + d) / (delta_t + 1).

    Parameters
    ----------
    layers : sequence of (weight shape, output positions): ((64, 3, 3, 3), 32 * 32), ((10, 512), 1)
    densities : one number in (0, 1] per layer, as from ``erk_densities``
    delta_t : int, at least 1

    Returns
    -------
    Flops(inference, training, dense_inference, dense_training)

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    layers = items(layers, "layers")
    densities = [_fraction(density, "densities") for density in items(densities, "densities")]
    if len(densities) != len(layers):
        raise ValueError(f"densities must hold one number for each of {len(layers)} layers, not {len(densities)}")
    delta_t = integer(delta_t, "delta_t", 1)
    costs = []
    for layer in layers:
        pair = items(layer, "layers")
        if len(pair) != 2:
            raise ValueError(f"layers must hold pairs of a weight shape and output positions, not {shown(layer)}")
        sides = [integer(side, "layers", 1) for side in items(pair[0], "layers")]
        costs.append(2 * math.prod(sides) * integer(pair[1], "layers", 1))
    dense = float(sum(costs))
    sparse = float(sum(cost * density for cost, density in zip(costs, densities, strict=True)))
    return Flops(sparse, (3 * sparse * delta_t + 2 * sparse + dense) / (delta_t + 1), dense, 3 * dense)

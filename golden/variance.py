"""Variance of a layer's output norm under three kinds of random sparsity (srigl-appendices, A and B).

z = sqrt(2/k) (W * I)(xi * u): W (n, n) of independent normals, I the connections, k of n to a neuron (on average), xi
fair coins (which ReLUs are on), u uniform on the unit sphere. E |z|^2 = 1; these functions give Var |z|^2.

Erratum: the term is 18 n/k. Eqs. 14 and 25 are right; Eqs. 1, 2, 3 and 21 print 18 k/n, which would make sparser layers
steadier. At n = 8, k = 2: 1.300, 1.233 and 1.188 by formula and by simulation.
"""

import math

import numpy as np

from tamis.golden._check import integer, number


def _sizes(n, k):
    n = integer(n, "n", 2)
    if not 0 < number(k, "k") <= n:
        raise ValueError(f"k must be above 0 and at most {n}, not {k!r}")
    return n, k


def bernoulli(n, k):
    """Every connection independent, with probability k/n (Eq. 14).

    n : int, at least 2; k : number in (0, n]. Returns a float. TypeError, ValueError otherwise.
    """
    n, k = _sizes(n, k)
    return (5 * n - 8 + 18 * n / k) / (n * (n + 2))


def constant_per_layer(n, k):
    """Exactly k n connections anywhere in the layer (Eq. 21, corrected), with C = (n - 1/k) / (n - 1/n) (Eq. 23).

    n : int, at least 2; k : number in (0, n], k n whole. Returns a float. TypeError, ValueError otherwise.
    """
    n, k = _sizes(n, k)
    _connections(n, k)
    c = (n - 1 / k) / (n - 1 / n)
    return ((n * n + 7 * n - 8) * c + 18 * n / k - n * n - 2 * n) / (n * (n + 2))


def constant_fan_in(n, k):
    """Exactly k connections to every neuron (Eq. 25): the least of the three.

    Erratum: the paper says "always". Per-layer sparsity has less where (n + 8) / (n + 1) > 3, that is at n = 2 alone.

    n : int, at least 2; k : int from 1 to n. Returns a float. TypeError, ValueError otherwise.
    """
    n = integer(n, "n", 2)
    k = integer(k, "k", 1, n)
    return bernoulli(n, k) - 3 * (n - k) / (k * n * (n + 2))


def sample_bernoulli(n, k, trials, rng):
    """Monte Carlo twin of ``bernoulli``: (trials,) float64 draws of |z|^2; ``.var()`` estimates it.

    n, k : as there; trials : int, at least 1; rng : numpy.random.Generator.
    """
    n, k = _sizes(n, k)
    return _norms(n, k, trials, rng, lambda count: rng.random((count, n, n)) < k / n)


def sample_constant_per_layer(n, k, trials, rng):
    """Monte Carlo twin of ``constant_per_layer``; arguments and result as ``sample_bernoulli``."""
    n, k = _sizes(n, k)
    connections = _connections(n, k)

    def draw(count):
        return (_ranks(rng.random((count, n * n))) < connections).reshape(count, n, n)

    return _norms(n, k, trials, rng, draw)


def sample_constant_fan_in(n, k, trials, rng):
    """Monte Carlo twin of ``constant_fan_in``; arguments and result as ``sample_bernoulli``."""
    n = integer(n, "n", 2)
    k = integer(k, "k", 1, n)
    return _norms(n, k, trials, rng, lambda count: _ranks(rng.random((count, n, n))) < k)


def _connections(n, k):
    total = k * n
    if not math.isclose(total, round(total), rel_tol=1e-9) or round(total) < 1:
        raise ValueError(f"k must make k * n a whole number of connections, not {k!r} with n {n}")
    return round(total)


def _ranks(keys):
    return np.argsort(np.argsort(keys, axis=-1), axis=-1)


def _norms(n, k, trials, rng, connections, chunk=4096):
    trials = integer(trials, "trials", 1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, not {rng!r}")
    out = np.empty(trials)
    for start in range(0, trials, chunk):
        count = min(chunk, trials - start)
        u = rng.standard_normal((count, n))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        u *= rng.random((count, n)) < 0.5
        weights = rng.standard_normal((count, n, n)) * connections(count)
        z = math.sqrt(2 / k) * np.matmul(weights, u[:, :, None])
        out[start : start + count] = (z * z).sum(axis=(1, 2))
    return out

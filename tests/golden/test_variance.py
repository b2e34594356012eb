"""tamis.golden.variance against enumeration of every connection matrix in rationals, and Monte Carlo."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest

from tamis.golden import variance


def moments(n, k, matrices):
    """(E |z|^2, Var |z|^2) over equally or otherwise weighted 0/1 matrices: Eqs. 12 and 19, term by term."""
    u4, u22 = Fraction(3, n * (n + 2)), Fraction(1, n * (n + 2))
    first = second = Fraction(0)
    for matrix, weight in matrices:
        ones = [(i, j) for i in range(n) for j in range(n) if matrix[i * n + j]]
        first += weight * Fraction(2) / k * len(ones) * Fraction(1, 2) * Fraction(1, n)
        for i, j in ones:
            for a, b in ones:
                normal = 3 if i == a else 1
                coin = Fraction(1, 2) if j == b else Fraction(1, 4)
                second += weight * (Fraction(2) / k) ** 2 * normal * coin * (u4 if j == b else u22)
    return first, second - first**2


def bernoulli_matrices(n, k):
    p = Fraction(k) / n
    for matrix in product((0, 1), repeat=n * n):
        yield matrix, p ** sum(matrix) * (1 - p) ** (n * n - sum(matrix))


def per_layer_matrices(n, total):
    picks = list(combinations(range(n * n), total))
    for pick in picks:
        yield [int(i in pick) for i in range(n * n)], Fraction(1, len(picks))


def fan_in_matrices(n, k):
    rows = [[int(i in pick) for i in range(n)] for pick in combinations(range(n), k)]
    for choice in product(rows, repeat=n):
        yield [v for row in choice for v in row], Fraction(1, len(rows) ** n)


@pytest.mark.parametrize(("n", "k"), [(2, Fraction(1, 2)), (2, Fraction(1)), (2, Fraction(2)), (3, Fraction(1)),
                                      (3, Fraction(2)), (3, Fraction(3))])  # fmt: skip
def test_formulas_are_the_enumeration(n, k):
    mean, var = moments(n, k, bernoulli_matrices(n, k))
    assert mean == 1 and variance.bernoulli(n, float(k)) == pytest.approx(float(var), rel=1e-14)
    mean, var = moments(n, k, per_layer_matrices(n, int(k * n)))
    assert mean == 1 and variance.constant_per_layer(n, float(k)) == pytest.approx(float(var), rel=1e-13)
    if k.denominator == 1:
        mean, var = moments(n, k, fan_in_matrices(n, int(k)))
        assert mean == 1 and variance.constant_fan_in(n, int(k)) == pytest.approx(float(var), rel=1e-14)


def test_the_numbers_of_the_erratum():
    assert round(variance.bernoulli(8, 2), 3) == 1.3
    assert round(variance.constant_per_layer(8, 2), 3) == 1.233
    assert round(variance.constant_fan_in(8, 2), 4) == 1.1875
    assert (5 * 8 - 8 + 18 * 2 / 8) / (8 * 10) < 0.5  # what 18 k/n would have said


@pytest.mark.parametrize(("n", "k"), [(8, 2), (16, 1), (12, 12)])
@pytest.mark.parametrize("kind", ["bernoulli", "constant_per_layer", "constant_fan_in"])
def test_monte_carlo(kind, n, k):
    draws = getattr(variance, f"sample_{kind}")(n, k, 40_000, np.random.default_rng(21))
    centred = draws - draws.mean()
    mean_error = draws.std() / np.sqrt(len(draws))
    error = np.sqrt(((centred**4).mean() - draws.var() ** 2) / len(draws))
    assert abs(draws.mean() - 1) < 4 * mean_error
    assert abs(draws.var() - getattr(variance, kind)(n, k)) < 4 * error


@pytest.mark.parametrize("n", [3, 5, 16, 100])
def test_constant_fan_in_is_the_least(n):
    for k in range(1, n + 1):
        least = variance.constant_fan_in(n, k)
        assert least <= variance.constant_per_layer(n, k) + 1e-14 and least <= variance.bernoulli(n, k)


def test_but_not_at_two_neurons():
    assert variance.constant_fan_in(2, 1) > variance.constant_per_layer(2, 1)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: variance.bernoulli(1, 1), ValueError, "n must be at least 2, not 1"),
        (lambda: variance.bernoulli(4, 0), ValueError, "k must be above 0 and at most 4, not 0"),
        (lambda: variance.bernoulli(4, 5), ValueError, "k must be above 0 and at most 4, not 5"),
        (lambda: variance.bernoulli(4.0, 1), TypeError, "n must be an int, not 4.0"),
        (lambda: variance.constant_per_layer(4, 0.3), ValueError, r"k must make k \* n a whole number .* not 0.3"),
        (lambda: variance.constant_fan_in(4, 1.5), TypeError, "k must be an int, not 1.5"),
        (lambda: variance.constant_fan_in(4, 5), ValueError, "k must be from 1 to 4, not 5"),
        (lambda: variance.sample_bernoulli(4, 1, 0, RNG), ValueError, "trials must be at least 1, not 0"),
        (lambda: variance.sample_bernoulli(4, 1, 9, 7), TypeError, "rng must be a numpy.random.Generator, not 7"),
        (lambda: variance.sample_constant_per_layer(4, 0.3, 9, RNG), ValueError, "k must make"),
        (lambda: variance.sample_constant_fan_in(4, 9, 9, RNG), ValueError, "k must be from 1 to 4"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

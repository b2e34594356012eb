"""tamis.golden.pattern: text, density, composition, Table 2."""

from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.golden.pattern import Pattern, Series, table2

PATTERNS = st.integers(1, 9999).flatmap(lambda m: st.builds(Pattern, st.integers(1, m), st.just(m)))


@given(st.lists(PATTERNS, min_size=1, max_size=4))
def test_text_round_trip(terms):
    series = Series(tuple(terms))
    assert Series.parse(str(series)) == series
    assert Series.parse(f" {str(series).replace('+', ' + ').replace(':', ' : ')} ") == series
    assert Pattern.parse(str(terms[0])) == terms[0]


def test_density():
    assert Pattern(2, 4).density == 0.5 and Pattern(1, 1).density == 1.0
    assert Series.parse("4:8+1:8").density == 0.625
    assert Series.parse("2:4+2:8").density == 0.75
    assert Series.parse("4:4+1:4").density == 1.25


@pytest.mark.parametrize(
    ("text", "composed"),
    [("4:8+1:8", "5:8"), ("4:8", "4:8"), ("2:4+2:8", "2:4+2:8"), ("1:4+1:4+1:8+2:8+1:4", "2:4+3:8+1:4"),
     ("4:8+4:8+4:8", "8:8")],
)  # fmt: skip
def test_compose(text, composed):
    assert str(Series.parse(text).compose()) == composed


def test_table_2_as_printed():
    printed = {1: "1:8", 2: "2:8", 3: "2:8+1:8", 4: "4:8", 5: "4:8+1:8", 6: "4:8+2:8", 7: "None", 8: "8:8"}
    assert {pattern.n: str(series) for pattern, series in table2().items()} == printed


def test_terms_are_the_ones_in_n():
    for pattern, series in table2(max_terms=3).items():
        assert len(series.terms) == pattern.n.bit_count()
        assert str(series.compose()) == str(pattern)


@pytest.mark.parametrize(("m", "supported"), [(8, (3, 2)), (16, (5, 3)), (8, ()), (4, (1, 2, 3, 4)), (12, (7, 5, 1))])
@pytest.mark.parametrize("max_terms", [1, 2, 3])
def test_table_is_the_shortest_of_all_sums(m, supported, max_terms):
    table = table2(m, supported, max_terms)
    assert list(table) == [Pattern(n, m) for n in range(1, m + 1)]
    for pattern, series in table.items():
        lengths = [
            size
            for size in range(1, max_terms + 1)
            for pick in combinations_with_replacement({*supported, m}, size)
            if sum(pick) == pattern.n
        ]
        assert (series is None) == (not lengths)
        if series is not None:
            parts = [term.n for term in series.terms]
            assert len(parts) == min(lengths) and sum(parts) == pattern.n and parts == sorted(parts, reverse=True)
            assert set(parts) <= {*supported, m}


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Pattern(3, 2), ValueError, "pattern must be N:M with 1 <= N <= M, not '3:2'"),
        (lambda: Pattern(0, 2), ValueError, "pattern must be N:M with 1 <= N <= M, not '0:2'"),
        (lambda: Pattern(1.0, 2), TypeError, "pattern n must be an int, not 1.0"),
        (lambda: Pattern(1, True), TypeError, "pattern m must be an int, not True"),
        (lambda: Pattern.parse("2/4"), ValueError, "pattern must be N:M .* such as '2:4', not '2/4'"),
        (lambda: Pattern.parse(None), ValueError, "pattern must be N:M .* not None"),
        (lambda: Series(()), ValueError, "series must have at least one N:M term"),
        (lambda: Series(("2:4",)), TypeError, "series terms must be Patterns, not '2:4'"),
        (lambda: Series.parse(24), ValueError, "series must be N:M terms joined by '\\+'.*not 24"),
        (lambda: Series.parse("2:4+"), ValueError, "pattern must be N:M .* not ''"),
        (lambda: table2(8, (9,)), ValueError, "1 <= N <= M, not '9:8'"),
        (lambda: table2(8, (1,), 0), ValueError, "max_terms must be an int of at least 1, not 0"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

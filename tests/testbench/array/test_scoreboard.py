"""testbench/array/scoreboard.py: what differs is named."""

import numpy as np
import pytest

from tamis.testbench.array.scoreboard import check

AT, VALUES = np.array([4, 5, 7]), np.array([[1, 2], [3, 4], [5, 6]])


def test_equal_passes():
    check((AT, VALUES), (AT.copy(), VALUES.copy()), about="it")


@pytest.mark.parametrize("at, values, text", [
    (AT[:2], VALUES[:2], "it: 1 columns missing, the first was due in cycle 7"),
    (np.array([4, 5, 6, 7]), np.zeros((4, 2)), "it: 1 columns too many, the first came in cycle 6"),
    (AT, np.array([[1, 2], [3, 13], [6, 6]]),
     "it: 2 of 6 values differ, the first in cycle 5, column 1: golden 4, RTL 13"),
])
def test_a_difference_is_named(at, values, text):
    with pytest.raises(AssertionError) as caught:
        check((AT, VALUES), (at, values), about="it")
    assert str(caught.value) == text

"""Expected against seen, in bulk: every value, and the cycle it comes in."""

import numpy as np


def check(expected, seen, *, about):
    """Compare (cycles (n,), values (n, width)) pairs; AssertionError names the first difference, after `about`."""
    (want_at, want), (seen_at, got) = expected, seen
    extra, missing = np.setdiff1d(seen_at, want_at), np.setdiff1d(want_at, seen_at)
    assert not len(missing), f"{about}: {len(missing)} columns missing, the first was due in cycle {missing[0]}"
    assert not len(extra), f"{about}: {len(extra)} columns too many, the first came in cycle {extra[0]}"
    wrong = np.argwhere(want != got)
    if len(wrong):
        row, column = wrong[0]
        raise AssertionError(f"{about}: {len(wrong)} of {want.size} values differ, the first in cycle {want_at[row]}, "
                             f"column {column}: golden {want[row, column]}, RTL {got[row, column]}")

"""hdl/lib/fifo.py: words in, the same words out, under any stall."""

import random

import pytest

from tamis.hdl.lib.fifo import Fifo
from tests.support.simulate import play


@pytest.mark.parametrize("depth", [2, 8])
@pytest.mark.parametrize("stall", [(0, 0), (0.5, 0.1), (0.1, 0.7)])
def test_words(depth, stall):
    rng = random.Random(depth)
    words = [rng.getrandbits(20) for _ in range(200)]
    fifo = Fifo(width=20, depth=depth)
    (received,), (taken,), _ = play(fifo, {fifo.i: words}, {fifo.o: len(words)}, stall=stall, reset_at=30)
    assert [word for _, word in received] == words
    if stall == (0, 0):
        assert [cycle for cycle, _ in received] == [cycle + 1 for cycle in taken]
        assert taken == list(range(taken[0], taken[0] + len(words)))

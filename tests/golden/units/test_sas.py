"""golden/units/sas.py against the definition, one channel at a time."""

import numpy as np
import pytest

from tamis.golden.units.sas import streamed


@pytest.mark.parametrize(("bits", "lanes", "channels"), [
    (1, 1, 1), (1, 4, 9), (2, 3, 2), (3, 8, 24), (4, 3, 4), (3, 5, 13)])
@pytest.mark.parametrize("magnitude", [False, True])
def test_every_channel_once_with_its_index(bits, lanes, channels, magnitude):
    if magnitude and bits > 1:
        with pytest.raises(ValueError, match=r"^magnitude must be False unless bits is 1, not with bits"):
            streamed(np.arange(9), bits, lanes, magnitude=True)
        return
    x = np.random.default_rng(channels).integers(-3, 4, channels)
    values, indices, keep, last = streamed(x, bits, lanes, magnitude)
    beats = len(last)
    assert last.tolist() == [False] * (beats - 1) + [True]
    for place in range(beats):
        for lane in range(lanes):
            c = (place + 1) % beats * lanes + lane
            assert keep[place, lane] == (c < channels)
            if c < channels:
                index = sum(int(x[(c - i) % channels] < 0) << i for i in range(bits))
                assert values[place, lane] == (abs(x[c]) if magnitude else x[c])
                assert indices[place, lane] == (int(x[c] <= 0) if magnitude else index)


def test_too_few_channels():
    with pytest.raises(ValueError, match=r"^x must have at least 3 channels for bits 3, not shape \(2,\)$"):
        streamed(np.array([1, 2]), 3, 4)

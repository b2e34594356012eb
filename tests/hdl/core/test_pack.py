"""hdl/core/pack.py and transpose.py: bytes in, the same bytes out, whatever the sizes and the stalls."""

import random

import pytest

from tamis.hdl.core.pack import Pack
from tamis.hdl.core.transpose import Transpose
from tests.support.simulate import pack, play, unpack


@pytest.mark.parametrize(("word", "bits"), [(16, 64), (64, 32), (128, 128), (256, 32), (32, 512), (128, 64)])
@pytest.mark.parametrize("stall", [(0, 0), (0.3, 0.4)])
def test_bytes_in_bytes_out(word, bits, stall):
    rng = random.Random(word * bits)
    unit = Pack(word=word, bits=bits)
    levels = (word // 8).bit_length() - 1
    sent, beats = [], []
    for _ in range(12):  # one size per tile
        size = rng.randrange(levels + 1)
        words = [rng.randbytes(1 << size) for _ in range(rng.randint(1, 20))]
        for k, data in enumerate(words):
            rest = rng.getrandbits(word) >> (8 << size) << (8 << size)  # bits above the word are nobody's
            sent.append(pack((int.from_bytes(data, "little") | rest, word), ((1 << size) - 1, levels),
                             (k == len(words) - 1, 1)))
        tile = b"".join(words)
        width = bits // 8
        for start in range(0, len(tile), width):
            part = tile[start:start + width]
            beats.append([int.from_bytes(part, "little"), (1 << len(part)) - 1, int(start + width >= len(tile))])
    # An encoded word of 2^size bytes sets the lowest `size` bits of the thermometer.
    (received,), *_ = play(unit, {unit.i: sent}, {unit.o: len(beats)}, stall=stall, seed=1)
    assert [unpack(beat, bits, bits // 8, 1) for _, beat in received] == beats


@pytest.mark.parametrize(("m", "lanes"), [(1, 1), (1, 4), (2, 2), (2, 8), (4, 4), (8, 4), (8, 1), (4, 8)])
@pytest.mark.parametrize("stall", [(0, 0), (0.3, 0.4)])
def test_transpose(m, lanes, stall):
    rng = random.Random(m * lanes)
    unit = Transpose(m=m, lanes=lanes, width=4)
    groups = 6
    codes = [[rng.randrange(16) for _ in range(lanes)] for _ in range(groups * m)]
    sent = [pack(*((c, 4) for c in beat), (k == len(codes) - 1, 1)) for k, beat in enumerate(codes)]
    step = max(1, lanes // m)
    want = [[codes[g * m + j][lane + s] for s in range(step) for j in range(m)]
            for g in range(groups) for lane in range(0, lanes, step)]
    (received,), (taken,), _ = play(unit, {unit.i: sent}, {unit.o: len(want)}, stall=stall, seed=2)
    assert [unpack(beat, *[4] * (m * step), 1) for _, beat in received] == [
        [*blocks, int(k == len(want) - 1)] for k, blocks in enumerate(want)]
    if stall == (0, 0):
        assert taken == list(range(len(sent)))  # a beat per cycle, always
        assert received[0][0] == m  # 1 cycle after the M-th beat

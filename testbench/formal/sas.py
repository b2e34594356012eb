"""SAS index unit against the definition: bit i of channel c's index is the sign of channel (c - i) mod C.

One channel c and one bit i, any, are watched: the checker writes down the channel's value and the sign of the other
channel as they come in, and finds them again in the beat that must bring c. It knows beats by counting channels.
"""

from amaranth.hdl import Mux, Signal

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake
from tamis.testbench.formal.tasd import size

__all__ = ["prove_sas"]


def prove_sas(unit):
    bench = Bench()
    inside = bench.place("unit", unit)
    bench.roam(unit)
    config, i, o, m, claim = unit.config, unit.i, unit.o, bench.m, bench.claim
    lanes, width = config.lanes, len(i.payload.channels) + 2
    c = bench.constant("c", range(config.max_channels))
    bit = bench.constant("bit", range(config.bits))
    bench.assume(bit < config.bits)

    def number(name):
        return Signal(width, name=name)

    # What came in. `taken` counts the channels of the vector that comes in, in whole beats.
    come, start = Signal(name="come"), Signal(name="start")
    middle, taken = Signal(name="middle"), number("taken")
    base, channels = number("base"), number("channels")
    old_channels, now_channels = number("old_channels"), number("now_channels")
    m.d.comb += [come.eq(i.valid & i.ready), start.eq(come & ~middle), base.eq(Mux(middle, taken, 0)),
                 channels.eq(Mux(middle, now_channels, i.payload.channels))]
    source = number("source")
    m.d.comb += source.eq(Mux(c >= bit, c - bit, c + channels - bit))
    element, sign = Signal(config.width, name="element"), Signal(name="sign")
    old_element, old_sign = Signal(config.width, name="old_element"), Signal(name="old_sign")
    with m.If(come):
        m.d.sync += [taken.eq(base + lanes), middle.eq(base + lanes < channels), now_channels.eq(channels)]
        for lane in range(lanes):
            with m.If(base + lane == c):
                m.d.sync += element.eq(i.payload.x[lane])
            with m.If(base + lane == source):
                m.d.sync += sign.eq(i.payload.x[lane][-1])
    with m.If(start):
        m.d.sync += [old_channels.eq(now_channels), old_element.eq(element), old_sign.eq(sign)]

    # What goes out: beats 1, 2, ..., B - 1, 0 of the older of at most two vectors.
    vectors, gone = Signal(range(4), name="vectors"), number("gone")  # `gone` channels, in whole beats
    go = o.valid & o.ready
    finish = go & o.payload.last
    m.d.sync += vectors.eq(vectors + start - finish)
    with m.If(go):
        m.d.sync += gone.eq(Mux(finish, 0, gone + lanes))
    out, out_channels = number("out"), number("out_channels")
    older = vectors == 2
    m.d.comb += [out.eq(Mux(o.payload.last, 0, gone + lanes)), out_channels.eq(Mux(older, old_channels, now_channels))]

    def legal(count):
        return (count >= config.bits) & (count <= config.max_channels) & (c < count)

    owed = handshake(bench, i, o, most=2, latency=2, held_back=middle)
    claim("no_bubble", ~o.ready | i.ready)
    claim("last", ~o.valid | (o.payload.last == (gone + lanes >= out_channels)))
    for lane in range(lanes):
        entry = o.payload.entries[lane]
        claim(f"keep_{lane}", ~o.valid | (o.payload.keep[lane] == (out + lane < out_channels)))
        here = o.valid & (out + lane == c) & legal(out_channels)
        x = Signal(config.input_layout["x"].shape.elem_shape, name=f"x_{lane}")
        m.d.comb += x.eq(Mux(older, old_element, element))
        if config.magnitude:
            claim(f"value_{lane}", ~here | (entry.value == size(x)))
            claim(f"index_{lane}", ~here | (entry.index == (x <= 0)))
        else:
            claim(f"value_{lane}", ~here | (entry.value == x))
            claim(f"index_{lane}", ~here | ((entry.index >> bit)[0] == Mux(older, old_sign, sign)))
    illegal = Signal(name="illegal")
    with m.If(start & ((i.payload.channels < config.bits) | (i.payload.channels > config.max_channels))):
        m.d.sync += illegal.eq(1)
    claim("error", unit.error == illegal)

    # Induction: what the unit remembers of the vector that comes in.
    live = ~inside["first"] | inside["whole"]  # its first beat is still inside
    claim("middle", middle == ~inside["first"])
    claim("one_or_other", ~(middle & inside["whole"]))
    claim("owed", owed == o.valid + live)
    claim("vectors", vectors == live + (o.valid & o.payload.last))
    claim("left", ~middle | ((inside["rest"] == now_channels - taken) & (taken < now_channels)))
    claim("all", middle | (vectors == 0) | (
        (taken >= now_channels) & ((taken == lanes) | (taken - lanes < now_channels))))
    claim("alone", live | ~o.valid | o.payload.last)
    claim("some", (vectors == 0) | (taken >= lanes))
    claim("behind", ~live | Mux(o.valid, Mux(o.payload.last, (taken == lanes) & (vectors == 2),
                                             gone + 2 * lanes == taken), gone + lanes == taken))
    claim("at_the_start", (o.valid | live) | (gone == 0))
    claim("small", (channels < 1 << width - 2) & (old_channels < 1 << width - 2) & (now_channels < 1 << width - 2))
    _remembered(bench, unit, inside, live=live, taken=taken, c=c, bit=bit, element=element, sign=sign,
                channels=now_channels, legal=legal(now_channels), vectors=vectors)
    return bench


def _remembered(bench, unit, inside, *, live, taken, c, bit, element, sign, channels, legal, vectors):
    """Induction: the held beat, and the signs of the channels taken last."""
    config, claim = unit.config, bench.claim
    source = Mux(c >= bit, c - bit, c + channels - bit)
    for lane in range(config.lanes):
        x = inside["held"].word_select(lane, config.width)
        claim(f"held_{lane}", ~live | ~legal | (c != lane) | (x == element))
        claim(f"held_sign_{lane}", ~live | ~legal | (source != lane) | (x[-1] == sign))
        claim(f"held_keep_{lane}", ~live | (inside["held_keep"][lane] == (lane < channels)))
    count = Mux(taken < channels, taken, channels)
    for back in range(config.bits - 1):
        claim(f"sign_{back}", ~live | ~legal | (source + 1 + back != count)
              | (inside["signs"][config.bits - 2 - back] == sign))

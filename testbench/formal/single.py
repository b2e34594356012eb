"""Units of one register: a beat out for each beat in, a cycle later. Decompressor, compressor; MVUE has its own file.

The checker keeps the beat taken last; the beat on o must be what the definition says of that one. Positions and counts
are followed here by selecting and adding, where the units use one-hot bits.
"""

from amaranth.hdl import Array, Const, Mux, Signal, Value

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake

__all__ = ["prove_compress", "prove_decompress", "single"]


def single(bench, unit):
    """The unit among inputs that do anything, its streams' claims, and the beat taken last."""
    i, o = unit.i, unit.o
    inside = bench.place("unit", unit)
    bench.roam(unit)
    owed = handshake(bench, i, o, most=1, latency=unit.latency)
    bench.claim("no_bubble", ~o.ready | i.ready)
    bench.claim("owed_is_offered", owed == o.valid)
    taken = Signal(i.payload.shape(), name="taken", reset_less=True)
    with bench.m.If(i.valid & i.ready):
        bench.m.d.sync += taken.eq(i.payload)
    return taken, inside


def sticky(bench, unit, offered):
    """`error` is set from the first beat of which `offered` says so while it is on o, until reset."""
    seen = Signal(name="seen")
    bench.m.d.sync += seen.eq(seen | (unit.o.valid & offered))
    bench.claim("error", unit.error == seen | (unit.o.valid & offered))


def prove_decompress(unit):
    """Every entry is at its position, zeros elsewhere; illegal metadata gives zeros and a flag."""
    bench = Bench()
    config, o = unit.config, unit.o
    n, size_ = config.n, config.m
    taken, _ = single(bench, unit)
    if config.form == "index":
        values = [taken.entries[j].value for j in range(n)]
        at = [taken.entries[j].index for j in range(n)]
        legal = Const(1)
        for j in range(n):
            legal = legal & (at[j] < size_)
            for other in range(j):
                legal = legal & (at[j] != at[other])
    else:
        values = [taken.values[j] for j in range(n)]
        legal, at = _positions(config, taken.metadata)
    for k in range(size_):
        element = Const(0)
        for value, position in zip(values, at, strict=True):
            element = Mux(position == k, value, element)
        bench.claim(f"element_{k}", ~o.valid | (o.payload.block[k] == Mux(legal, element, 0)))
    bench.claim("illegal", ~o.valid | (o.payload.illegal != legal))
    sticky(bench, unit, ~legal)
    return bench


def _positions(config, metadata):
    """(legal, [position of each value]) of the forms "pairs" and "mask", as `tamis.golden.metadata` defines them."""
    if config.form == "pairs" and config.m == 4:
        return metadata[:2] < metadata[2:], [metadata[:2], metadata[2:]]
    if config.nibble and config.m == 2:
        first, second = (0x4, 0xE) if config.form == "pairs" else (0x3, 0xC)
        return (metadata == first) | (metadata == second), [metadata == second]
    ones, at = Const(0), [Const(0)] * config.n
    for k in range(config.m):
        at = [Mux(metadata[k] & (ones == j), k, position) for j, position in enumerate(at)]
        ones = ones + metadata[k]
    return ones == config.n, at


def prove_compress(unit):
    """Every non-zero is in an entry, indices increase, spare entries are zeros of the block; too many are flagged."""
    bench = Bench()
    config, o = unit.config, unit.o
    n, size_ = config.n, config.m
    taken, _ = single(bench, unit)
    block = Array(taken.block[k] for k in range(size_))
    many = sum(taken.block[k] != 0 for k in range(size_)) > n
    if config.form == "index":
        values, at = zip(*((o.payload.entries[j].value, o.payload.entries[j].index) for j in range(n)), strict=True)
        legal = Const(1)
    else:
        values = [o.payload.values[j] for j in range(n)]
        legal, at = _positions(config, o.payload.metadata)

    def says(what, condition):
        bench.claim(what, ~o.valid | condition)

    says("illegal", o.payload.illegal == many)
    says("legal", legal)
    for j in range(n):
        says(f"value_{j}", (values[j] == block[at[j]]) & (at[j] < size_))
        if j:
            says(f"increasing_{j}", at[j - 1] < at[j])
    entry = [Value.cast(sum(position == k for position in at)) for k in range(size_)]
    for k in range(size_):
        says(f"kept_{k}", many | (taken.block[k] == 0) | (entry[k] == 1))
        if not config.nibble:  # a spare entry is a zero, and there is no zero before it that is none
            for before in range(k):
                says(f"spare_{before}_{k}", (entry[k] == 0) | (taken.block[k] != 0) | (taken.block[before] != 0)
                     | (entry[before] == 1))
    sticky(bench, unit, many)
    return bench

"""hdl/array/pe.py: loading, latency, the copies for the east, overflow, validation."""

import random

import pytest
from amaranth.hdl import signed, unsigned
from amaranth.sim import Simulator

from tamis.hdl.array.pe import PE

INT8 = {"a_shape": signed(8), "b_shape": signed(8), "acc_width": 32}


def _limits(shape):
    low = -(1 << (shape.width - 1)) if shape.signed else 0
    return low, low + (1 << shape.width) - 1


def _wrap(value, shape):
    return (value - _limits(shape)[0]) % (1 << shape.width) + _limits(shape)[0]


def _clamp(value, shape):
    low, high = _limits(shape)
    return min(max(value, low), high)


def run(pe, cycles, seed=0, extreme=0.2):
    """Drive random stimulus; compare every output in every cycle with plain integers."""
    rng = random.Random(seed)
    blocks = pe.blocks
    acc = pe.acc_shape
    fit = _wrap if pe.overflow == "wrap" else _clamp

    def draw(shape):
        low, high = _limits(shape)
        return rng.choice([low, high, 0, 1]) if rng.random() < extreme else rng.randint(low, high)

    async def bench(ctx):
        entries = block = None
        for cycle in range(cycles):
            load = cycle == 0 or rng.random() < 0.3
            a = [[{"value": draw(pe.a_shape)} | ({"index": rng.randrange(pe.m)} if pe.m > 1 else {})
                  for _ in range(pe.beta)] for _ in range(pe.alpha)]
            b = [[draw(pe.b_shape) for _ in range(pe.m)] for _ in range(blocks)]
            c = [draw(acc) for _ in range(pe.alpha)]
            ctx.set(pe.load, load)
            ctx.set(pe.a, a)
            ctx.set(pe.b, b)
            ctx.set(pe.c, c)
            previous = entries, block
            await ctx.tick()
            if previous[0] is not None:
                for column in range(pe.alpha):
                    total = c[column] + sum(
                        entry["value"] * previous[1][row * pe.blocks // pe.beta][entry.get("index", 0)]
                        for row, entry in enumerate(previous[0][column])
                    )
                    assert ctx.get(pe.c_out[column]) == fit(total, acc), f"seed {seed} cycle {cycle} column {column}"
            if load:
                entries = a
            block = b
            if pe.east:
                assert ctx.get(pe.load_out) == load
                assert [[ctx.get(pe.b_out[r][k]) for k in range(pe.m)] for r in range(blocks)] == b

    sim = Simulator(pe)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("m, alpha, beta, blocks, east", [
    (1, 1, 1, None, True), (4, 2, 1, None, True), (8, 1, 2, 1, False), (5, 2, 3, None, False), (3, 1, 4, 2, False),
    (32, 1, 1, 1, True),
])
def test_every_output_in_every_cycle(m, alpha, beta, blocks, east):
    run(PE(m=m, alpha=alpha, beta=beta, blocks=blocks, east=east, **INT8), 40)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("a_shape, b_shape, acc_width", [
    (signed(8), signed(8), 16), (signed(4), unsigned(6), 9), (unsigned(4), unsigned(4), 8),
    (unsigned(2), signed(3), 48),
])
def test_overflow(a_shape, b_shape, acc_width, overflow):
    pe = PE(m=2, alpha=1, beta=2, a_shape=a_shape, b_shape=b_shape, acc_width=acc_width, overflow=overflow)
    run(pe, 60, extreme=0.6)


@pytest.mark.parametrize("change, message", [
    ({"m": 0}, r"m must be an integer from 1 to 32, not 0"),
    ({"m": 33}, r"m must be an integer from 1 to 32, not 33"),
    ({"m": True}, r"m must be an integer from 1 to 32, not True"),
    ({"alpha": 0}, r"alpha must be an integer of at least 1, not 0"),
    ({"beta": "2"}, r"beta must be an integer of at least 1, not '2'"),
    ({"a_shape": signed(1)}, r"a_shape must be a shape of 2 to 16 bits, such as signed\(8\), not signed\(1\)"),
    ({"b_shape": "int8"}, r"b_shape must be a shape of 2 to 16 bits, such as signed\(8\), not 'int8'"),
    ({"acc_width": 49}, r"acc_width must be an integer from 2 to 48, not 49"),
    ({"overflow": "trap"}, r"overflow must be 'wrap' or 'saturate', not 'trap'"),
    ({"east": 1}, r"east must be True or False, not 1"),
    ({"beta": 4, "blocks": 3}, r"blocks must divide beta = 4, not 3"),
    ({"east": None}, r"east must be True or False, not None"),
    ({"after_multiply": 1}, r"after_multiply must be True or False, not 1"),
    ({"m": 1, "after_select": True}, r"after_select must be False for m = 1, which selects nothing, not True"),
])
def test_illegal_parameters(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PE(**({"m": 4, "alpha": 2, "beta": 1} | INT8 | change))


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("after_select, after_multiply, m", [(True, False, 4), (False, True, 5), (True, True, 8),
                                                             (False, True, 1)])
def test_registers_inside(after_select, after_multiply, m, overflow):
    """Columns and new tiles at random: each column's sum is what its entries, block and c say, in its cycle."""
    rng = random.Random(m)
    pe = PE(m=m, alpha=2, beta=3, blocks=1, a_shape=signed(5), b_shape=unsigned(4), acc_width=12, overflow=overflow,
            after_select=after_select, after_multiply=after_multiply)
    stages, cycles, fit = after_select + after_multiply, 60, _wrap if overflow == "wrap" else _clamp

    def entry():
        return {"value": rng.randint(-16, 15)} | ({"index": rng.randrange(m)} if m > 1 else {})

    loads = [cycle == 0 or rng.random() < 0.4 for cycle in range(cycles)]
    tiles = [[[entry() for _ in range(3)] for _ in range(2)] for _ in range(cycles)]
    blocks = [[rng.randint(0, 15) for _ in range(m)] for _ in range(cycles)]
    c = [[rng.randint(-2048, 2047) for _ in range(2)] for _ in range(cycles)]
    seen = []

    async def bench(ctx):
        for cycle in range(cycles):
            ctx.set(pe.load, loads[cycle])
            values = tiles[max(0, cycle - 1)] if after_select else tiles[cycle]
            ctx.set(pe.a, [[{**tiles[cycle][q][r], "value": values[q][r]["value"]} for r in range(3)]
                           for q in range(2)])
            ctx.set(pe.b, [blocks[cycle]])
            ctx.set(pe.c, c[max(0, cycle - stages - 1)])
            await ctx.tick()
            seen.append([ctx.get(pe.c_out[q]) for q in range(2)])

    sim = Simulator(pe)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    for cycle in range(cycles - stages - 1):
        tile = tiles[max(k for k in range(cycle + 1) if loads[k])]
        for q in range(2):
            total = c[cycle][q] + sum(e["value"] * blocks[cycle][e.get("index", 0)] for e in tile[q])
            assert seen[cycle + stages + 1][q] == fit(total, pe.acc_shape), f"cycle {cycle}, column {q}"


def test_no_eastern_ports():
    pe = PE(m=1, alpha=1, beta=1, east=False, **INT8)
    assert set(pe.signature.members) == {"load", "a", "b", "c", "c_out"}

"""Plays streams into a component in Amaranth's simulator, with random stalls on every stream, and records what it says.

Payloads are plain integers, as `pack` makes them: the first field in the lowest bits.
"""

import random

from amaranth.hdl import Cat, ClockDomain, Module, Value
from amaranth.sim import Simulator

__all__ = ["pack", "play", "unpack"]


def pack(*fields):
    """One integer of (value, width) fields, the first lowest; a negative value in two's complement."""
    word, place = 0, 0
    for value, width in fields:
        word |= (int(value) & ((1 << width) - 1)) << place
        place += width
    return word


def unpack(word, *widths):
    """The fields of an integer, the first lowest; a negative width reads two's complement."""
    fields = []
    for width in widths:
        size = abs(width)
        value = word & ((1 << size) - 1)
        word >>= size
        fields.append(value - (1 << size) if width < 0 and value >> (size - 1) else value)
    return fields


def play(component, sent, counts, *, stall=(0.0, 0.0), seed=0, reset_at=None, limit=None, watch=(), set_before=()):
    """Send payloads, receive until every stream has given its count.

    Parameters
    ----------
    component : Component
    sent : dict of stream to list of int
        Input streams and what enters each, in order.
    counts : dict of stream to int
        Output streams and how many payloads to take from each.
    stall : (float, float)
        Probability, each cycle, that a sender has nothing to send; that a receiver is not ready. What a sender offers
        stays until it is taken.
    reset_at : int or None
        A cycle in which reset is pressed; everything is sent again from the beginning and what came before is dropped.
    limit : int
        Cycles after which an AssertionError says that something hangs.
    watch : iterable of Signal
        Returned beside the results, as they are at the end.
    set_before : iterable of (Signal, int)
        Inputs set before the first cycle.

    Returns
    -------
    received : list of [(cycle, payload)], one list for each output stream in order
    taken : list of [cycle], when each payload of each input stream was taken
    watched : list of int
    """
    rng = random.Random(seed)
    sources, sinks = list(sent), list(counts)
    limit = limit or 200 + 40 * (sum(map(len, sent.values())) + sum(counts.values()))
    result = {}

    async def bench(ctx):
        for signal, value in set_before:
            ctx.set(signal, value)
        fresh = True
        cycle = 0
        signals = [*(s.ready for s in sources), *(s.valid for s in sinks), *(Value.cast(s.payload) for s in sinks)]
        valids, readies = Cat(s.valid for s in sources), Cat(s.ready for s in sinks)
        payloads = [Value.cast(s.payload) for s in sources]
        while True:
            if fresh:
                place, offered = [0] * len(sources), [False] * len(sources)
                received, taken = [[] for _ in sinks], [[] for _ in sources]
                fresh = False
            for k, source in enumerate(sources):
                if not offered[k] and place[k] < len(sent[source]) and rng.random() >= stall[0]:
                    offered[k] = True
                    ctx.set(payloads[k], sent[source][place[k]])
            want = [len(received[k]) < counts[sink] and rng.random() >= stall[1] for k, sink in enumerate(sinks)]
            ctx.set(valids, sum(bit << k for k, bit in enumerate(offered)))
            ctx.set(readies, sum(bit << k for k, bit in enumerate(want)))
            if cycle == reset_at:
                ctx.set(reset, 1)
                await ctx.tick()
                ctx.set(reset, 0)
                fresh, cycle = True, cycle + 1
                continue
            _, _, *now = await ctx.tick().sample(*signals)
            for k in range(len(sources)):
                if offered[k] and now[k]:
                    offered[k] = False
                    place[k] += 1
                    taken[k].append(cycle)
            for k in range(len(sinks)):
                if want[k] and now[len(sources) + k]:
                    received[k].append((cycle, now[len(sources) + len(sinks) + k]))
            cycle += 1
            if (reset_at is None or cycle > reset_at) and all(
                    len(received[k]) == counts[sink] for k, sink in enumerate(sinks)) and all(
                    place[k] == len(sent[source]) for k, source in enumerate(sources)):
                result["all"] = received, taken, [ctx.get(signal) for signal in watch]
                return
            assert cycle < limit, f"seed {seed}: hangs, received {[len(r) for r in received]}"

    top = Module()
    domain = ClockDomain("sync")
    top.domains += domain
    top.submodules.dut = component
    reset = domain.rst
    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    return result["all"]

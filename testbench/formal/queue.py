"""Queues: words come out as they went in, in order, and no more of them fit than it says."""

from amaranth.hdl import Mux, Signal

from testbench.formal.bench import Bench
from testbench.formal.handshake import handshake

__all__ = ["prove_queue"]


def prove_queue(queue, depth):
    """A `hdl.core.queue.Queue` of `depth` words."""
    bench = Bench()
    inside = bench.place("unit", queue)
    bench.roam(queue)
    i, o, m = queue.i, queue.o, bench.m
    owed = handshake(bench, i, o, most=depth, latency=depth)
    bench.claim("no_bubble", ~o.ready | i.ready)
    bench.claim("refuses_only_when_full", i.ready | (owed == depth))
    words = [Signal(i.payload.shape(), name=f"word_{k}", reset_less=True) for k in range(depth + 1)]  # oldest first
    come, go = i.valid & i.ready, o.valid & o.ready
    for k in range(depth):
        m.d.sync += words[k].eq(Mux(come & (owed - go == k), i.payload, Mux(go, words[k + 1], words[k])))
    bench.claim("word", ~o.valid | (o.payload == words[0]))

    # Induction: the words held, the last register first, are the words owed.
    ahead = 0
    for k in reversed(range(depth)):
        for place in range(depth):
            bench.claim(f"register_{k}_{place}", ~inside[f"holds_{k}"] | (ahead != place)
                        | (inside[f"word_{k}"] == words[place]))
        ahead = ahead + inside[f"holds_{k}"]
    bench.claim("owed", owed == ahead)
    return bench

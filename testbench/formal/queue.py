"""Queues: words come out as they went in, in order, and no more of them fit than it says."""

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake, oldest_first

__all__ = ["prove_queue"]


def prove_queue(queue, depth):
    """A `tamis.hdl.lib.queue.Queue` of `depth` words."""
    bench = Bench()
    inside = bench.place("unit", queue)
    bench.roam(queue)
    i, o = queue.i, queue.o
    owed = handshake(bench, i, o, most=depth, latency=depth)
    bench.claim("no_bubble", ~o.ready | i.ready)
    bench.claim("refuses_only_when_full", i.ready | (owed == depth))
    words = oldest_first(bench, i, o, owed, depth)
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

"""FIFO in a memory: words come out as they went in, in order; `used` is how many are inside; full only when it is.

The trick: the memory gets a read port more for each address, that only the proof has, so that the induction can say
what it holds. The unit and its own ports are as they are emitted.
"""

from amaranth.hdl import Array

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake, oldest_first

__all__ = ["prove_fifo"]


def prove_fifo(kind, *, width, depth):
    """`kind` is `tamis.hdl.lib.fifo.Fifo`."""
    bench = Bench()
    cells = []

    def watched(role, create, name=None):
        ram = create()
        for address in range(depth):
            port = ram.memory.read_port(domain="comb")
            bench.m.d.comb += port.addr.eq(address)
            cells.append(port.data)
        return ram

    fifo = kind(width=width, depth=depth, make=watched)
    inside = bench.place("unit", fifo)
    bench.roam(fifo)
    owed = handshake(bench, fifo.i, fifo.o, most=depth, latency=1)
    words = oldest_first(bench, fifo.i, fifo.o, owed, depth)
    bench.claim("word", ~fifo.o.valid | (fifo.o.payload == words[0]))
    bench.claim("used", fifo.used == owed)
    bench.claim("ready_unless_full", fifo.i.ready == (owed != depth))

    # Induction: the words owed lie in the memory from `first` on, and the next one will follow them.
    first, last = inside["first"], inside["last"]
    for k in range(depth):
        bench.claim(f"cell_{k}", (owed <= k) | (Array(cells)[(first + k)[:len(first)]] == words[k]))
    bench.claim("last", last == (first + owed)[:len(last)])
    return bench

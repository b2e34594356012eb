"""AXI4-Lite subordinate: the protocol's rules, and one strobe and one right answer for every access."""

from types import SimpleNamespace

from amaranth.hdl import Cat, Mux, Signal

from tamis.testbench.formal.bench import Bench
from tamis.testbench.formal.handshake import handshake

__all__ = ["prove_axi_lite"]

OKAY, SLVERR = 0, 2


def prove_axi_lite(unit):
    """A `tamis.hdl.lib.axi_lite.AXILite`. Its manager may do anything, take back what it offers too."""
    bench = Bench()
    bench.place("unit", unit)
    bench.roam(unit)
    m, claim, axi, write, registers = bench.m, bench.claim, unit.axi, unit.write, unit.read
    address, data = (_channel(axi, name, f"{name}{what}") for name, what in (("aw", "addr"), ("w", "data")))
    read, answer = _channel(axi, "ar", "araddr"), _channel(axi, "r", "rdata", "rresp")
    response = _channel(axi, "b", "bresp")
    for name, i, o in (("address", address, response), ("data", data, response), ("read", read, answer)):
        owed = handshake(bench, i, o, most=1, latency=1, name=name)  # no answer before its access, one for each
        claim(f"{name}_is_answered", owed == o.valid)
    claim("read_no_bubble", ~answer.ready | read.ready)
    claim("write_no_bubble", ~response.ready | ~(address.valid & data.valid) | (address.ready & data.ready))

    wrote, asked = address.valid & address.ready, read.valid & read.ready
    aligned = axi.awaddr[:2] == 0
    claim("one_strobe", write.enable == (wrote & aligned))
    claim("strobe", ~write.enable | (
        (write.word == axi.awaddr >> 2) & (write.data == axi.wdata) & (write.strobe == axi.wstrb)))
    claim("read_word", ~asked | (registers.word == axi.araddr >> 2))
    refused, bad = Signal(name="refused"), Signal(name="bad")
    word = Signal(32, name="word")
    with m.If(wrote):
        m.d.sync += refused.eq(write.error | ~aligned)
    with m.If(asked):
        m.d.sync += [bad.eq(registers.error | (axi.araddr[:2] != 0)), word.eq(registers.data)]
    claim("bresp", ~response.valid | (axi.bresp == Mux(refused, SLVERR, OKAY)))
    claim("rresp", ~answer.valid | (axi.rresp == Mux(bad, SLVERR, OKAY)))
    claim("rdata", ~answer.valid | (axi.rdata == word))
    return bench


def _channel(axi, name, *payload):
    """A channel as a stream."""
    return SimpleNamespace(valid=getattr(axi, f"{name}valid"), ready=getattr(axi, f"{name}ready"),
                           payload=Cat(getattr(axi, port) for port in payload))

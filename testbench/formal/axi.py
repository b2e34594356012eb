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
    m, claim = bench.m, bench.claim
    address, data = (_channel(unit, name, f"{name}{what}") for name, what in (("aw", "addr"), ("w", "data")))
    read, answer = _channel(unit, "ar", "araddr"), _channel(unit, "r", "rdata", "rresp")
    response = _channel(unit, "b", "bresp")
    for name, i, o in (("address", address, response), ("data", data, response), ("read", read, answer)):
        owed = handshake(bench, i, o, most=1, latency=1, name=name)  # no answer before its access, one for each
        claim(f"{name}_is_answered", owed == o.valid)
    claim("read_no_bubble", ~answer.ready | read.ready)
    claim("write_no_bubble", ~response.ready | ~(address.valid & data.valid) | (address.ready & data.ready))

    wrote, asked = address.valid & address.ready, read.valid & read.ready
    aligned = unit.awaddr[:2] == 0
    claim("one_strobe", unit.write == (wrote & aligned))
    claim("strobe", ~unit.write | (
        (unit.write_word == unit.awaddr >> 2) & (unit.write_data == unit.wdata) & (unit.write_strobe == unit.wstrb)))
    claim("read_word", ~asked | (unit.read_word == unit.araddr >> 2))
    refused, bad = Signal(name="refused"), Signal(name="bad")
    word = Signal(32, name="word")
    with m.If(wrote):
        m.d.sync += refused.eq(unit.write_error | ~aligned)
    with m.If(asked):
        m.d.sync += [bad.eq(unit.read_error | (unit.araddr[:2] != 0)), word.eq(unit.read_data)]
    claim("bresp", ~response.valid | (unit.bresp == Mux(refused, SLVERR, OKAY)))
    claim("rresp", ~answer.valid | (unit.rresp == Mux(bad, SLVERR, OKAY)))
    claim("rdata", ~answer.valid | (unit.rdata == word))
    return bench


def _channel(unit, name, *payload):
    """A channel as a stream."""
    return SimpleNamespace(valid=getattr(unit, f"{name}valid"), ready=getattr(unit, f"{name}ready"),
                           payload=Cat(getattr(unit, port) for port in payload))

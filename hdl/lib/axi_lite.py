"""AXI4-Lite subordinate, 32 bits: a read or write strobe per access for the registers behind it.

One access of each kind at a time, of whole words: an address that is no multiple of 4 is an error. A write is taken
when its address and its data are there, its response follows one cycle later; a read's data follows one cycle later.
Responses: OKAY, or SLVERR where the registers say so.
"""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AXILite", "axi_lite_signature", "read_signature", "write_signature"]

OKAY, SLVERR = 0, 2


def axi_lite_signature(bits):
    """AXI4-Lite from the manager's side, addresses of that many bits; without awprot and arprot, which are optional."""
    from_manager = {"awaddr": bits, "awvalid": 1, "wdata": 32, "wstrb": 4, "wvalid": 1, "bready": 1,
                    "araddr": bits, "arvalid": 1, "rready": 1}
    to_manager = {"awready": 1, "wready": 1, "bresp": 2, "bvalid": 1, "arready": 1, "rdata": 32, "rresp": 2,
                  "rvalid": 1}
    return wiring.Signature({name: flow(width) for flow, signals in ((Out, from_manager), (In, to_manager))
                             for name, width in signals.items()})


def write_signature(bits):
    """A write of a register where `enable`: its word (the address / 4), data and byte strobes. `error` answers it."""
    return wiring.Signature({"enable": Out(1), "word": Out(bits - 2), "data": Out(32), "strobe": Out(4),
                             "error": In(1)})


def read_signature(bits):
    """A read of a register: its word (the address / 4). `data` and `error` answer it in the same cycle."""
    return wiring.Signature({"word": Out(bits - 2), "data": In(32), "error": In(1)})


class AXILite(wiring.Component):
    """The handshakes.

    Parameters
    ----------
    bits : int
        Of an address.

    Members
    -------
    axi : In(`axi_lite_signature`)
    write : Out(`write_signature`)
        SLVERR is the response where `write.error`.
    read : Out(`read_signature`)
    """

    def __init__(self, *, bits):
        super().__init__({"axi": In(axi_lite_signature(bits)), "write": Out(write_signature(bits)),
                          "read": Out(read_signature(bits))})

    def elaborate(self, platform):
        m = Module()
        axi = self.axi
        take = Signal()
        written = Signal()
        answered = Signal()
        response = Signal(2)
        answer = Signal(2)
        data = Signal(32, reset_less=True)
        m.d.comb += [
            take.eq(axi.awvalid & axi.wvalid & (~written | axi.bready)),
            axi.awready.eq(take), axi.wready.eq(take),
            self.write.enable.eq(take & ~axi.awaddr[:2].any()),
            self.write.word.eq(axi.awaddr[2:]), self.write.data.eq(axi.wdata), self.write.strobe.eq(axi.wstrb),
            axi.bvalid.eq(written), axi.bresp.eq(response),
            axi.arready.eq(~answered | axi.rready),
            self.read.word.eq(axi.araddr[2:]),
            axi.rvalid.eq(answered), axi.rresp.eq(answer), axi.rdata.eq(data),
        ]
        with m.If(take):
            m.d.sync += [written.eq(1), response.eq(_response(self.write.error | axi.awaddr[:2].any()))]
        with m.Elif(axi.bready):
            m.d.sync += written.eq(0)
        with m.If(axi.arvalid & axi.arready):
            m.d.sync += [answered.eq(1), answer.eq(_response(self.read.error | axi.araddr[:2].any())),
                         data.eq(self.read.data)]
        with m.Elif(axi.rready):
            m.d.sync += answered.eq(0)
        return m


def _response(error):
    return Mux(error, Const(SLVERR, 2), Const(OKAY, 2))

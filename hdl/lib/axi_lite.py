"""AXI4-Lite subordinate, 32 bits: a read or write strobe per access for the registers behind it.

One access of each kind at a time, of whole words: an address that is no multiple of 4 is an error. A write is taken
when its address and its data are there, its response follows one cycle later; a read's data follows one cycle later.
Responses: OKAY, or SLVERR where the registers say so.
"""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AXILite", "axi_lite_members"]

OKAY, SLVERR = 0, 2


def axi_lite_members(prefix, bits):
    """The ports of a subordinate, by their AXI names."""
    inputs = {"awaddr": bits, "awvalid": 1, "wdata": 32, "wstrb": 4, "wvalid": 1, "bready": 1,
              "araddr": bits, "arvalid": 1, "rready": 1}
    outputs = {"awready": 1, "wready": 1, "bresp": 2, "bvalid": 1, "arready": 1, "rdata": 32, "rresp": 2, "rvalid": 1}
    return {f"{prefix}_{name}": flow(width) for flow, found in ((In, inputs), (Out, outputs))
            for name, width in found.items()}


class AXILite(wiring.Component):
    """The handshakes.

    Parameters
    ----------
    bits : int
        Of an address.

    Members
    -------
    awaddr, ... : the AXI4-Lite signals, without awprot and arprot, which a subordinate may leave out
    write : Out(1)
        A write is taken in this cycle: `write_word` (its address / 4), `write_data`, `write_strobe`.
    write_error : In(1)
        Answer it with SLVERR.
    read_word : Out
        A read's address / 4; `read_data` and `read_error` answer it in the same cycle.
    """

    def __init__(self, *, bits):
        super().__init__({
            **{name.removeprefix("x_"): member for name, member in axi_lite_members("x", bits).items()},
            "write": Out(1), "write_word": Out(bits - 2), "write_data": Out(32), "write_strobe": Out(4),
            "write_error": In(1),
            "read_word": Out(bits - 2), "read_data": In(32), "read_error": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        take = Signal()
        written = Signal()
        answered = Signal()
        response = Signal(2)
        answer = Signal(2)
        data = Signal(32, reset_less=True)
        m.d.comb += [
            take.eq(self.awvalid & self.wvalid & (~written | self.bready)),
            self.awready.eq(take), self.wready.eq(take),
            self.write.eq(take & ~self.awaddr[:2].any()),
            self.write_word.eq(self.awaddr[2:]), self.write_data.eq(self.wdata), self.write_strobe.eq(self.wstrb),
            self.bvalid.eq(written), self.bresp.eq(response),
            self.arready.eq(~answered | self.rready),
            self.read_word.eq(self.araddr[2:]),
            self.rvalid.eq(answered), self.rresp.eq(answer), self.rdata.eq(data),
        ]
        with m.If(take):
            m.d.sync += [written.eq(1), response.eq(_response(self.write_error | self.awaddr[:2].any()))]
        with m.Elif(self.bready):
            m.d.sync += written.eq(0)
        with m.If(self.arvalid & self.arready):
            m.d.sync += [answered.eq(1), answer.eq(_response(self.read_error | self.araddr[:2].any())),
                         data.eq(self.read_data)]
        with m.Elif(self.rready):
            m.d.sync += answered.eq(0)
        return m


def _response(error):
    return Mux(error, Const(SLVERR, 2), Const(OKAY, 2))

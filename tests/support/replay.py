"""Plays one stream through emitted Verilog in Icarus, a hundred times as fast as Amaranth's simulator."""

import subprocess
import tempfile
from pathlib import Path

from amaranth.hdl import Value

from tamis.hdl.emit.verilog import verilog

__all__ = ["replay"]

_BENCH = """module bench;
  reg clk = 0, rst = 1, i__valid = 0, o__ready = 0;
  reg [{iw}-1:0] i__payload, feed [0:{sent}-1];
  wire i__ready, o__valid;
  wire [{ow}-1:0] o__payload;
  integer place = 0, count = 0, cycle = 0, file, seed = {seed};
  unit dut (.clk(clk), .rst(rst), .i__valid(i__valid), .i__ready(i__ready), .i__payload(i__payload),
            .o__valid(o__valid), .o__ready(o__ready), .o__payload(o__payload){more});
  always #5 clk = ~clk;
  initial begin
    $readmemh("feed.hex", feed); file = $fopen("out.hex", "w");
    repeat (2) @(negedge clk); rst = 0;
    while (count < {wanted} && cycle < {limit}) begin
      if (!i__valid && place < {sent} && $urandom(seed) % 256 >= {pause_in}) begin
        i__valid = 1; i__payload = feed[place];
      end
      o__ready = $urandom(seed) % 256 >= {pause_out};
      #1;
      if (o__valid && o__ready) begin $fdisplay(file, "%h", o__payload); count = count + 1; end
      if (i__valid && i__ready) begin place = place + 1; @(posedge clk); #1 i__valid = 0; end
      @(negedge clk); cycle = cycle + 1;
    end
    $fclose(file); $finish(0);
  end
endmodule
"""


def replay(unit, sent, wanted, *, stall=(0.0, 0.0), seed=1, more=None):
    """What comes out of ``unit.o`` (``wanted`` payloads) when ``sent`` goes into ``unit.i``: a list of int.

    `more`: what other inputs are, {name: constant}.

    Raises AssertionError if fewer come, or one has an unknown bit.
    """
    constants = more or {}
    more = "".join(f", .{name}({constants.get(name, '')})" for name in unit.signature.members if name not in ("i", "o"))
    text = _BENCH.format(iw=len(Value.cast(unit.i.payload)), ow=len(Value.cast(unit.o.payload)), sent=len(sent),
                         wanted=wanted, limit=200 + 20 * (len(sent) + wanted), seed=seed, more=more,
                         pause_in=round(256 * stall[0]), pause_out=round(256 * stall[1]))
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        folder = Path(folder)
        (folder / "feed.hex").write_text("".join(f"{word:x}\n" for word in sent))
        (folder / "bench.v").write_text(text)
        (folder / "unit.v").write_text(verilog(unit, "unit"))
        subprocess.run(["iverilog", "-g2005-sv", "-o", "bench", "bench.v", "unit.v"], cwd=folder, check=True)
        subprocess.run(["vvp", "-n", "bench"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        out = (folder / "out.hex").read_text().split()
    assert len(out) == wanted, f"{len(out)} payloads came, not {wanted}"
    return [int(word, 16) for word in out]

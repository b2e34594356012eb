"""Bits that nothing reads are in the wire `unused`; bits that are read are not."""

import re

from tamis.hdl.emit.unused import mark_unused

PARENT = r"""module parent(clk, a, b, y);
  input clk;
  wire clk;
  input [7:0] a;
  wire [7:0] a;
  input b;
  wire b;
  output [3:0] y;
  wire [3:0] y;
  wire [3:0] \$1 ;
  wire [1:0] whole;
  reg [3:0] held;
  reg [7:0] words [3:0];
  assign \$1 [3:0] = a[3:0] + 4'h1;
  always @(posedge clk) begin
    if (a[6])
      words[held[1:0]] <= { a[7], 7'h00 };
  end
  always @(posedge clk)
    held <= \$1 [2:0];
  child c (
    .i(a[4]),
    .o(whole)
  );
  assign y = words[2'h0][3:0];
endmodule
"""
CHILD = """module child(i, o);
  input i;
  wire i;
  output [1:0] o;
  wire [1:0] o;
  assign o = { i, i };
endmodule
"""


def test_every_unread_bit_is_marked_and_no_other():
    marked = mark_unused({"parent": PARENT, "child": CHILD})
    assert marked["child"] == CHILD
    found = re.search(r"  wire \[(\d+):0\] unused;\n  assign unused = \{ (.*) \};\nendmodule\n$", marked["parent"])
    assert found and int(found[1]) + 1 == 1 + 1 + 1 + 2 + 2
    assert found[2].split(", ") == ["a[5]", "b", r"\$1 [3]", "whole", "held[3:2]"]

"""RTLIL to Verilog, and the one place that makes the text clean for linters.

Amaranth's results are as wide as they can become, and its operands keep their own widths. A linter reports both: the
bits of a sum that nothing reads, and an operand that is narrower than the other. The steps here make the text say what
is meant, so that the hardware descriptions are written in their natural form: yosys's `wreduce` cuts results to the
bits that are read, and a technology map (`_same_width`) extends each narrow operand with zeros or with its sign.
Another map (`_NOT_ANY`) asks whether a bus is zero by a reduction, because linters expect one bit after `!`.
A choice among many (`m.Switch`) becomes a tree of two-way multiplexers. `tamis.hdl.emit.unused` marks the other bits
that nothing reads.
"""

import re

from amaranth.back import rtlil
from amaranth.lib.wiring import Component

from tamis.hdl.emit.unused import mark_unused
from tamis.tools import yosys

__all__ = ["texts_of", "verilog", "verilog_of"]

# Bookkeeping, and initial values: only the registers that reset reaches are known after power-up.
_DROPPED = " ".join(f"-remove {name}" for name in (
    "generator", "top", "src", "init", "amaranth.hierarchy", "amaranth.decoding"))


def verilog(component: Component, name: str) -> str:
    """Verilog of one component by itself, top `name`; the names of its submodules start with `name`."""
    return verilog_of(rtlil.convert(component, name=name, emit_src=False), name)


def verilog_of(text: str, name: str) -> str:
    """The same, from RTLIL."""
    for child in sorted(set(re.findall(rf"\\{name}\.[\w.$]+", text)), key=len, reverse=True):
        text = text.replace(child, "\\" + child[1:].replace(".", "_"))
    return "\n".join(texts_of(text).values())


def texts_of(text: str) -> dict[str, str]:
    """RTLIL to {module name: Verilog text}, in one yosys run.

    Raises tamis.tools.yosys.YosysError if yosys fails.
    """
    script = f"""read_rtlil {yosys.JOB}design.il
delete */t:$meminit*
proc -norom -noopt
pmuxtree
opt_expr -fine t:$lt t:$le t:$gt t:$ge
wreduce t:$add t:$sub t:$mul t:$neg t:$mux w:*
opt_clean -purge
opt_expr -fine t:$lt t:$le t:$gt t:$ge
techmap -map {yosys.JOB}widths.v
opt_clean -purge
attrmap {_DROPPED}
write_verilog -norename -noattr {yosys.JOB}design.v
"""
    text = re.sub(r"^  cell \$.*?^  end$", _with_bits, text, flags=re.MULTILINE | re.DOTALL)
    maps = "".join([_same_width(operator) for operator in _OPERATORS]) + _NOT_ANY
    result = yosys.run(script, {"design.il": text.encode(), "widths.v": maps.encode()}, ["design.v"])["design.v"]
    modules = re.findall(r"^(module (\w+).*?^endmodule\n)", result, re.MULTILINE | re.DOTALL)
    return mark_unused({name: module for module, name in modules})


# The width of both operands; a shift's second operand is a count, and keeps its own.
_EITHER = "(A_WIDTH > B_WIDTH ? A_WIDTH : B_WIDTH)"
_RESULT = f"(Y_WIDTH > {_EITHER} ? Y_WIDTH : {_EITHER})"
_OPERATORS = dict.fromkeys(("lt", "le", "eq", "ne", "ge", "gt"), _EITHER) | {
    "add": _RESULT, "sub": _RESULT, "shl": "(Y_WIDTH > A_WIDTH ? Y_WIDTH : A_WIDTH)"}

_NOT_ANY = """
(* techmap_celltype = "$logic_not" *)
module not_any (A, Y);
  parameter A_SIGNED = 0, A_WIDTH = 1, Y_WIDTH = 1;
  input [A_WIDTH-1:0] A;
  output [Y_WIDTH-1:0] Y;
  wire any;
  \\$reduce_or #(.A_SIGNED(0), .A_WIDTH(A_WIDTH), .Y_WIDTH(1)) or_all (.A(A), .Y(any));
  \\$not #(.A_SIGNED(0), .A_WIDTH(1), .Y_WIDTH(Y_WIDTH)) _TECHMAP_REPLACE_ (.A(any), .Y(Y));
endmodule
"""


def _with_bits(cell: re.Match[str]) -> str:
    """The cell, an operand of no bits (Amaranth's constant 0) as one bit."""
    text = cell[0]
    for port in "AB":
        if f"parameter \\{port}_WIDTH 0\n" in text:
            text = text.replace(f"\\{port}_WIDTH 0\n", f"\\{port}_WIDTH 1\n")
            text = re.sub(rf"(connect \\{port}) \{{ *\}}", r"\1 1'0", text)
    return text


def _same_width(operator: str) -> str:
    """The technology map that extends the narrow operands of one operator."""
    b_width, signed = ("B_WIDTH", "A_SIGNED") if operator == "shl" else ("W", "A_SIGNED && B_SIGNED")
    return f"""
(* techmap_celltype = "${operator}" *)
module same_width_{operator} (A, B, Y);
  parameter A_SIGNED = 0, B_SIGNED = 0, A_WIDTH = 1, B_WIDTH = 1, Y_WIDTH = 1;
  localparam W = {_OPERATORS[operator]}, BW = {b_width};
  localparam SIGNED = {signed};
  input [A_WIDTH-1:0] A;
  input [B_WIDTH-1:0] B;
  output [Y_WIDTH-1:0] Y;
  wire _TECHMAP_FAIL_ = A_WIDTH == W && B_WIDTH == BW;
  wire [W-1:0] a;
  wire [BW-1:0] b;
  generate
    if (SIGNED) begin
      assign a = {{{{W{{A[A_WIDTH-1]}}}}, A}};
      assign b = {{{{W{{B[B_WIDTH-1]}}}}, B}};
    end else begin
      assign a = {{{{W{{1'b0}}}}, A}};
      assign b = {{{{W{{1'b0}}}}, B}};
    end
  endgenerate
  \\${operator} #(.A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED), .A_WIDTH(W), .B_WIDTH(BW), .Y_WIDTH(Y_WIDTH))
    _TECHMAP_REPLACE_ (.A(a), .B(b), .Y(Y));
endmodule
"""

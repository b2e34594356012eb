"""synth/liberty.py: what it reads, and one line for every file it must refuse."""

import gzip

import pytest

from tamis.synth import sky130
from tamis.synth.flow import measure
from tamis.synth.liberty import Cost, Library
from tamis.synth.target import select

GOOD = """
/* a comment with a { brace, and cell (ghost) { area : 9; } */
library ("small") {
  cell (INV) { area : 1.5; pin (A) { direction : input; } pin (Y) { direction : output; function : "!A"; } }
  cell ("NAND2") { area : 2.5e0 ; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (Y) { direction : output; function : "!(A&B)"; } }
  cell (NOR2) { area : 3; pin (A) { direction : input; } pin (B) { direction : input; }
    pin (Y) { direction : output; function : "!(A|B)"; } }
  cell (BUF) { area : 2; pin (A) { direction : input; } pin (Y) { direction : output; function : "A"; } }
  cell (DFF) { area : 7; ff ("IQ", "IQN") { clocked_on : "CK"; next_state : "D"; }
    pin (CK) { direction : input; clock : true; } pin (D) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; } }
  cell (LATCH) { area : 6; latch (IQ, IQN) { enable : "G"; data_in : "D"; } }
  cell (no_area) { pin (A) { direction : input; } }
}
"""


def written(tmp_path, content):
    path = tmp_path / "my lib.lib"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_reads(tmp_path):
    library = Library.read(written(tmp_path, GOOD))
    assert library.name == "small"
    assert library.costs == {"INV": Cost(1.5), "NAND2": Cost(2.5), "NOR2": Cost(3), "BUF": Cost(2),
                             "DFF": Cost(7, True), "LATCH": Cost(6, True)}
    assert len(library.sha256) == 64


def test_brace_in_a_string(tmp_path):
    library = Library.read(written(tmp_path, GOOD.replace('("small") {', '("small") { revision : "{";')))
    assert len(library.costs) == 6


def test_is_what_is_measured(tmp_path, verilog):
    text = "module f(input clk, a, b, output reg q); always @(posedge clk) q <= ~(a & b); endmodule"
    report = measure(verilog(text), "f", select("liberty", written(tmp_path, GOOD)), flatten=True)
    assert report.total.cells == {"DFF": 1, "NAND2": 1}
    assert (report.total.sequential, report.total.combinational, report.modules[0].depth) == (7, 2.5, 1)
    assert report.library.name == "small"


@pytest.mark.parametrize(("content", "message"), [
    (b"", "is empty; download"),
    (b" \n", "is empty; download"),
    (gzip.compress(GOOD.encode()), "is gzipped; run gunzip on it first"),
    (GOOD[:len(GOOD) // 2], "is truncated: [0-9]+ groups open, [0-9]+ close"),
    (GOOD.rstrip()[:-1], "is truncated: [0-9]+ groups open, [0-9]+ close"),
    (GOOD.replace("ff (", "not_ff ("), "library must have a flip-flop, but none of the 6 cells"),
    ("module a; endmodule", "has no 'library"),
    (b"\x00\x01\x02\xff" * 100, "has no 'library"),
])
def test_refuses(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(ValueError, match=message) as caught:
        select("liberty", path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_refuses_what_is_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"none\.lib' cannot be read: No such file"):
        Library.read(tmp_path / "none.lib")
    with pytest.raises(ValueError, match="is a folder"):
        Library.read(tmp_path)


def test_library_without_plain_flip_flop_is_an_error_not_a_zero(tmp_path, verilog):
    odd = GOOD.replace('next_state : "D"', 'next_state : "D E"')
    text = "module f(input clk, a, output reg q); always @(posedge clk) q <= a; endmodule"
    with pytest.raises(RuntimeError, match=r"DFF"):
        measure(verilog(text), "f", select("liberty", written(tmp_path, odd)), flatten=True)


def test_built_in_list_reads_as_a_file(tmp_path):
    assert Library.read(written(tmp_path, sky130.liberty_text())).costs == sky130.library().costs

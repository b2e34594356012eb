"""The built-in area-only cell list: cell areas of sky130_fd_sc_hd, for an area in um2 without downloading a library.

Facts, written down by us: names, pins, functions and sizes of the high-density cells of the SkyWater 130 nm open PDK
(Copyright 2020 The SkyWater PDK Authors, Apache-2.0, github.com/google/skywater-pdk). The placement site is
0.46 x 2.72 um, so an area is a whole number of sites of 1.2512 um2. It holds the smallest cell of each single-output
function (level shifters, delay, clock and isolation cells left out) and the flip-flops that yosys maps to. It has no
timing, drive or power data and claims none.

The trick: logic is mapped by area alone here, and abc takes the smallest cell of a function when nothing else is asked,
so the list gives nearly what the full library gives (docs/reference/synthesis.md has the comparison).
"""

import re

from tamis.synth.liberty import Library

__all__ = ["PREFIX", "SITE", "cells", "liberty_text", "library"]

PREFIX = "sky130_fd_sc_hd__"
SITE = 1.2512  # um2, 0.46 um x 2.72 um

# cell, sites, output, function
_LOGIC = """
a2111o_1     9 X (A1&A2)|B1|C1|D1
a2111oi_0    7 Y !((A1&A2)|B1|C1|D1)
a211o_1      7 X (A1&A2)|B1|C1
a211oi_1     6 Y !((A1&A2)|B1|C1)
a21bo_1      8 X (A1&A2)|!B1_N
a21boi_0     6 Y !((A1&A2)|!B1_N)
a21o_1       6 X (A1&A2)|B1
a21oi_1      4 Y !((A1&A2)|B1)
a221o_1      8 X (A1&A2)|(B1&B2)|C1
a221oi_1     7 Y !((A1&A2)|(B1&B2)|C1)
a222oi_1     8 Y !((A1&A2)|(B1&B2)|(C1&C2))
a22o_1       7 X (A1&A2)|(B1&B2)
a22oi_1      6 Y !((A1&A2)|(B1&B2))
a2bb2o_1     8 X (!A1_N&!A2_N)|(B1&B2)
a2bb2oi_1    7 Y !((!A1_N&!A2_N)|(B1&B2))
a311o_1      8 X (A1&A2&A3)|B1|C1
a311oi_1     7 Y !((A1&A2&A3)|B1|C1)
a31o_1       7 X (A1&A2&A3)|B1
a31oi_1      5 Y !((A1&A2&A3)|B1)
a32o_1       8 X (A1&A2&A3)|(B1&B2)
a32oi_1      7 Y !((A1&A2&A3)|(B1&B2))
a41o_1       8 X (A1&A2&A3&A4)|B1
a41oi_1      7 Y !((A1&A2&A3&A4)|B1)
and2_0       5 X A&B
and2b_1      6 X !A_N&B
and3_1       5 X A&B&C
and3b_1      7 X !A_N&B&C
and4_1       7 X A&B&C&D
and4b_1      8 X !A_N&B&C&D
and4bb_1    10 X !A_N&!B_N&C&D
buf_1        3 X A
inv_1        3 Y !A
maj3_1       8 X (A&B)|(C&(A|B))
mux2_1       9 X (A0&!S)|(A1&S)
mux2i_1      8 Y !((A0&!S)|(A1&S))
mux4_2      18 X (!S1&((A0&!S0)|(A1&S0)))|(S1&((A2&!S0)|(A3&S0)))
nand2_1      3 Y !(A&B)
nand2b_1     5 Y !(!A_N&B)
nand3_1      4 Y !(A&B&C)
nand3b_1     6 Y !(!A_N&B&C)
nand4_1      5 Y !(A&B&C&D)
nand4b_1     7 Y !(!A_N&B&C&D)
nand4bb_1    9 Y !(!A_N&!B_N&C&D)
nor2_1       3 Y !(A|B)
nor2b_1      5 Y !(A|!B_N)
nor3_1       4 Y !(A|B|C)
nor3b_1      6 Y !(A|B|!C_N)
nor4_1       5 Y !(A|B|C|D)
nor4b_1      7 Y !(A|B|C|!D_N)
nor4bb_1     8 Y !(A|B|!C_N|!D_N)
o2111a_1     9 X (A1|A2)&B1&C1&D1
o2111ai_1    7 Y !((A1|A2)&B1&C1&D1)
o211a_1      8 X (A1|A2)&B1&C1
o211ai_1     6 Y !((A1|A2)&B1&C1)
o21a_1       6 X (A1|A2)&B1
o21ai_0      4 Y !((A1|A2)&B1)
o21ba_1      8 X (A1|A2)&!B1_N
o21bai_1     6 Y !((A1|A2)&!B1_N)
o221a_1      9 X (A1|A2)&(B1|B2)&C1
o221ai_1     7 Y !((A1|A2)&(B1|B2)&C1)
o22a_1       7 X (A1|A2)&(B1|B2)
o22ai_1      5 Y !((A1|A2)&(B1|B2))
o2bb2a_1     8 X (!A1_N|!A2_N)&(B1|B2)
o2bb2ai_1    7 Y !((!A1_N|!A2_N)&(B1|B2))
o311a_1      8 X (A1|A2|A3)&B1&C1
o311ai_0     7 Y !((A1|A2|A3)&B1&C1)
o31a_1       7 X (A1|A2|A3)&B1
o31ai_1      6 Y !((A1|A2|A3)&B1)
o32a_1       8 X (A1|A2|A3)&(B1|B2)
o32ai_1      7 Y !((A1|A2|A3)&(B1|B2))
o41a_1       9 X (A1|A2|A3|A4)&B1
o41ai_1      7 Y !((A1|A2|A3|A4)&B1)
or2_0        5 X A|B
or2b_1       6 X A|!B_N
or3_1        5 X A|B|C
or3b_1       7 X A|B|!C_N
or4_1        6 X A|B|C|D
or4b_1       8 X A|B|C|!D_N
or4bb_1      9 X A|B|!C_N|!D_N
xnor2_1      7 Y !(A^B)
xnor3_1     18 X !(A^B^C)
xor2_1       7 X A^B
xor3_1      19 X A^B^C
"""

# cell, sites, then attributes of its Liberty ff group
_FLIP_FLOPS = """
dfxtp_1  16  clocked_on=CLK     next_state=D
edfxtp_1 24  clocked_on=CLK     next_state=(D&DE)|(IQ&!DE)
dfrtp_1  20  clocked_on=CLK     next_state=D  clear=!RESET_B
dfrtn_1  20  clocked_on=!CLK_N  next_state=D  clear=!RESET_B
dfstp_1  21  clocked_on=CLK     next_state=D  preset=!SET_B
dfbbp_1  26  clocked_on=CLK     next_state=D  clear=!RESET_B  preset=!SET_B
dfbbn_1  26  clocked_on=!CLK_N  next_state=D  clear=!RESET_B  preset=!SET_B
"""

_PIN = re.compile(r"\b(?!IQ)[A-Z][A-Z0-9_]*")


def cells():
    """Yields (name, area in um2, output pin, function, flip-flop attributes or None) of every cell."""
    for row in _LOGIC.split("\n")[1:-1]:
        name, sites, output, function = row.split()
        yield PREFIX + name, _area(sites), output, function, None
    for row in _FLIP_FLOPS.split("\n")[1:-1]:
        name, sites, *attributes = row.split()
        yield PREFIX + name, _area(sites), "Q", "IQ", dict(attribute.split("=", 1) for attribute in attributes)


def liberty_text():
    """The list as a Liberty file."""
    groups = "".join(_cell(*cell) for cell in cells())
    return f"""/* Cell sizes of sky130_fd_sc_hd (SkyWater 130 nm open PDK, Apache-2.0). Areas only: no timing. */
library (sky130_area_only) {{
  delay_model : table_lookup;
  time_unit : "1ns";
  capacitive_load_unit (1, pf);
{groups}}}
"""


def library():
    """The list as a `Library`."""
    return Library.parse(liberty_text().encode(), "the built-in sky130 list")


def _area(sites):
    return round(int(sites) * SITE, 4)


def _cell(name, area, output, function, flip_flop):
    states = ""
    used = function if flip_flop is None else " ".join(flip_flop.values())
    if flip_flop is not None:
        states = "".join(f' {key} : "{value}";' for key, value in flip_flop.items())
        states = f'    ff (IQ, IQ_N) {{{states} }}\n'
    inputs = "".join(f"    pin ({pin}) {{ direction : input; }}\n" for pin in sorted(set(_PIN.findall(used))))
    return (f"  cell ({name}) {{\n    area : {area};\n{states}{inputs}"
            f'    pin ({output}) {{ direction : output; function : "{function}"; }}\n  }}\n')

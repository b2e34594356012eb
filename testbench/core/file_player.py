"""The core at the simulator's own speed: steps in, tiles and the cycle of every beat out.

cocotbext-axi's models look at every cycle from Python; this plays files instead (`testbench.units.player`), and the
host's side of AXI4-Lite is a list of writes and, at the end, of reads. Streams run at full rate. For what needs many
cycles; `tamis.testbench.core.tests` is what tests the ports.

A wrapper gives the AXI ports the names of streams, so that the units' player, with its checks of every handshake, does.
"""

import json
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cocotb
import numpy as np

from tamis.hdl.core.registers import DESCRIPTOR_WORDS, registers
from tamis.hdl.emit.generate import Design

__all__ = ["COUNTERS", "Played", "play", "wrapped"]

COUNTERS = ("CYCLES", "BUSY", "WAIT_A", "WAIT_B", "WAIT_C", "PASSES", "TERMS", "TILES", "OVERFLOWS", "ERROR")
MARGIN = 200  # cycles after the last beat, before anything is read


@dataclass(frozen=True)
class Played:
    """tiles : [bytes]; entered : cycle in which each descriptor's last word was written; left : cycle of each tile's
    last beat; counters : {name: count}; rate : simulated cycles per second, without the simulator's start."""

    tiles: list
    entered: list
    left: list
    counters: dict
    rate: float


def _bytes(name, count, offset):
    return {"name": name, "offset": offset, "width": 8 * count, "length": count,
            "element": {"width": 8, "signed": False}}


def _number(name, width, offset):
    return {"name": name, "offset": offset, "width": width, "signed": False}


def _beat(bits):
    size = bits // 8
    return {"width": bits + size + 1, "fields": [
        _bytes("data", size, 0),
        {"name": "keep", "offset": bits, "width": size, "length": size, "element": {"width": 1, "signed": False}},
        _number("last", 1, bits + size)]}


def _layouts(core):
    """{stream: (direction, layout, AXI signals from the lowest bit)}; tvalid and tready come by themselves."""
    axis = ("tdata", "tkeep", "tlast")
    word = {"width": 36, "fields": [_number("data", 32, 0), _number("strb", 4, 32)]}
    answer = {"width": 34, "fields": [_number("data", 32, 0), _number("resp", 2, 32)]}

    def number(width):
        return {"width": width, "fields": [_number("value", width, 0)]}

    return {
        "aw": ("input", number(8), "s_axil_aw", ("awaddr",)), "w": ("input", word, "s_axil_w", ("wdata", "wstrb")),
        "ar": ("input", number(8), "s_axil_ar", ("araddr",)),
        "a": ("input", _beat(core.a_bits), "s_axis_a_t", axis), "b": ("input", _beat(core.b_bits), "s_axis_b_t", axis),
        "bresp": ("output", number(2), "s_axil_b", ("bresp",)), "r": ("output", answer, "s_axil_r", ("rdata", "rresp")),
        "c": ("output", _beat(core.c_bits), "m_axis_c_t", axis)}


def wrapped(design, core):
    """The Design whose top has streams in place of AXI's ports."""
    top = f"{design.manifest['top']}_streams"
    ports, lines, inside, streams = ["clk", "rst"], ["input clk, rst;"], [".clk(clk), .rst(rst)"], []
    for name, (way, layout, prefix, signals) in _layouts(core).items():
        other = "output" if way == "input" else "input"
        ports += [f"{name}__{part}" for part in ("valid", "ready", "payload")]
        lines += [f"{way} {name}__valid;", f"{other} {name}__ready;",
                  f"{way} [{layout['width'] - 1}:0] {name}__payload;"]
        inside += [f".{prefix}{part}({name}__{part})" for part in ("valid", "ready")]
        for field, signal in zip(layout["fields"], signals, strict=True):
            whole = prefix[:-1] + signal if signal.startswith("t") else "s_axil_" + signal
            inside.append(f".{whole}({name}__payload[{field['offset']} +: {field['width']}])")
        streams.append({"name": name, "direction": way, "layout": layout})
    text = (f"module {top}({', '.join(ports)});\n  " + "\n  ".join(lines) + f"\n  {design.manifest['top']} core("
            + ",\n    ".join([*inside, ".irq()"]) + ");\nendmodule\n")
    files = {**design.files, f"{top}.v": text}
    manifest = {**design.manifest, "top": top, "kind": "core_streams", "streams": streams, "ports": []}
    manifest["files"] = {**manifest["files"], "verilog": [*manifest["files"]["verilog"], f"{top}.v"]}
    files[manifest["files"]["manifest"]] = json.dumps(manifest)
    return Design(manifest, files)


def _beats_of(chunks, bits):
    """All chunks' beats, as `beats.pack` takes them."""
    size = bits // 8
    lengths = np.array([len(chunk) for chunk in chunks], int)
    counts = -(-lengths // size)
    data = b"".join(chunk + bytes(-len(chunk) % size) for chunk in chunks)
    keep, last = np.ones((counts.sum(), size), int), np.zeros(counts.sum(), int)
    ends = counts.cumsum() - 1
    last[ends] = 1
    for end, length in zip(ends, lengths, strict=True):
        keep[end, (length - 1) % size + 1:] = 0
    return {"data": np.frombuffer(data, np.uint8).reshape(-1, size), "keep": keep, "last": last}


def play(design, simulator, folder, steps, core, *, entered, end):
    """Run steps on a generated core; Played. Every beat is there as soon as it is wanted.

    entered : the cycle of each descriptor's last word, as `tamis.golden.core.drain_cycles.pace` has them
    end : a cycle in which all is done, as predicted: the counters are read soon after
    Raises AssertionError if a handshake broke a rule or a write was refused.
    """
    from tamis.testbench.run import runner  # the simulation imports this module and must not start another

    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    offset = {r.name: r.offset for r in registers(core)}
    words = [(offset[f"DESCRIPTOR{k}"], step.job.pack() >> 32 * k & 0xFFFFFFFF)
             for step in steps for k in range(DESCRIPTOR_WORDS)]
    fields = {"writes": np.array(words), "reads": np.array([offset[name] for name in COUNTERS]), "end": end + MARGIN,
              "entered": np.array(entered)}
    for stream, bits in (("a", core.a_bits), ("b", core.b_bits)):
        beats = _beats_of([chunk for step in steps for chunk in getattr(step, stream)], bits)
        fields |= {f"{stream}_{name}": value for name, value in beats.items()}
    np.savez(folder / "play.npz", **fields)
    (outcome,) = runner.run(wrapped(design, core), simulator, folder, tests="tamis.testbench.core.file_player", seed=1)
    assert outcome.failure is None, outcome.failure
    with np.load(folder / "played.npz", allow_pickle=False) as found:
        tiles = found["c_data"][found["c_keep"].astype(bool)].tobytes()
        cuts = [0, *found["c_keep"].sum(1, dtype=int).cumsum()[found["c_last"] == 1]]
        return Played([tiles[begin:end] for begin, end in pairwise(cuts)],
                      found["entered"].tolist(), found["c_at"][found["c_last"] == 1].tolist(),
                      dict(zip(COUNTERS, found["counts"].tolist(), strict=True)), float(found["rate"]))


@cocotb.test()
async def played(dut):
    """Inside the simulator: play.npz to played.npz."""
    from tamis.testbench.run.stream_ports import StreamPorts
    from tamis.testbench.units import player as stream_player

    ports = StreamPorts(json.loads(Path(os.environ["TAMIS_MANIFEST"]).read_text(encoding="utf-8")))
    with np.load("play.npz", allow_pickle=False) as file:
        job = dict(file)
    given = {"aw": {"value": job["writes"][:, 0]}, "ar": {"value": job["reads"]},
             "w": {"data": job["writes"][:, 1], "strb": np.full(len(job["writes"]), 15)}}
    given |= {name: {part: job[f"{name}_{part}"] for part in ("data", "keep", "last")} for name in "ab"}
    bit = {stream.name: stream.bit for stream in ports.sources + ports.sinks}
    control = np.ones((int(job["end"]), 1 + len(bit)), bool)
    control[:, bit["ar"]] = False
    control[:, bit["aw"]] = False
    for cycle in job["entered"]:
        control[cycle - DESCRIPTOR_WORDS + 1:cycle + 1, bit["aw"]] = True
    (seen,), checks, cycles, seconds = await stream_player.play(
        dut, ports, 0, [stream_player.Segment(given, control)], 2 * len(control) + 10_000)
    assert not checks, f"{len(checks)} breaches of the handshake, the first in cycle {checks[0]}"
    assert not seen.beats["bresp"]["value"].any(), "a write was refused"
    assert not any(seen.unknown.values()), f"unknown bits: {seen.unknown}"
    c = seen.beats["c"]
    np.savez("played.npz", c_data=c["data"].astype(np.uint8), c_keep=c["keep"].astype(np.uint8), c_last=c["last"],
             c_at=seen.at["c"], entered=seen.at["aw"][DESCRIPTOR_WORDS - 1::DESCRIPTOR_WORDS],
             counts=seen.beats["r"]["data"], rate=cycles / seconds)

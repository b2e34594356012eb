"""Inside the simulator: plays jobs on the stream test bench, by files, at the simulator's own speed.

A job is one or more *segments*, each begun by a cycle of reset: its beats for every input stream, constants for the
other inputs, and in which cycles each source may offer and each sink is ready. Cycle numbers count from the first cycle
after the segment's reset. Files, all in the simulation's folder:

=============================  =====================================================================================
job<j>_<seg>_<in>.beats        beats, big-endian, whole bytes each
job<j>_<seg>_<in>.constant     an input that is no stream
job<j>.control                 a word for each cycle: bit 0 reset, then one bit for each source and sink; after its
                               end there is no reset and no stall
job<j>_<stream>.log            a line for each beat taken: cycle, cycles it waited, and payload (of sinks), in hex
job<j>.checks                  a line for each breach of the handshake, or unknown valid or ready
job<j>.flags                   a line for each change of the other outputs
=============================  =====================================================================================

Python is asked nothing between the start of a job and its end: a clock of cocotb's own C++ drives it.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from tamis.testbench.units import beats

SETTLE = 300  # cycles without a transfer, all sinks ready, that end a job
_NIBBLE = np.full(256, 16, np.uint8)  # 16 marks x and z
for _digit, _text in enumerate("0123456789abcdef"):
    _NIBBLE[ord(_text)] = _digit


@dataclass(frozen=True)
class Segment:
    """given : {stream or constant: beats or value}
    control : (cycles, 1 + streams) bool, column 0 unused: offers and readies; () for no stall
    cycles : int or None, how long until the next segment's reset (not of the last)
    """

    given: dict
    control: np.ndarray | tuple = ()
    cycles: int | None = None


@dataclass
class Seen:
    """What a segment did: for each stream the cycles its beats were taken in and how long each waited before; the
    beats of the sinks; {flag: (cycle it rose in, or None; whether it ever fell)}."""

    at: dict
    waited: dict
    beats: dict
    unknown: dict
    flags: dict
    cycles: int


async def play(dut, ports, number, segments, limit):
    """Play a job; returns ([Seen], [breach of the handshake], cycles, seconds)."""
    starts = _write(ports, number, segments)
    begun = time.perf_counter()
    dut.start.value = 0
    clock = Clock(dut.clk, 2, unit="ns", impl="gpi")
    clock.start(start_high=False)
    await FallingEdge(dut.clk)
    for name, value in (("job", number), ("segments", len(segments)), ("limit", limit), ("settle", SETTLE)):
        getattr(dut, name).value = value
    dut.start.value = 1
    await FallingEdge(dut.clk)
    dut.start.value = 0
    await RisingEdge(dut.done)
    clock.stop()
    seconds = time.perf_counter() - begun
    seen = _read(ports, number, starts)
    checks = Path(f"job{number}.checks").read_text().splitlines()
    cycles = max((int(one.at[s.name][-1]) + start for one, start in zip(seen, starts, strict=True)
                  for s in ports.sources + ports.sinks if len(one.at[s.name])), default=0)
    return seen, checks, cycles, seconds


def remove(number):
    """The job's files."""
    for pattern in (f"job{number}_*", f"job{number}.*"):
        for path in Path().glob(pattern):
            path.unlink()


def _write(ports, number, segments):
    """The files; returns the cycle in which each segment starts, counted from the job's reset (cycle 0)."""
    words, starts, cycle = [], [], 1
    for k, segment in enumerate(segments):
        starts.append(cycle)
        for stream in ports.sources:
            raw = beats.pack(stream.layout, segment.given[stream.name])
            np.ascontiguousarray(raw[:, ::-1]).tofile(f"job{number}_{k}_{stream.name}.beats")
        for port in ports.constants:
            Path(f"job{number}_{k}_{port.name}.constant").write_bytes(
                int(segment.given[port.name]).to_bytes(port.bytes, "big"))
        last = k == len(segments) - 1
        length = len(segment.control) if last else segment.cycles
        control = np.ones((length + (not last), ports.control), np.uint8)
        control[:, 0] = 0
        stalls = np.asarray(segment.control, np.uint8)[:length]
        if len(stalls):
            control[:len(stalls), 1:stalls.shape[1]] = stalls[:, 1:]
        if not last:
            control[-1] = 0
            control[-1, 0] = 1
        words.append(np.packbits(control, axis=1, bitorder="little")[:, ::-1])
        cycle += length + 1
    np.concatenate(words).tofile(f"job{number}.control")
    return starts


def _read(ports, number, starts):
    logs = {s.name: _log(f"job{number}_{s.name}.log", s.width if s in ports.sinks else 0)
            for s in ports.sources + ports.sinks}
    changes = [line.split() for line in Path(f"job{number}.flags").read_text().splitlines()]
    seen = []
    for start, end in zip(starts, [*starts[1:], 1 << 40], strict=True):
        at, waited, out, unknown = {}, {}, {}, {}
        for stream in ports.sources + ports.sinks:
            cycle, wait, raw, bad = logs[stream.name]
            mine = slice(*np.searchsorted(cycle, [start, end]))
            at[stream.name], waited[stream.name] = cycle[mine] - start, wait[mine]
            if stream in ports.sinks:
                out[stream.name] = beats.unpack(stream.layout, raw[mine])
                unknown[stream.name] = int(bad[mine].sum())
        flags = _flags(ports, [(int(c, 16) - start, word) for c, word in changes if start <= int(c, 16) < end])
        seen.append(Seen(at, waited, out, unknown, flags, end - start))
    return seen


def _flags(ports, changes):
    found = {}
    for port in ports.flags:
        rose, fell, before = None, False, 0
        for cycle, word in changes:
            try:
                now = int(word, 16) >> port.offset & ((1 << port.width) - 1)
            except ValueError:  # unknown
                now, fell = before, True
            fell |= bool(before & ~now)
            if now and rose is None:
                rose = cycle
            before = now
        found[port.name] = rose, fell
    return found


def _log(path, width):
    """(cycles, waits, payload bytes little-endian, whether a payload has an unknown bit) of a log file."""
    digits = -(-width // 4)
    stride = 14 + bool(width) * (digits + 1)
    text = np.fromfile(path, np.uint8).reshape(-1, stride)
    nibbles = _NIBBLE[text]
    cycle, wait = _number(nibbles[:, :8]), _number(nibbles[:, 9:13])
    payload = nibbles[:, 14:14 + digits][:, ::-1]
    if digits % 2:
        payload = np.pad(payload, ((0, 0), (0, 1)))
    unknown = (payload > 15).any(-1)
    payload = payload & 15
    return cycle, wait, payload[:, 0::2] | payload[:, 1::2] << 4, unknown


def _number(nibbles):
    return (nibbles.astype(np.int64) << np.arange(4 * nibbles.shape[1] - 4, -1, -4)).sum(-1)

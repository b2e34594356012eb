"""Driver of the tensor core: GEMMs of any shape as descriptors and streams (docs/core.md).

A plain class over a bus: in simulation cocotbext-axi's models (`testbench.core.bus`), on a host whatever reaches the
core. It pads, tiles and compresses, enters descriptors as the queue has room, and puts the tiles of C together.
Operands that stay compressed go from one layer to the next as the bytes that came out.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from tamis.golden.core import format
from tamis.golden.core.job import Job
from tamis.golden.core.record import pack_records, record_bits
from tamis.hdl.core.config import RAW, SAS, SERIES
from tamis.hdl.core.registers import DESCRIPTOR_WORDS, ERRORS, IDENTIFICATION, registers

__all__ = ["Bus", "CompressedB", "Driver", "DriverError", "Operand", "Output", "Step", "plan"]


class DriverError(RuntimeError):
    """The core is not the one that was expected, or refused something."""


class Bus(Protocol):
    """What reaches a core. Each method is awaited."""

    async def read(self, offset):
        """The 32-bit register at that byte offset."""

    async def write(self, offset, value):
        """Write it."""

    async def send(self, stream, chunks):
        """Put chunks of bytes on stream "a" or "b", TLAST after each; may return before they have left."""

    async def receive(self):
        """The bytes of the next tile of C."""


@dataclass(frozen=True)
class Operand:
    """A, compressed.

    Attributes
    ----------
    rows, k : int
        I, and K in elements of whole blocks.
    terms : tuple of int
        N of each term.
    tiles : list of list of bytes
        For each `cols` rows the chunks of K.
    """

    rows: int
    k: int
    terms: tuple
    tiles: list

    @classmethod
    def compress(cls, a, terms, core):
        """A (I, K) integers, greedily as that series. K is padded to whole blocks, I to whole tiles."""
        cols, m = core.array.cols, core.m
        padded = np.pad(a, ((0, -len(a) % cols), (0, -a.shape[1] % m)))
        tiles = [format.a_chunks(format.a_terms(padded[i:i + cols], terms, m), core)
                 for i in range(0, len(padded), cols)]
        return cls(len(a), padded.shape[1], tuple(terms), tiles)

    def dense(self, core):
        """(I, K) int64: what it stands for."""
        parts = []
        for chunks in self.tiles:
            total = np.zeros((core.array.cols, self.k), np.int64)
            for values, indices in format.a_entries(chunks, self.terms, core):
                part = np.zeros((*values.shape[:2], core.m), np.int64)
                np.put_along_axis(part, indices, values, -1)
                total += part.reshape(total.shape)
            parts.append(total)
        return np.concatenate(parts)[:self.rows]


@dataclass(frozen=True)
class CompressedB:
    """B to be sent compressed, N:M along K as the core's `b_pattern`.

    b : (K, J) integers
    """

    b: np.ndarray


@dataclass(frozen=True)
class Output:
    """What leaves: mode RAW, SERIES (with the next layer's `terms`) or SAS, and the scaling of each channel j.

    bias, multiplier, shift : (J,) integers, or None for RAW
    """

    mode: int = RAW
    terms: tuple = ()
    bias: np.ndarray | None = None
    multiplier: np.ndarray | None = None
    shift: np.ndarray | None = None
    relu: bool = False
    zero_point: int = 0


@dataclass(frozen=True)
class Step:
    """A descriptor and what its streams carry."""

    job: Job
    a: list
    b: list


def plan(a, b, core, output=None):
    """The steps of C = A . B, tiles of J outside, of I inside.

    Parameters
    ----------
    a : Operand
    b : (K, J) integers, or CompressedB
    core : CoreConfig
    output : Output

    Raises
    ------
    ValueError
        If the shapes do not fit, or J does not fit in a tile where SAS needs all its channels at once; if B is to be
        compressed but is not N:M, or the core takes dense B only.
    """
    output = output or Output()
    compressed = isinstance(b, CompressedB)
    if compressed:
        if not core.b_n:
            raise ValueError("b must be dense for a core with b_pattern 'none', not CompressedB")
        b = b.b
    if b.shape[0] > a.k:
        raise ValueError(f"b must have at most K = {a.k} rows, not {b.shape[0]}")
    whole = core.m if output.mode == SERIES else 1
    b = np.pad(b, ((0, a.k - b.shape[0]), (0, -b.shape[1] % whole)))
    if output.mode == SAS and b.shape[1] > core.columns:
        raise ValueError(f"b must have at most {core.columns} columns for SAS, whose channels are one circle, "
                         f"not {b.shape[1]}")
    blocks = a.k // core.m
    keep = -(-blocks // core.span) <= core.b_slots
    n, o = ((*terms, 0, 0, 0)[:3] for terms in (a.terms, output.terms))
    steps = []
    for j in range(0, b.shape[1], core.columns):
        part = b[:, j:j + core.columns]
        columns = part.shape[1]
        if output.mode != RAW:
            steps.append(Step(Job(kind=1, columns=columns), [], [_table(output, j, columns, core)]))
        job = Job(columns=columns, blocks=blocks, n0=n[0], n1=n[1], n2=n[2], mode=output.mode, o0=o[0], o1=o[1],
                  o2=o[2], relu=int(output.relu), zero_point=output.zero_point, b_compressed=int(compressed))
        chunks = format.b_chunks(part, core, compressed)
        for i, tile in enumerate(a.tiles):
            reuse, stay = keep and i > 0, keep and i < len(a.tiles) - 1
            steps.append(Step(replace(job, b_reuse=int(reuse), b_keep=int(stay)), tile, [] if reuse else chunks))
    return steps


def _table(output, first, columns, core):
    fields = []
    for name, width in (("bias", 32), ("multiplier", 32), ("shift", 6)):
        values = np.asarray(getattr(output, name))[first:first + columns]
        fields.append((np.pad(values, (0, columns - len(values)))[:, None], width))
    table = pack_records(fields, 128)
    return table + bytes(-len(table) % (core.b_bits // 8))


class Driver:
    """Runs steps on a core.

    Parameters
    ----------
    bus : Bus
    core : CoreConfig
    """

    def __init__(self, bus, core):
        self._bus, self._core = bus, core
        self._offsets = {r.name: r.offset for r in registers(core)}

    async def identify(self):
        """Compare every constant register with the configuration. Raises DriverError, one line."""
        for register in registers(self._core):
            if register.value is not None:
                found = await self.read(register.name)
                if found != register.value:
                    what = "no Tamis core" if register.value == IDENTIFICATION else "another core"
                    raise DriverError(f"{what}: {register.name} must read {register.value:#x}, not {found:#x}")

    async def read(self, name):
        """The register of that name."""
        return await self._bus.read(self._offsets[name])

    async def write(self, name, value):
        """Write the register of that name."""
        await self._bus.write(self._offsets[name], value)

    async def counters(self, *names):
        """{name: count}."""
        return {name: await self.read(name) for name in names}

    async def enter(self, job):
        """Enter a descriptor as soon as the queue has room."""
        while (await self.read("STATUS") >> 8 & 0xFF) >= self._core.queue:
            pass
        word = job.pack()
        for k in range(DESCRIPTOR_WORDS):
            await self.write(f"DESCRIPTOR{k}", word >> 32 * k & 0xFFFFFFFF)

    async def run(self, steps):
        """The bytes of each tile of C. Raises DriverError if a descriptor was refused or a stream misread."""
        for step in steps:
            await self._bus.send("a", step.a)
            await self._bus.send("b", step.b)
        for step in steps:
            await self.enter(step.job)
        tiles = [await self._bus.receive() for step in steps if step.job.kind == 0]
        error = await self.read("ERROR")
        if error & (1 << len(ERRORS)) - 1:  # CODE stays
            raise DriverError(f"ERROR must read 0, not {error:#x} (docs/core.md)")
        return tiles

    async def gemm(self, a, b, output=None):
        """C = A . B on the core: (I, J) int64 if raw, else the next layer's `Operand`."""
        output = output or Output()
        tiles = await self.run(plan(a, b, self._core, output))
        j = (b.b if isinstance(b, CompressedB) else b).shape[1]
        return assemble(tiles, a, j, self._core, output)


def assemble(tiles, a, j, core, output):
    """The tiles of `plan`'s steps as one result, see `Driver.gemm`."""
    cols, rows = core.array.cols, len(a.tiles)
    by_row = [tiles[i::rows] for i in range(rows)]  # the tiles of J of each tile of I
    if output.mode == RAW:
        parts = [np.concatenate([np.frombuffer(tile, "<i4").reshape(-1, cols) for tile in row]).T for row in by_row]
        return np.concatenate(parts)[:a.rows].astype(np.int64)
    terms = (1,) if output.mode == SAS else output.terms
    k = j * core.m if output.mode == SAS else -(-j // core.m) * core.m
    chunk = record_bits(terms, core.m, core.array.a_width) // 8 * cols * core.span
    joined = [b"".join(row) for row in by_row]
    return Operand(a.rows, k, tuple(terms), [[row[at:at + chunk] for at in range(0, len(row), chunk)]
                                             for row in joined])

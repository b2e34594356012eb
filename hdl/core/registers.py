"""The core's AXI4-Lite registers: one description for the hardware, manifest, C header, page and driver.

32 bits each. Access: "r" read; "rw"; "w" write only, reads as 0; "w1c" a one clears the bit.
"""

from dataclasses import dataclass, field

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.descriptor import job_layout

__all__ = ["ADDRESS_BITS", "CODES", "COUNTERS", "DESCRIPTOR_WORDS", "ERRORS", "IDENTIFICATION", "Field", "Register",
           "described", "registers"]

ADDRESS_BITS = 8
IDENTIFICATION = 0x494D4154  # "TAMI", the first letter in the lowest byte
VERSION = 1
DESCRIPTOR_WORDS = 3


@dataclass(frozen=True)
class Field:
    """Bits `low` to `low + width - 1` of a register."""

    name: str
    low: int
    width: int
    text: str


@dataclass(frozen=True)
class Register:
    """A register; `value` is what a constant one reads as."""

    name: str
    offset: int
    access: str
    text: str
    value: int | None = None
    fields: tuple[Field, ...] = field(default=())


COUNTERS = {
    "CYCLES": "cycles in which the core was not idle",
    "BUSY": "cycles in which a column of B entered the array",
    "WAIT_A": "cycles in which the array stood because a chunk of A was not there",
    "WAIT_B": "cycles in which the array stood because a chunk of B was not there",
    "WAIT_C": "cycles in which the array stood because no bank of accumulators was free",
    "PASSES": "passes begun",
    "TERMS": "terms of a chunk begun",
    "TILES": "tiles of C that have left",
    "OVERFLOWS": "accumulations beyond 32 bits",
    "REFUSED": "descriptors refused",
}
ERRORS = {
    "REFUSED": "a descriptor was refused and dropped",
    "OVERRUN": "a descriptor was written while the queue was full, and dropped",
    "A_FRAMING": "TKEEP or TLAST of s_axis_a was not as the descriptor has it",
    "B_FRAMING": "TKEEP or TLAST of s_axis_b was not as the descriptor has it",
    "B_ILLEGAL": "a block of compressed B came with an illegal mask, and was taken as zeros",
}
DESCRIPTOR = {
    "kind": "0 a job, 1 a table of output parameters for T channels",
    "columns": "T: columns of B and of the tile of C",
    "blocks": "blocks of M along K, at least 1",
    "n0": "N of A's first term", "n1": "N of its second, 0: none", "n2": "N of its third, 0: none",
    "b_reuse": "B is what the job before kept", "b_keep": "B stays for the job after it",
    "mode": "0 raw int32, 1 series of N:M terms, 2 SAS 1:M",
    "o0": "N of the output's first term (mode 1); M alone is dense", "o1": "N of its second, 0: none",
    "o2": "N of its third, 0: none",
    "relu": "codes below the zero point become the zero point", "zero_point": "added after scaling, signed",
    "b_compressed": "B comes as N:M of B_N, if it comes",
}
CODES = {
    1: "columns: 1 to COLUMNS of BUFFERS",
    2: "blocks: at least 1",
    3: "n0, n1, n2: each supported, no gap, their sum at most M",
    4: "b_reuse of another number of chunks than were kept, or b_keep of more than B_SLOTS",
    5: "mode 3; or mode 1 and T no multiple of M, or o0, o1, o2 not from 1 to M together (M alone, unless M is 4, 8 or "
       "16); or mode 2 and M not 2, 4, 8 or 16, or T less than log2 M",
    6: "zero_point, in mode 1 or 2: beyond A_WIDTH bits",
    7: "b_compressed of a core whose B_N is 0",
}


def registers(config: CoreConfig) -> list[Register]:
    """[Register] of a core (CoreConfig)."""
    array = config.array
    patterns = sum(1 << (p.n - 1) for p in array.patterns)
    found = [
        Register("ID", 0x00, "r", "identification: the letters TAMI", IDENTIFICATION),
        Register("VERSION", 0x04, "r", "of this map", VERSION),
        _constant("ARRAY", 0x08, "the array", ROWS=(16, array.rows, "MACs along K"),
                  COLS=(16, array.cols, "MACs along I")),
        _constant("PATTERN", 0x0C, "operands", M=(8, array.m, "elements of a block"),
                  A_WIDTH=(8, array.a_width, "bits of A"), B_WIDTH=(8, array.b_width, "bits of B"),
                  B_N=(8, config.b_n, "N of compressed B, 0: dense only")),
        Register("SUPPORTED", 0x10, "r", "bit N - 1 is set if A may have N of every M", patterns),
        _constant("BUFFERS", 0x14, "buffers", COLUMNS=(16, config.columns, "columns of B and C"),
                  B_SLOTS=(8, config.b_slots, "chunks of B"), QUEUE=(8, config.queue, "descriptors that wait")),
        _constant("STREAMS", 0x18, "bits of the streams / 8", A=(8, config.a_bits // 8, "s_axis_a"),
                  B=(8, config.b_bits // 8, "s_axis_b"), C=(8, config.c_bits // 8, "m_axis_c")),
        _constant("SIZES", 0x1C, "sizes", SPAN=(16, config.chunk_blocks, "blocks of a whole chunk"),
                  OUT_LANES=(16, config.out_lanes, "columns of the array that leave per cycle")),
        Register("CONTROL", 0x20, "w", "commands", fields=(Field("CLEAR", 0, 1, "a one clears all counters"),)),
        Register("STATUS", 0x24, "r", "now", fields=(
            Field("IDLE", 0, 1, "nothing waits, nothing is on its way"),
            Field("WAITING", 8, 8, "descriptors in the queue"))),
        Register("ERROR", 0x28, "w1c", "what went wrong; stays until cleared, framing until reset", fields=(
            *(Field(name, bit, 1, text) for bit, (name, text) in enumerate(ERRORS.items())),
            Field("CODE", 8, 3, "why the latest refused descriptor was (docs/core.md)"))),
        Register("IRQ_ENABLE", 0x2C, "rw", "what raises irq", fields=_IRQ),
        Register("IRQ", 0x30, "w1c", "interrupts that wait", fields=_IRQ),
    ]
    found += [Register(f"DESCRIPTOR{k}", 0x34 + 4 * k, "w", f"bits {32 * k} and up of a descriptor" + (
        "; writing this one enters it" if k == DESCRIPTOR_WORDS - 1 else "")) for k in range(DESCRIPTOR_WORDS)]
    found += [Register(name, 0x40 + 4 * k, "r", text) for k, (name, text) in enumerate(COUNTERS.items())]
    found += [Register(f"MACS_{part}", 0x80 + 4 * k, "r", f"MACs done, BUSY x rows x cols, {part.lower()} 32 bits")
              for k, part in enumerate(("LOW", "HIGH"))]
    found.append(Register("CONFIG_HASH", 0x88, "r", "first 32 bits of the configuration's hash, as in the manifest",
                          int(config.hash[:8], 16)))
    return found


_IRQ = (Field("DONE", 0, 1, "the core has become idle"), Field("ERROR", 1, 1, "a bit of ERROR has been set"))


def _constant(name, offset, text, **fields):
    low, value, made = 0, 0, []
    for part, (width, number, what) in fields.items():
        made.append(Field(part, low, width, what))
        value |= number << low
        low += width
    return Register(name, offset, "r", text, value, tuple(made))


def described(config):
    """The map as JSON data: registers, and the bits of a descriptor."""
    layout = job_layout(config)
    return {
        "version": VERSION,
        "registers": [{
            "name": r.name, "offset": r.offset, "access": r.access, "text": r.text, "value": r.value,
            "fields": [vars(f) for f in r.fields]} for r in registers(config)],
        "descriptor_words": DESCRIPTOR_WORDS,
        "descriptor": [{"name": name, "low": part.offset, "width": part.width, "text": DESCRIPTOR[name]}
                       for name, part in layout],
        "codes": {str(code): text for code, text in CODES.items()},
    }

"""The core's AXI4-Lite registers: one description for the hardware, manifest, C header, page and driver.

32 bits each. Access: "r" read; "rw"; "w" write only, reads as 0; "w1c" a one clears the bit.
"""

from dataclasses import dataclass, field

from hdl.core.job import job_layout

__all__ = ["ADDRESS_BITS", "COUNTERS", "DESCRIPTOR_WORDS", "ERRORS", "IDENTIFICATION", "Field", "Register", "described",
           "registers"]

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
}


def registers(config):
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
                  SPAN=(8, config.span, "blocks of a whole chunk")),
        Register("SUPPORTED", 0x10, "r", "bit N - 1 is set if A may have N of every M", patterns),
        _constant("BUFFERS", 0x14, "buffers", COLUMNS=(16, config.columns, "columns of B and C"),
                  B_SLOTS=(8, config.b_slots, "chunks of B"), OUT_LANES=(8, config.out_lanes, "columns out per cycle")),
        _constant("STREAMS", 0x18, "bits of the streams / 8", A=(8, config.a_bits // 8, "s_axis_a"),
                  B=(8, config.b_bits // 8, "s_axis_b"), C=(8, config.c_bits // 8, "m_axis_c")),
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
        "descriptor": [{"name": name, "low": part.offset, "width": part.width} for name, part in layout],
    }

"""Where the entries of a step of the A loader go: address, enables and data of the write into the A buffer.

A term's code says in which pass and in which PE rows a block's N entries are (`ChunkShape`). If N < beta, several
blocks share a PE row and a block has N of its lanes.

The trick: column i takes the record i modulo the records of a step, so from each size of record there is one candidate.
A lane takes its entry out of each candidate first, from the few positions that any legal series can need
(`Records.entries`), and only then chooses by size: entries are narrower than records.

All combinational.
"""

from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.descriptor import ChunkShape
from tamis.hdl.core.records import Records

__all__ = ["Step", "place"]


@dataclass(frozen=True)
class Step:
    """One step of the records in hand.

    Attributes
    ----------
    code : Value
        Of its term.
    number : Value
        Steps of the term before it.
    first : Value
        Entry of the record that goes to the block's first lane.
    base : Value
        Passes of the terms before.
    dense : Value
        The records have no indices.
    """

    code: Value
    number: Value
    first: Value
    base: Value
    dense: Any


def place(m: Module, config: CoreConfig, write: Any, *, step: Step, hold: Signal, size: Signal, together: Signal,
          column: Signal, block: Signal, slot: Value, enable: Signal) -> None:
    """Drive `write`: records of number `size` in `Records.sizes` from `hold`, `together` of them, from `column` on."""
    entries = _Entries(m, config, step, hold)
    lanes = _rows(m, config, write, step=step, block=block, slot=slot)
    beta, records = config.array.beta, Records(config)
    classes = max(map(records.per_step, records.sizes))
    candidates = {(z, record, lane): entries.of(record, z, lane)
                  for z in records.sizes for record in range(records.per_step(z)) for lane in range(beta)}
    chosen = {}
    for position in range(classes):
        for lane in range(beta):
            chosen[position, lane] = entry = Signal(entries.bits, name=f"entry_{position}_{lane}")
            with m.Switch(size):
                for number, z in enumerate(records.sizes):
                    with m.Case(number):
                        m.d.comb += entry.eq(candidates[z, position % records.per_step(z), lane])
    for i in range(config.array.cols):
        takes = Signal(name=f"column_{i}")
        m.d.comb += takes.eq(enable & ((column ^ i) < together))
        for lane in range(beta):
            m.d.comb += [write.enable[i * beta + lane].eq(takes & lanes[lane]),
                         write.data.word_select(i * beta + lane, entries.bits).eq(chosen[i % classes, lane])]


def _rows(m: Module, config: CoreConfig, write: Any, *, step: Step, block: Signal, slot: Value) -> Signal:
    """Drives the address {word, pass, slot}. Returns the lanes that are the block's own."""
    shape, beta = ChunkShape(config), config.array.beta
    word = Signal(shape.words)
    number = Signal(shape.passes, name="pass_number")
    lanes = Signal(beta)
    with m.Switch(step.code):
        for c, n in shape.ns.items():
            group = shape.group_of(block, c)
            with m.Case(c):
                m.d.comb += number.eq(step.base + shape.pass_of(block, c))
                if n >= beta:
                    m.d.comb += [word.eq(Cat(step.number[:(n // beta).bit_length() - 1], group)), lanes.eq(~0)]
                else:
                    shared = (beta // n).bit_length() - 1
                    m.d.comb += [word.eq(group[shared:]),
                                 lanes.eq(Cat(group[:shared] == lane // n for lane in range(beta)))]
    m.d.comb += write.address.eq(Cat(word, number, slot))
    return lanes


class _Entries:
    """{value, index} of the records in `hold`, as the lanes need them."""

    def __init__(self, m: Module, config: CoreConfig, step: Step, hold: Signal) -> None:
        self._m, self._records, self._hold, self._dense = m, Records(config), hold, step.dense
        self._value_bits = config.array.a_width
        self.bits = config.array.a_width + config.array.index_width
        self._numbers = []  # which entry of its record each lane takes
        for lane in range(config.array.beta):
            number = Signal(range(config.m), name=f"number_{lane}")
            with m.Switch(step.code):
                for c, n in ChunkShape(config).ns.items():
                    with m.Case(c):
                        m.d.comb += number.eq(step.first + lane % n)
            self._numbers.append(number)

    def of(self, record: int, size: int, lane: int) -> Signal:
        """The lane's entry of that record of a step's records of `size` bits."""
        m, number = self._m, self._numbers[lane]
        bits = self._hold[record * size:(record + 1) * size]
        out = Signal(self.bits, name=f"entry_{record}_{size}_{lane}")
        with m.If(self._dense), m.Switch(number):
            for j in self._records.entries(lane, dense=True, sizes={size}):
                with m.Case(j):
                    m.d.comb += out.eq(Cat(bits.word_select(j, self._value_bits), number))
        with m.Else(), m.Switch(number):
            for j in self._records.entries(lane, dense=False, sizes={size}):
                with m.Case(j):
                    m.d.comb += out.eq(bits.word_select(j, self.bits))
        return out

"""The condensed unit without its memories: what counts the beats, asks for elements, adds (`hdl.units.condensed`)."""

from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import In, Out

from tamis.hdl.lib.gates import any_of
from tamis.hdl.lib.make import itself
from tamis.hdl.units.condensed_lane import Lane, row_layout

__all__ = ["Gather"]


class Gather(wiring.Component):
    """Control and lanes.

    Parameters
    ----------
    config : CondensedConfig
    make : callable
        How lanes are made, see `tamis.hdl.lib.make`.

    Members
    -------
    x, i, o, error
        As of `tamis.hdl.units.condensed.CondensedUnit`; of ``x`` only d, the elements go straight to the memories.
    write, write_address, read, addresses, rows
        To every memory, as of `tamis.hdl.units.condensed_lane.VectorMemory`; an address and a row for each lane.
    """

    def __init__(self, config, *, make=itself):
        self._config, self._make = config, make
        address = range(2 * config.rows)
        super().__init__({
            "x": In(stream.Signature(range(config.max_d + 1))),
            "i": In(stream.Signature(config.input_layout)),
            "o": Out(stream.Signature(config.output_layout)),
            "error": Out(1),
            "write": Out(1),
            "write_address": Out(address),
            "read": Out(1),
            "addresses": Out(ArrayLayout(address, config.lanes)),
            "rows": In(ArrayLayout(row_layout(config), config.lanes)),
        })

    def elaborate(self, platform):
        m = Module()
        error = Signal()
        full = Signal(2)
        # Which buffer, at this edge.
        filled = Signal(2)
        emptied = Signal(2)
        m.d.sync += full.eq((full | filled) & ~emptied)
        lengths, bad_vector = self._fill(m, full, filled)
        bad_entry = self._multiply(m, full, emptied, lengths)
        m.d.comb += self.error.eq(error)
        m.d.sync += error.eq(error | bad_vector | bad_entry)
        return m

    def _fill(self, m, full, filled):
        """Write the vectors of ``x``. The d of each buffer, 0 if it was illegal, and whether one comes that is."""
        config, d = self._config, self.x.payload
        first = Signal(init=1, name="x_first")
        bank = Signal(name="x_bank")
        row = Signal(range(config.rows), name="x_row")
        go = Signal(name="x_go")
        left, rest, over, ends = _remaining(m, first, d, config.x_lanes, "x")
        legal = Signal(name="x_legal")
        m.d.comb += [
            self.x.ready.eq(~Mux(bank, full[1], full[0])),
            go.eq(self.x.valid & self.x.ready),
            filled.eq(Cat(go & ends & ~bank, go & ends & bank)),
            self.write.eq(go), self.write_address.eq(Cat(bank, row)),
            legal.eq((left > 0) & (left <= config.max_d)),
        ]
        lengths = [Signal(len(d), name=f"d_{which}", reset_less=True) for which in range(2)]
        with m.If(go):
            m.d.sync += [rest.eq(over), first.eq(ends), bank.eq(bank ^ ends),
                         row.eq(Mux(ends, 0, row + 1))]
        for which, length in enumerate(lengths):
            with m.If(go & first & (bank if which else ~bank)):
                m.d.sync += length.eq(Mux(legal, left, 0))
        return lengths, go & first & ~legal

    def _multiply(self, m, full, emptied, lengths):
        """Take entries, give sums. Whether what is taken is illegal."""
        config, payload = self._config, self.i.payload
        lanes, low = config.lanes, config.x_lanes.bit_length() - 1
        bank = Signal()
        starts = Signal(init=1)  # the next beat is the first of a vector
        first = Signal(init=1)  # of a group
        go = Signal()
        free = Signal()
        count = len(payload.k)
        k = Signal(count)
        each = Signal(count, reset_less=True)
        # Beats of the group to come.
        step = Signal(count)
        after = Signal(count)
        steps = Signal(count, reset_less=True)
        ends = Signal()
        n, rest, over, final = _remaining(m, starts, payload.n, lanes, "n")
        keep = Signal(lanes)
        m.d.comb += [
            self.i.ready.eq(free & Mux(bank, full[1], full[0])),
            go.eq(self.i.valid & self.i.ready),
            k.eq(Mux(starts, payload.k, each)),
            step.eq(Mux(first, k, steps)),
            after.eq(step - 1),
            ends.eq(step <= 1),
            keep.eq(Cat(n > lane for lane in range(lanes))),
            emptied.eq(Cat(go & ends & final & ~bank, go & ends & final & bank)),
        ]
        with m.If(go):
            m.d.sync += [each.eq(k), steps.eq(after), first.eq(ends), starts.eq(ends & final),
                         rest.eq(Mux(ends, over, n)), bank.eq(bank ^ (ends & final))]

        d = Signal(len(lengths[0]))
        m.d.comb += [d.eq(Mux(bank, lengths[1], lengths[0])), self.read.eq(go)]
        busy = Signal()
        done = Signal()
        begun = Signal()
        ended = Signal()
        was_final = Signal()
        kept = Signal(lanes, reset_less=True)
        out = Signal(lanes + 1, reset_less=True)
        m.d.comb += free.eq(~done | self.o.ready)
        with m.If(free):
            m.d.sync += [busy.eq(go), begun.eq(first), ended.eq(ends), kept.eq(keep), was_final.eq(final),
                         done.eq(busy & ended), out.eq(Cat(kept, was_final))]
        add = Signal()
        m.d.comb += add.eq(free & busy)
        sums, beyond = [], []
        for lane in range(lanes):
            entry = payload.entries[lane]
            m.submodules[f"lane_{lane}"] = mac = self._make("lane", partial(Lane, config), f"lane_{lane}")
            m.d.comb += [mac.take.eq(go), mac.entry.eq(entry), mac.d.eq(d), mac.add.eq(add), mac.first.eq(begun),
                         mac.row.eq(self.rows[lane]), self.addresses[lane].eq(Cat(bank, entry.column[low:]))]
            sums.append(mac.sum)
            beyond.append(keep[lane] & ~mac.legal)
        m.d.comb += [self.o.valid.eq(done), Value.cast(self.o.payload).eq(Cat(*sums, out))]
        wrong = [starts & ((value == 0) | (value > most))
                 for value, most in ((n, config.max_n), (k, config.max_k))]
        return go & any_of(*wrong, *beyond)


def _remaining(m, first, given, step, name):
    """Items from this beat on, a register for those from the next one on, its next value, whether this beat is last."""
    count = len(given)
    left, rest = Signal(count, name=f"{name}_left"), Signal(count, name=f"{name}_rest", reset_less=True)
    over, ends = Signal(signed(count + 1), name=f"{name}_over"), Signal(name=f"{name}_ends")
    m.d.comb += [left.eq(Mux(first, given, rest)), over.eq(left - step), ends.eq(over <= 0)]
    return left, rest, over[:count], ends

"""Claims about the streams of any unit: nothing offered is taken back, nothing is lost, repeated or late.

It counts: a beat taken adds the beats that it must cause, a beat given takes one away. What the beats must *say* is
each unit's own checker (`testbench.formal.tasd`, ...), which remembers the beats in flight in order, so that one lost,
repeated or out of order differs from what it expects.
"""

from amaranth.hdl import Mux, ResetSignal, Signal, Value

__all__ = ["handshake", "held", "oldest_first"]


def held(bench, o, name="o"):
    """An output stream keeps its word: an offer stays, as it is, until it is taken; after a reset there is none."""
    waiting = Signal(name=f"{name}_waiting")
    before = Signal(len(Value.cast(o.payload)), name=f"{name}_before", reset_less=True)
    was_reset = Signal(name=f"{name}_was_reset", reset_less=True)
    bench.m.d.sync += [waiting.eq(o.valid & ~o.ready), before.eq(o.payload), was_reset.eq(ResetSignal())]
    bench.claim(f"{name}_valid_stays", ~waiting | o.valid)
    bench.claim(f"{name}_payload_stays", ~waiting | (before == Value.cast(o.payload)))
    bench.claim(f"{name}_nothing_after_reset", ~was_reset | ~o.valid)


def handshake(bench, i, o, *, causes=1, most, latency, held_back=0, name="o"):
    """Beats of o against beats of i.

    Parameters
    ----------
    bench : Bench
    i, o : streams
    causes : Value
        Beats of o that the beat on i causes.
    most : int
        Beats of o that may be owed.
    latency : int
        Cycles from a beat of i to the first that it causes, if none is in front of it.
    held_back : Value
        Beats of those owed that wait for more input.

    Returns
    -------
    Signal
        Beats owed.
    """
    held(bench, o, name)
    owed = Signal(range(2 * most + 1), name=f"{name}_owed")
    late = Signal(name=f"{name}_late")
    missed = Signal(range(latency + 1), name=f"{name}_missed")
    bench.m.d.comb += late.eq((owed > held_back) & ~o.valid)
    bench.m.d.sync += [owed.eq(owed + Mux(i.valid & i.ready, causes, 0) - (o.valid & o.ready)),
                       missed.eq(Mux(late, Mux(missed == latency, missed, missed + 1), 0))]
    bench.claim(f"{name}_nothing_from_nothing", ~o.valid | (owed != 0))
    bench.claim(f"{name}_owed_bounded", owed <= most)
    bench.claim(f"{name}_in_time", ~late | (missed < latency - 1))
    return owed


def oldest_first(bench, i, o, owed, most):
    """The words that have come on i and not left on o, `owed` of them, the oldest first."""
    words = [Signal(i.payload.shape(), name=f"word_{k}", reset_less=True) for k in range(most + 1)]
    come, go = i.valid & i.ready, o.valid & o.ready
    for k in range(most):
        bench.m.d.sync += words[k].eq(Mux(come & (owed - go == k), i.payload, Mux(go, words[k + 1], words[k])))
    return words[:most]

"""What every proof is made of: a unit among inputs that do anything, its registers in view, and claims.

Registers and memories start with any content at all (`testbench.formal.runner` drops their initial values), the first
cycle is a reset, and reset is a free input from then on: whatever is claimed holds under a reset at any moment.
"""

from amaranth.asserts import AnyConst, AnySeq
from amaranth.hdl import Assert, Assume, Elaboratable, Fragment, Module, ResetSignal, Signal, Value

__all__ = ["BEGUN", "Bench", "Inside"]

BEGUN = "begun"  # the one register that keeps its initial value


class _Claim(Elaboratable):
    """A module of its own, for its name is what the solver's report calls the claim."""

    def __init__(self, condition):
        self.condition = condition

    def elaborate(self, platform):
        m = Module()
        holds = Signal()
        m.d.comb += [holds.eq(self.condition), Assert(holds)]
        return m


class _Elaborated(Elaboratable):
    def __init__(self, fragment):
        self.fragment = fragment

    def elaborate(self, platform):
        return self.fragment


class Inside:
    """The registers and nets of an elaborated component, by name: ``inside["busy"]``, ``inside["unit_0.busy"]``.

    Invariants that an induction needs speak of them; properties of a unit do not.
    """

    def __init__(self, fragment):
        self._fragment = fragment
        self._signals = {}
        for name, signal in _signals(fragment, ""):
            self._signals.setdefault(name, {})[id(signal)] = signal

    def child(self, name):
        """What is inside a submodule."""
        return Inside(self._fragment.find_subfragment(name))

    def __getitem__(self, name):
        found = list(self._signals.get(name, {}).values())
        if len(found) != 1:
            beside = sorted(other for other in self._signals if other.rpartition(".")[0] == name.rpartition(".")[0])
            raise KeyError(f"the unit must have one signal {name!r}, not {len(found)}; it has {', '.join(beside)}")
        return found[0]


def _signals(fragment, path):
    for statements in fragment.statements.values():
        for statement in statements:
            for signal in statement._lhs_signals():
                yield path + signal.name, signal
    for child, name, _ in fragment.subfragments:
        yield from _signals(child, f"{path}{name}.")


class Bench:
    """The top of a proof.

    Attributes
    ----------
    m : Module
        For the checkers' own registers; reset clears them with the unit's.
    claims : list of str
    """

    def __init__(self):
        self.m = Module()
        self.claims = []
        self._begun = Signal(name=BEGUN, reset_less=True)
        self.m.d.sync += self._begun.eq(1)
        self.assume(self._begun | ResetSignal())

    def place(self, name, unit):
        """Puts in a unit; what comes back lets one look inside it."""
        fragment = Fragment.get(unit, None)
        self.m.submodules[name] = _Elaborated(fragment)
        return Inside(fragment)

    def roam(self, interface):
        """All its inputs do anything, in every cycle; a stream's source may even take an offer back."""
        for _, member, value in interface.signature.flatten(interface):
            if member.flow.name == "In":
                self.m.d.comb += Value.cast(value).eq(AnySeq(len(Value.cast(value))))

    def constant(self, name, shape):
        """A number that never changes: the proof holds for every one."""
        signal = Signal(shape, name=name)
        self.m.d.comb += signal.eq(AnyConst(signal.shape()))
        return signal

    def any(self, name, shape):
        """Another number in every cycle: the proof holds for all of them."""
        signal = Signal(shape, name=name)
        self.m.d.comb += Value.cast(signal).eq(AnySeq(len(Value.cast(signal))))
        return signal

    def claim(self, name, condition):
        """`condition` holds in every cycle but the first, which is a reset out of nowhere."""
        self.claims.append(name)
        self.m.submodules[name] = _Claim(~self._begun | Value.cast(condition).bool())

    def assume(self, condition):
        """Only runs in which `condition` holds in every cycle are looked at."""
        self.m.d.comb += Assume(condition)

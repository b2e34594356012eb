"""Small logic that operators write badly: wide ORs of buses, and the number of bits that are set."""

from collections.abc import Iterable

from amaranth.hdl import Module, Signal, Value

__all__ = ["any_of", "ones"]


def any_of(*terms: Value) -> Value:
    """The OR of all terms, as a balanced tree."""
    level = list(terms)
    while len(level) > 1:
        level = [level[k] | level[k + 1] if k + 1 < len(level) else level[k] for k in range(0, len(level), 2)]
    return level[0]


def ones(m: Module, bits: Iterable[Value]) -> Value:
    """How many of the bits are set, as a tree of sums; each is a signal, or its text would stand at each use."""
    counts: list[Value] = list(bits)
    level = 0
    while len(counts) > 1:
        sums: list[Value] = [
            Signal(max(len(one) for one in counts[k:k + 2]) + 1, name=f"ones_{level}_{k // 2}")
            for k in range(0, len(counts), 2)]
        m.d.comb += [total.eq(sum(counts[2 * k:2 * k + 2])) for k, total in enumerate(sums)]
        counts, level = sums, level + 1
    return counts[0]

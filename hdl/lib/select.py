"""Element select: the index of an entry picks one element of a block.

Combinational, and the index is stationary: only the path from the block counts. Up to ``TREE`` elements a tree of
two-way multiplexers is smallest. Beyond, the index is decoded once to one-hot and the elements go through an AND-OR,
7 to 8 transistors per element and bit against 12 for a multiplexer (measured: bench/mac/RESULTS.md).

An index of M or more never arrives; the result is then undefined.
"""

from amaranth.hdl import Cat, Mux, Signal

__all__ = ["select"]

TREE = 4


def select(m, block, index, *, name="element"):
    """One element of ``block``, chosen by ``index``.

    Parameters
    ----------
    m : Module
        Receives the statements.
    block : list of Value
        M elements of equal shape.
    index : Value or None
        ``range(M)``; None when M is 1.
    name : str
        Prefix of the signals made.

    Returns
    -------
    Signal
        Of the elements' shape.

    Raises
    ------
    ValueError
        If the block is empty.
    """
    if not block:
        raise ValueError(f"block must have at least one element, not {block!r}")
    element = Signal(block[0].shape(), name=name)
    candidates = [candidate.as_unsigned() for candidate in block]
    if 1 < len(block) <= TREE:
        for bit in index:
            candidates = [Mux(bit, *pair[::-1]) if len(pair) == 2 else pair[0] for pair in _pairs(candidates)]
    elif len(block) > TREE:
        onehot = Signal(len(block), name=f"{name}_onehot")
        m.d.comb += onehot.eq(Cat(index == position for position in range(len(block))))
        candidates = [candidate & onehot[k].replicate(len(element)) for k, candidate in enumerate(candidates)]
        while len(candidates) > 1:
            candidates = [pair[0] | pair[1] if len(pair) == 2 else pair[0] for pair in _pairs(candidates)]
    m.d.comb += element.eq(candidates[0])
    return element


def _pairs(items):
    return [items[start : start + 2] for start in range(0, len(items), 2)]

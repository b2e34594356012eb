"""Element select: the index of an entry picks one element of a block.

Combinational. The index is stationary, so it is decoded once to one-hot and only the AND-OR of the elements is on the
path of the block: about 7 transistors per element and bit, and log2(M) + 1 levels, against 12 and 2 log2(M) for a tree
of two-way multiplexers. An index of M or more never arrives; the result is then undefined.
"""

from amaranth.hdl import Cat, Const, Signal

__all__ = ["select"]


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
    if len(block) == 1:
        m.d.comb += element.eq(block[0])
        return element
    onehot = Signal(len(block), name=f"{name}_onehot")
    m.d.comb += onehot.eq(Cat(index == position for position in range(len(block))))
    chosen = Const(0, len(element))
    for position, candidate in enumerate(block):
        chosen = chosen | (candidate.as_unsigned() & onehot[position].replicate(len(element)))
    m.d.comb += element.eq(chosen)
    return element

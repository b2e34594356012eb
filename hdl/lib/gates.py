"""Small logic that operators write badly: wide ORs of buses, and comparisons with a constant of full width."""

from amaranth.hdl import Cat, Const

__all__ = ["any_of", "at_least_constant", "decremented", "equal_constant", "incremented"]


def any_of(*terms):
    """The OR of all, as a balanced tree."""
    terms = list(terms)
    while len(terms) > 1:
        terms = [terms[k] | terms[k + 1] if k + 1 < len(terms) else terms[k] for k in range(0, len(terms), 2)]
    return terms[0]


def at_least_constant(value, least):
    """value >= least, unsigned, a gate per bit; an operator would print the constant with its own, smaller width."""
    if least <= 0 or least >= 1 << len(value):
        return Const(least <= 0, 1)
    start = (least & -least).bit_length() - 1  # below the lowest one of `least` nothing matters
    result = value[start]
    for k in range(start + 1, len(value)):
        result = value[k] & result if least >> k & 1 else value[k] | result
    return result


def equal_constant(value, number):
    """value == number as an AND, for the same reason."""
    flip = (1 << len(value)) - 1 - number
    return (value.as_unsigned() ^ flip).all() if flip else value.all()


def incremented(value):
    """value + 1 without its carry; the operator's result has one that nobody reads."""
    return Cat(~value[0], (value[k] ^ value[:k].all() for k in range(1, len(value))))


def decremented(value):
    """value - 1, all ones after 0."""
    return Cat(~value[0], (value[k] ^ ~value[:k].any() for k in range(1, len(value))))

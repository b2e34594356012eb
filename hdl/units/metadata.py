"""Which entry belongs at which position: the metadata of N:M blocks as one-hot bits, and the bits as metadata."""

from amaranth.hdl import Cat, Const, Signal

from tamis.hdl.lib.gates import any_of

__all__ = ["chosen", "hits", "indices", "nibble_or_mask", "reaching"]


def reaching(m, config, payload, enable=1):
    """What an OR makes the M elements of.

    Parameters
    ----------
    m, config, payload :
        As `hits` has them.
    enable : Value
        While it is low nothing reaches any element.

    Returns
    -------
    terms : list of list of Value
        Of each element; of at most one the bits are not all zero. All are zero where the metadata is illegal.
    good : Signal
        The metadata is legal.
    """
    values = [payload.entries[j].value if config.form == "index" else payload.values[j] for j in range(config.n)]
    places, legal = hits(m, config, payload)
    good = Signal(name="good")
    m.d.comb += good.eq(legal)
    terms = [[] for _ in range(config.m)]
    for j, row in enumerate(places):
        for k, bit in row.items():
            hit = Signal(name=f"hit_{j}_{k}")
            m.d.comb += hit.eq(bit & good & enable)
            terms[k].append(values[j].as_unsigned() & hit.replicate(config.width))
    return terms, good


def hits(m, config, payload):
    """What the metadata of a block says.

    Parameters
    ----------
    m : Module
        Receives the statements.
    config : DecompressConfig
    payload : View
        Of ``config.compressed_layout``.

    Returns
    -------
    hits : list of {k: Value}
        One dict for each entry: whether it belongs at position k, one-hot, for the k that it may have.
    legal : Value
        Where it is low the hits mean nothing.
    """
    if config.form == "index":
        return _by_index([payload.entries[j].index for j in range(config.n)], config.m)
    if config.nibble and config.m == 2:
        return _by_halves(payload.metadata, config.form)
    return _by_pair(payload.metadata) if config.form == "pairs" else _by_mask(m, payload.metadata, config.n)


def _by_index(indices, m):
    hits = [{k: index == k for k in range(m)} for index in indices]
    top = [index >= m for index in indices] if m & (m - 1) else []
    same = [one == other for j, one in enumerate(indices) for other in indices[:j]]
    return hits, ~any_of(*top, *same) if top or same else 1


def _by_pair(nibble):
    first, second = nibble[:2], nibble[2:]
    hits = [{k: first == k for k in range(3)}, {k: second == k for k in range(1, 4)}]
    return hits, (second[1] & ~first[1]) | (second[0] & ~first[0] & ~(second[1] ^ first[1]))


def _by_halves(nibble, form):
    codes = (0x4, 0xE) if form == "pairs" else (0x3, 0xC)
    hits = {k: nibble == code for k, code in enumerate(codes)}
    return [hits], hits[0] | hits[1]


def _by_mask(module, mask, n):
    m = len(mask)
    # Of the first k bits, j can be ones if enough positions follow for the others.
    before = _counts_before(module, list(mask), lambda k: n - m + k, lambda k: n, name="ones")
    hits = [{k: mask[k] & before[k][j] if k else mask[0] for k in range(j, m - n + j + 1)} for j in range(n)]
    return hits, before[m][n]


def chosen(m, config, nonzero):
    """Which positions of a block become its entries, as `tamis.golden.units.decompress` says.

    The trick of the forms that are no nibble: count from the end. With S[k] non-zeros behind position k, entry j takes
    the non-zero that has N - 1 - j behind it, if that is at k > j; if there is none, position j itself, whatever it is.
    So the spare entries are the zeros of lowest index, without counting zeros.

    Parameters
    ----------
    m : Module
        Receives the statements.
    config : DecompressConfig
    nonzero : list of Value
        A bit for each of the M positions.

    Returns
    -------
    takes : list of {k: Value}
        One dict for each entry, one-hot.
    over : Value
        More than N are not zero.
    """
    if config.nibble:
        return _of_pair(nonzero) if config.m == 2 else _of_four(nonzero)
    n, size = config.n, config.m
    if n == size:
        return [{j: Const(1, 1)} for j in range(n)], Const(0, 1)
    behind = _counts_before(m, nonzero[::-1], lambda k: k - (size - n - 1), lambda k: n, name="behind")

    def has_behind(k, j):  # the last element has none behind it
        return nonzero[k] & behind[size - 1 - k][j] if k < size - 1 else nonzero[k]
    takes = []
    for j in range(n):
        takes.append({k: has_behind(k, n - 1 - j) for k in range(j + 1, size - n + j + 1)})
        takes[-1][j] = ~any_of(*takes[-1].values())
    return takes, any_of(*(has_behind(k, n) for k in range(size - n)))


def _of_pair(nonzero):
    return [{0: nonzero[0], 1: ~nonzero[0]}], nonzero[0] & nonzero[1]


def _of_four(nonzero):
    first, second, third, fourth = nonzero
    low, some, high = first & second, first | second, third & fourth
    last = ~low & (fourth | ~some)
    return [{0: first, 1: second & ~first, 2: ~some}, {1: low, 2: ~low & ~last, 3: last}], (
        (low & (third | fourth)) | (high & some))


def indices(takes, width):
    """The position in each row of one-hot bits, as `width` bits."""
    def bit(row, place):
        ones = [value for k, value in row.items() if k >> place & 1]
        return any_of(*ones) if ones else Const(0, 1)
    return [Cat(bit(row, place) for place in range(width)) for row in takes]


def nibble_or_mask(config, takes):
    """Metadata of the forms "pairs" and "mask"."""
    if config.nibble and config.m == 2:
        first, second = takes[0][0], takes[0][1]
        return Cat(Const(0, 1), second, Const(1, 1), second) if config.form == "pairs" else (
            Cat(first, first, second, second))
    if config.form == "pairs":
        return Cat(indices(takes, 2))
    return Cat(any_of(*(row[k] for row in takes if k in row)) for k in range(config.m))


def _counts_before(m, bits, least, most, *, name):
    """Whether exactly j of the first k bits are ones, one-hot, as bits made once.

    Parameters
    ----------
    m : Module
        Receives the statements.
    bits : list of Value
    least, most : callable
        From k to the least and the most j that anybody asks for.
    name : str
        Prefix of the signals made.

    Returns
    -------
    list of {j: Value}, for k from 1 to all bits; entry 0 is empty
    """
    rows = [{}, {j: (~bits[0], bits[0])[j] for j in range(2) if least(1) <= j <= most(1)}]
    for k, bit in enumerate(bits[1:], 2):
        last, wanted = rows[-1], range(max(0, least(k)), min(k, most(k)) + 1)
        row = Signal(len(wanted), name=f"{name}_{k}")
        for place, j in enumerate(wanted):
            m.d.comb += row[place].eq(any_of(*(last[before] & step for before, step in ((j, ~bit), (j - 1, bit))
                                               if before in last)))
        rows.append({j: row[place] for place, j in enumerate(wanted)})
    return rows

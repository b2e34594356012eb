"""Which entry belongs at which position: the metadata of N:M blocks as one-hot bits (`hdl.decompress`)."""

from amaranth.hdl import Signal

from hdl._gates import any_of, at_least_constant, equal_constant

__all__ = ["counts_before", "hits"]


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
    hits = [{k: equal_constant(index, k) for k in range(m)} for index in indices]
    top = [at_least_constant(index, m) for index in indices] if m & (m - 1) else []
    same = [~(one ^ other).any() for j, one in enumerate(indices) for other in indices[:j]]
    return hits, ~any_of(*top, *same) if top or same else 1


def _by_pair(nibble):
    first, second = nibble[:2], nibble[2:]
    hits = [{k: equal_constant(first, k) for k in range(3)}, {k: equal_constant(second, k) for k in range(1, 4)}]
    return hits, (second[1] & ~first[1]) | (second[0] & ~first[0] & ~(second[1] ^ first[1]))


def _by_halves(nibble, form):
    codes = (0x4, 0xE) if form == "pairs" else (0x3, 0xC)
    hits = {k: equal_constant(nibble, code) for k, code in enumerate(codes)}
    return [hits], hits[0] | hits[1]


def _by_mask(module, mask, n):
    m = len(mask)
    # Of the first k bits, j can be ones if enough positions follow for the others.
    before = counts_before(module, list(mask), lambda k: n - m + k, lambda k: n, name="ones")
    hits = [{k: mask[k] & before[k][j] if k else mask[0] for k in range(j, m - n + j + 1)} for j in range(n)]
    return hits, before[m][n]


def counts_before(m, bits, least, most, *, name):
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

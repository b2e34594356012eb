"""Masks that are N:M along rows and along columns, for many M x M tiles at once.

Everything is laid out tile-last, (M, M, T), so that one vector operation serves all tiles. Magnitudes are integers held
in float64, so every comparison of sums is exact.

Up to 4 x 4, all masks are tried (90 for 2:4). Beyond, the maximum is a flow: given a price for each column, every row
takes its N best elements after prices, which is optimal but for columns that are taken too often or too rarely. The
trick: each such column is then relieved along the cheapest chain of exchanges (row i gives up column j for column k,
another row k for l, ...), a shortest path over the M columns, found for all tiles at once; good prices leave only one
or two chains to a tile. A chain of least cost keeps optimality, so the last one ends at the optimum.
"""

from functools import cache
from itertools import combinations

import numpy as np

ENUMERATED = 4  # largest M at which trying all masks is cheapest
PRECISION = 46  # bits of a magnitude that count: chains add up to 32 of them, and float64 holds 53
CHUNK = 1 << 20  # bytes of one (M, M, T) float64 array
ROUNDS = 6  # of price adjustment, before exchanges


def optimal(tiles, n):
    """Bool masks of magnitudes ``tiles`` (T, M, M), n per row and column, of maximal sum. float64 or unsigned ints."""
    count, m, _ = tiles.shape
    out = np.empty(tiles.shape, np.bool_)
    if n == m:
        out[:] = True
        return out
    step = max(1, CHUNK // (8 * m * m))
    solve = _by_trial if m <= ENUMERATED else _by_exchange
    for start in range(0, count, step):
        window = slice(start, start + step)
        out[window] = solve(_whole(tiles[window]), n)
    return out


def _whole(tiles):
    """Integers in float64, of at most PRECISION bits; exact where the magnitudes are integers of that many bits."""
    tiles = tiles.astype(np.float64)
    top = tiles.max(axis=(1, 2), keepdims=True)
    shift = PRECISION - np.frexp(top)[1]
    half = shift // 2  # in two steps: 2^shift alone may overflow for denormals
    return np.rint(np.ldexp(np.ldexp(tiles, half), shift - half))


@cache
def _all_masks(m, n):
    """Every m x m mask with n per row and column, (count, m * m), those with lower places first."""
    rows = [[int(j in pick) for j in range(m)] for pick in combinations(range(m), n)]
    found = [()]
    for _ in range(m):
        found = [(*mask, row) for mask in found for row in rows]
        found = [mask for mask in found if all(sum(column) <= n for column in zip(*mask, strict=True))]
    return np.array(found, np.float64).reshape(len(found), m * m)


def _by_trial(tiles, n):
    masks = _all_masks(tiles.shape[1], n)
    best = np.argmax(tiles.reshape(len(tiles), -1) @ masks.T, axis=1)
    return masks.astype(bool)[best].reshape(tiles.shape)


def _by_exchange(tiles, n):
    w = np.ascontiguousarray(tiles.transpose(1, 2, 0))
    x = _best_of_rows(w - _prices(w, n), n)
    excess = x.sum(axis=0) - n
    live = np.flatnonzero((excess != 0).any(axis=0))
    while live.size:
        part = x[..., live]
        _exchange(w[..., live], part, excess[:, live])
        x[..., live] = part
        excess[:, live] = part.sum(axis=0) - n
        live = live[(excess[:, live] != 0).any(axis=0)]
    return x.transpose(2, 0, 1)


def _prices(w, n):
    """Column prices (M, T), whole numbers, at which rows compete for columns about evenly.

    Rows and columns take turns: each sets its level halfway between its n-th and its next best offer. Any prices lead
    to the optimum, good ones sooner, so float32 will do.
    """
    w = w.astype(np.float32)
    v = np.zeros(w.shape[1:], np.float32)
    for _ in range(ROUNDS):
        u = _level((w - v).swapaxes(0, 1), n)
        v = _level(w - u[:, None], n)
    return np.rint(v.astype(np.float64))


def _level(offers, n):
    """Halfway between the n-th and the next largest along axis 0; ``offers`` (M, M, T) is scratch afterwards."""
    m = len(offers)
    planes, spare = list(offers), np.empty(offers.shape[1:], offers.dtype)
    for low, high in _network(m):
        a, b = planes[low], planes[high]
        planes[low], spare = np.minimum(a, b, out=spare), a
        np.maximum(a, b, out=b)
    return (planes[m - n] + planes[m - n - 1]) / 2


@cache
def _network(m):
    """Comparators (low, high) that sort m values upwards: Batcher's odd-even merge sort, cut to m."""
    pairs = []
    p = 1
    while p < m:
        k = p
        while k >= 1:
            for j in range(k % p, m - k, 2 * k):
                pairs += [(i, i + k) for i in range(j, min(j + k, m - k)) if i // (2 * p) == (i + k) // (2 * p)]
            k //= 2
        p *= 2
    return pairs


def _best_of_rows(offers, n):
    """The n largest of each row, ties to the lower column."""
    m = offers.shape[1]
    place = np.zeros(offers.shape, np.uint8)
    for j in range(1, m):
        beaten = (offers[:, :j] >= offers[:, j : j + 1]).view(np.uint8)
        place[:, j] += beaten.sum(axis=1, dtype=np.uint8)
        place[:, :j] += 1 - beaten
    return place < n


def _exchange(w, x, excess):
    """Apply, in place, one cheapest chain of exchanges from a column with too many to one with too few, per tile."""
    m, _, count = w.shape
    cost, row = _steps(w, x)
    distance = np.where(excess > 0, 0.0, np.inf)
    parent = np.full((m, count), -1, np.int8)
    for _ in range(m - 1):
        changed = False
        for j in range(m):
            through = distance[j] + cost[j]
            better = through < distance
            if better.any():
                changed = True
                np.copyto(distance, through, where=better)
                np.copyto(parent, np.int8(j), where=better)
        if not changed:
            break
    tile = np.arange(count)
    here = np.where(excess < 0, distance, np.inf).argmin(axis=0)
    while tile.size:
        before = parent[here, tile]
        going = before >= 0
        tile, here, before = tile[going], here[going], before[going].astype(np.intp)
        i = row[before, here, tile]
        x[i, before, tile] = False
        x[i, here, tile] = True
        here = before


def _steps(w, x):
    """(cost, row), both (M, M, T): the cheapest row that can give up column j for column k, and what it loses."""
    m, _, count = w.shape
    given, taken = np.where(x, w, np.inf), np.where(x, -np.inf, w)
    cost, row = np.full((m, m, count), np.inf), np.zeros((m, m, count), np.int8)
    for i in range(m):
        loss = given[i][:, None] - taken[i][None]
        better = loss < cost
        np.copyto(cost, loss, where=better)
        np.copyto(row, np.int8(i), where=better)
    return cost, row


def greedy(keys, n):
    """Masks of unsigned ``keys`` (T, M, M): largest first, ties to the lower place, where row and column have room."""
    count, m, _ = keys.shape
    out = np.zeros((count, m * m), np.bool_)
    step = max(1, CHUNK // (8 * m * m))
    for start in range(0, count, step):
        window = slice(start, start + step)
        order = np.argsort(~keys[window].reshape(-1, m * m), axis=1, kind="stable").T
        tile = np.arange(order.shape[1])
        rows, columns = np.zeros((order.shape[1], m), np.int8), np.zeros((order.shape[1], m), np.int8)
        for place in np.ascontiguousarray(order):
            i, j = np.divmod(place, m)
            room = (rows[tile, i] < n) & (columns[tile, j] < n)
            rows[tile, i] += room
            columns[tile, j] += room
            out[start + tile, place] = room
    return out.reshape(keys.shape)

"""Times the golden model against what a user would otherwise run, on one thread, and prints a Markdown table.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m bench.golden [--repeat 7] [--small]

Both sides of a row run by turns in one process; a row shows the best time of each and their ratio. Needs numpy;
rows whose rival is not installed (torch, ortools, scipy) are left out. See bench/golden.md for results.
"""

import argparse
import os
import platform
import time
from functools import partial

import numpy as np

from tamis.golden import metadata, mvue, prune, sas, srigl, tasd


def optional(name):
    try:
        return __import__(name, fromlist=["_"])
    except ImportError:
        return None


def race(ours, rival, repeat):
    """Best seconds of each, by turns."""
    best = [float("inf")] * 2
    for _ in range(repeat):
        for i, side in enumerate((ours, rival)):
            start = time.perf_counter()
            side()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def torch_rows(torch, x):
    """Masks and compression as PyTorch code does them: topk and scatter, gather, the semi-structured conversion."""
    torch.set_num_threads(1)
    t = torch.from_numpy(x)

    def mask(n, m):
        blocks = t.view(-1, m)
        kept = blocks.abs().topk(n, dim=1, sorted=False).indices
        return torch.zeros_like(blocks, dtype=torch.bool).scatter_(1, kept, True)

    def mask_by_pairs(n, m):
        magnitudes = t.view(-1, m).abs().t().contiguous()
        place = torch.zeros(magnitudes.shape, dtype=torch.uint8)
        for j in range(1, m):
            beaten = (magnitudes[:j] >= magnitudes[j]).to(torch.uint8)
            place[j] += beaten.sum(0, dtype=torch.uint8)
            place[:j] += 1 - beaten
        return (place < n).t().contiguous()

    def compress(n, m):
        blocks = t.view(-1, m)
        kept = blocks.abs().topk(n, dim=1, sorted=False).indices.sort(dim=1).values
        return blocks.gather(1, kept), kept

    for n, m, target in ((2, 4, 1.0), (4, 8, None)):
        assert np.array_equal(mask(n, m).numpy().reshape(x.shape), prune.topn_mask(x, f"{n}:{m}"))
        assert np.array_equal(mask_by_pairs(n, m).numpy().reshape(x.shape), prune.topn_mask(x, f"{n}:{m}"))
        pattern = f"{n}:{m}"
        ours = partial(prune.topn_mask, x, pattern)
        yield f"mask {pattern}", ours, "torch topk + scatter", partial(mask, n, m), target
        yield f"mask {pattern}", ours, "torch, our algorithm", partial(mask_by_pairs, n, m), target
        ours = partial(prune.compress, x, pattern)
        yield f"compress {pattern}", ours, "torch topk, sort, gather", partial(compress, n, m), None
    part = x[: x.shape[0] // 4]
    u = np.random.default_rng(1).random((part.shape[0], part.shape[1] // 4, 2))

    def draw():
        blocks = torch.from_numpy(part).view(-1, 4)
        return torch.multinomial(blocks.abs(), 2)

    what = f"approx-MVUE 2:4, {part.shape[0]} x {part.shape[1]}"
    yield what, partial(mvue.sample_approx_2_4, part, u), "torch.multinomial, indices alone", draw, None
    yield f"exact {what[7:]}", partial(mvue.sample_2_4, part, u[..., 0].copy()), "the same", draw, None
    conversions = optional("torch.sparse._semi_structured_conversions")
    if conversions is not None:
        pruned = np.where(prune.topn_mask(x, "2:4"), x, 0).astype(np.float16)
        tensor = torch.from_numpy(pruned)
        offsets = metadata.reorder_offsets(x.shape[0], x.shape[1] // 16, 16)

        def convert():
            values, words = metadata.encode(pruned)
            stored = np.empty(words.size, words.dtype)
            stored[offsets] = words.ravel()
            return values, stored

        _, torch_meta = conversions.sparse_semi_structured_from_dense_cutlass(tensor)
        assert np.array_equal(torch_meta.numpy().view(np.uint16).ravel(), convert()[1])
        yield (
            "2:4 values + metadata, float16",
            convert,
            "torch semi-structured conversion",
            partial(conversions.sparse_semi_structured_from_dense_cutlass, tensor),
            None,
        )


def flow_masks(flow, x, n, m):
    """Transposable masks by ortools' min-cost flow, one network for all tiles, arcs added as arrays."""
    tiles = np.abs(x).reshape(x.shape[0] // m, m, x.shape[1] // m, m).swapaxes(1, 2).reshape(-1, m, m)
    count = len(tiles)
    solver = flow.SimpleMinCostFlow()
    node = np.arange(count)[:, None, None] * 2 * m
    tails = np.broadcast_to(node + np.arange(m)[:, None], tiles.shape).ravel()
    heads = np.broadcast_to(node + m + np.arange(m), tiles.shape).ravel()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        tails, heads, np.ones(tails.size, np.int64), -np.rint(tiles * 2.0**24).astype(np.int64).ravel()
    )
    supply = np.tile(np.repeat([n, -n], m), count)
    solver.set_nodes_supplies(np.arange(supply.size), supply)
    assert solver.solve() == solver.OPTIMAL
    return solver.flows(arcs).astype(bool).reshape(tiles.shape), tiles


def flow_rows(flow, x):
    for n, m in ((2, 4), (4, 8)):
        found, tiles = flow_masks(flow, x, n, m)
        ours = prune.transposable_mask(x, f"{n}:{m}")
        best = np.rint(tiles * 2.0**24)[found].sum()
        kept = np.rint(np.abs(x) * 2.0**24)[ours].sum()
        assert kept >= best, (kept, best)
        yield (
            f"transposable {n}:{m}, {x.shape[0]} x {x.shape[1]}",
            partial(prune.transposable_mask, x, f"{n}:{m}"),
            "ortools min-cost flow",
            partial(flow_masks, flow, x, n, m),
            5.0,
        )


def condensed_rows(sparse, rng):
    """The last MLP layer of ViT-B/16, 768 x 3072, at 90 % sparsity (srigl-appendices, I)."""
    mask = rng.random((768, 3072)).argsort(axis=1).argsort(axis=1) < 307
    weight = rng.standard_normal(mask.shape).astype(np.float32) * mask
    values, indices = srigl.condense(weight, mask)
    csr = sparse.csr_matrix(weight)
    for batch in (1, 64):
        v = rng.standard_normal((batch, 3072)).astype(np.float32)
        columns = np.ascontiguousarray(v.T)
        assert np.allclose(srigl.condensed_matmul(values, indices, v), (csr @ columns).T, atol=1e-3)
        yield (
            f"condensed 768 x 3072, k = 307, batch {batch}",
            partial(srigl.condensed_matmul, values, indices, v),
            "scipy CSR",
            partial(csr.__matmul__, columns),
            None,
        )


def numpy_rows(x, rng):
    blocks = x.reshape(-1, 8)
    ours, rival = partial(tasd.decompose, x, "4:8+1:8"), partial(np.sort, blocks, axis=-1)
    yield "TASD 4:8+1:8", ours, "one np.sort of the blocks", rival, 1 / 3
    weight = rng.standard_normal((128, 4, 512)).astype(np.float32)
    inputs = rng.standard_normal((512, 1024)).astype(np.float32)

    def wide():
        return weight.reshape(128, -1) @ sas.project(inputs, 2, 0, "pattern")

    yield "SAS 128 x 4 x 512 by 512 x 1024", partial(sas.matmul, weight, inputs, 2), "wide tensor, BLAS", wide, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="1/8 of each side, to try the script out")
    options = parser.parse_args()
    shrink = 8 if options.small else 1
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4096 // shrink, 4096 // shrink)).astype(np.float32)
    square = np.ascontiguousarray(x[: 1024 // shrink, : 1024 // shrink])
    torch, flow, sparse = optional("torch"), optional("ortools.graph.python.min_cost_flow"), optional("scipy.sparse")
    versions = {"numpy": np} | {n: optional(n) for n in ("torch", "ortools", "scipy")}
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs;", end=" ")
    print(", ".join(f"{n} {m.__version__}" for n, m in versions.items() if m), end="; ")
    print(f"{options.repeat} turns, one thread\n")
    print("| what | Tamis | rival | rival takes | rival / Tamis | target |")
    print("|---|---|---|---|---|---|")
    sources = [numpy_rows(x, rng)]
    sources += [torch_rows(torch, x)] if torch else []
    sources += [flow_rows(flow, square)] if flow else []
    sources += [condensed_rows(sparse, rng)] if sparse else []
    for source in sources:
        for what, ours, name, rival, target in source:
            mine, theirs = race(ours, rival, options.repeat)
            ratio = theirs / mine
            wanted = "" if target is None else f">= {target:.2f}: {'met' if ratio >= target else 'missed'}"
            cells = (what, f"{mine * 1e3:.1f} ms", name, f"{theirs * 1e3:.1f} ms", f"{ratio:.2f}", wanted)
            print("|", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()

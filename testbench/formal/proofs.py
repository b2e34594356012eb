"""The list of proofs."""

import dataclasses
from collections.abc import Callable

from tamis.hdl.core.a_loader import ALoader
from tamis.hdl.core.b_expand import BExpand
from tamis.hdl.core.b_loader import BLoader
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.core.output import OutputStage
from tamis.hdl.core.pack import Pack
from tamis.hdl.lib.axi_lite import AXILite
from tamis.hdl.lib.fifo import Fifo
from tamis.hdl.lib.queue import Queue
from tamis.hdl.units.compress import CompressConfig, Compressor
from tamis.hdl.units.condensed import CondensedConfig, CondensedUnit
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.mvue import MVUEConfig, MVUEUnit
from tamis.hdl.units.sas import SASConfig, SASIndexUnit
from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.hdl.units.tasd_pool import TASDPool, TASDPoolConfig
from tamis.testbench.formal import (
    a_loader,
    axi,
    b_expand,
    b_loader,
    condensed,
    fifo,
    mvue,
    output,
    pack,
    pool,
    queue,
    rank,
    sas,
    single,
    tasd,
)

__all__ = ["PROOFS", "Proof"]


@dataclasses.dataclass(frozen=True)
class Proof:
    """A unit in one configuration and what is claimed of it.

    Attributes
    ----------
    name : str
    what : str
        The properties, in words.
    bench : callable () -> Bench
    configuration : str
    depth : int
        k of the induction, or cycles.
    unbounded : bool
    """

    name: str
    what: str
    bench: Callable
    configuration: str
    depth: int = 1
    unbounded: bool = True

    @property
    def bound(self):
        return f"unbounded, k = {self.depth}" if self.unbounded else f"bounded, {self.depth} cycles"


STREAM = "handshake; every beat once, in order; "
GREEDY = STREAM + "entries distinct, of the block, by magnitude, ties to the lower index; residual"


def _of(name, what, prove, unit, config, depth=1):
    return Proof(name, what, lambda: prove(unit(config)), config.summary, depth)


def _tasd():
    for style, m, width in (("rank", 4, 4), ("rank", 4, 8), ("tree", 4, 4), ("tree", 4, 8), ("tree", 8, 8)):
        yield _of(f"tasd-{style}-{m}-int{width}", GREEDY, {"rank": tasd.prove_rank, "tree": tasd.prove_tree}[style],
                  TASDUnit, TASDConfig(style=style, m=m, width=width))
    yield _of("tasd-rank-8-int8-comparisons", STREAM + "holds its block; comparisons as defined, transitive",
              rank.prove_comparisons, TASDUnit, TASDConfig())
    yield _of("tasd-rank-8-int8-network", "given those comparisons: entries distinct, of the block, in their order",
              rank.prove_network, TASDUnit, TASDConfig())
    both = [TASDConfig(m=4, width=4, style=style) for style in ("tree", "rank")]
    yield Proof("tasd-agree-4-int4", "the tree's n-th entry is the rank unit's, for the same blocks; residual",
                lambda: tasd.prove_agree([TASDUnit(config) for config in both]), "m 4, width 4, signed True")


def _pools():
    def config(style, units, lanes, m=4, width=4):
        return TASDPoolConfig(unit=TASDConfig(style=style, m=m, width=width), units=units, blocks_per_cycle=lanes)

    for style, units, lanes in (("rank", 2, 2), ("rank", 3, 1), ("tree", 3, 1), ("tree", 4, 2)):
        yield _of(f"pool-{style}-4-int4-{units}x{lanes}", "of every output: " + GREEDY, pool.prove_pool, TASDPool,
                  config(style, units, lanes))
    for style, units, lanes, m, k in (("rank", 2, 2, 4, 1), ("tree", 4, 1, 4, 5), ("tree", 16, 2, 8, 9)):
        yield _of(f"pool-{style}-{m}-{units}x{lanes}-keeps-up", "never stalls where its outputs never do",
                  pool.prove_keeps_up, TASDPool, config(style, units, lanes, m, 8), k)


def _sas():
    for fields in ({"m": 4, "width": 4, "lanes": 2, "max_channels": 8}, {},
                   {"m": 16, "width": 4, "lanes": 3, "max_channels": 100},
                   {"m": 2, "width": 4, "lanes": 1, "max_channels": 8},
                   {"m": 2, "lanes": 4, "max_channels": 64, "magnitude": True}):
        config = SASConfig(**fields)
        name = f"sas-{config.m}-{config.lanes}-{config.max_channels}" + "-magnitude" * config.magnitude
        yield _of(name, STREAM + "an index is the signs up to its channel, circular", sas.prove_sas, SASIndexUnit,
                  config)


def _mvue():
    for pattern, width, bits, lanes in (("1:2", 4, 8, 2), ("2:4", 3, 8, 1)):
        config = MVUEConfig(pattern=pattern, width=width, u_bits=bits, lanes=lanes)
        yield _of(f"mvue-{pattern}-int{width}-k{bits}".replace(":", "in"),
                  STREAM + "U a step per beat; what is kept follows from U exactly", mvue.prove_mvue, MVUEUnit, config)


def _metadata():
    forms = (("2:4", "index", 8), ("2:4", "pairs", 8), ("2:4", "mask", 8), ("1:2", "pairs", 8), ("3:8", "mask", 8),
             ("3:8", "index", 8), ("2:6", "index", 4))
    for kind, unit, Config, prove, what in (
            ("decompress", Decompressor, DecompressConfig, single.prove_decompress,
             "values at their positions, else zeros; illegal metadata flagged"),
            ("compress", Compressor, CompressConfig, single.prove_compress,
             "every non-zero, in order; spare entries as stated; too many flagged")):
        for pattern, form, width in forms:
            yield _of(f"{kind}-{pattern}-{form}-int{width}".replace(":", "in"), STREAM + what, prove, unit,
                      Config(pattern=pattern, form=form, width=width))


def _condensed():
    for lanes, d, n in ((1, 2, 2), (2, 3, 3)):
        config = CondensedConfig(lanes=lanes, ports=1, max_d=d, max_k=2, max_n=n, w_width=2, x_width=2, acc_width=5)
        yield Proof(f"condensed-{lanes}-{d}-{n}", STREAM + "sums of products; vectors kept while they are read",
                    lambda config=config: condensed.prove_condensed(CondensedUnit(config)), config.summary, 10, False)


def _streams():
    """The core's three AXI4-Streams."""
    def core(patterns, rows, **fields):
        return CoreConfig.parse({"array": {"patterns": patterns, "rows": rows, "cols": 4}, "columns": 16} | fields)

    def of(port, name, what, unit, prove, config, bits):
        return Proof(f"{port}-{name}", what, lambda: prove(unit(config), config),
                     f"{config.array.summary}; {config.columns} columns, beats of {bits}")

    tiny, default = CoreConfig.preset("tiny-n:2"), CoreConfig.preset("default")
    counts = "as many beats as the job says, none without one; TKEEP, TLAST; "
    for name, config in (("tiny-n2", tiny), ("tiny-n2-128", CoreConfig.preset("tiny-n:2", a_bits=128)),
                         ("n4-32", core("1:4,2:4,4:4", 8, a_bits=32)), ("default", default)):
        yield of("a-loader", name, counts + "every entry written once, where it belongs; a step per cycle", ALoader,
                 a_loader.prove_a_loader, config, config.a_bits)
    compressed = (("tiny-n2", tiny), ("small-n4", CoreConfig.preset("small-n:4")),
                  ("4in8-32", core("4:8,8:8", 8, b_bits=32, b_pattern="4:8")),
                  ("1in16-64", core("1:16,4:16", 4, b_bits=64, b_pattern="1:16")),
                  ("default-4in8", CoreConfig.preset("default", b_pattern="4:8")))
    for name, config in (*compressed, ("tiny-n2-256", CoreConfig.preset("tiny-n:2", b_bits=256)), ("default", default)):
        yield of("b-loader", name, counts + "each written once, where it belongs, plain or "
                 "compressed; every channel of a table once",
                 BLoader, b_loader.prove_b_loader, config, f"{config.b_bits}, compressed B {config.b_pattern}")
    for name, config in compressed:
        yield of("b-expand", name, "plain beats go on; masks as many and where the format says, they stay; the blocks "
                 "that values and masks mean; illegal masks; TKEEP, TLAST of masks",
                 BExpand, b_expand.prove_b_expand, config, f"{config.b_bits}, compressed B {config.b_pattern}")
    for word, bits in ((32, 128), (128, 128), (128, 32)):
        yield Proof(f"pack-{word}-{bits}", "AXI4-Stream rules; every byte once, in order, zeros beyond; TKEEP, TLAST",
                    lambda word=word, bits=bits: pack.prove_pack(Pack(word=word, bits=bits), word, bits),
                    f"words of up to {word} bits, beats of {bits}")
    for name, config in (("tiny-n2", tiny), ("n2-128", CoreConfig.preset("tiny-n:2", out_lanes=2, c_bits=128)),
                         ("n4-32", core("1:4,2:4,4:4", 8, out_lanes=4, c_bits=32)), ("default", default)):
        yield of("output", name, "AXI4-Stream rules; a tile's bytes, no more and no less, then TLAST; TKEEP, zeros "
                 "beyond; Pack's words are legal", OutputStage, output.prove_output, config, config.c_bits)


def _core():
    for depth in (1, 2, 4):
        yield Proof(f"queue-{depth}", STREAM + "not full before it is",
                    lambda depth=depth: queue.prove_queue(Queue(width=8, depth=depth), depth),
                    f"8 bits, {depth} words", depth)
    for depth in (2, 4, 8):
        yield Proof(f"fifo-{depth}", STREAM + "the number inside; not full before it is",
                    lambda depth=depth: fifo.prove_fifo(Fifo, width=4, depth=depth),
                    f"4 bits, {depth} words in a memory")
    yield from _streams()
    yield Proof("axi-lite", "AXI4-Lite rules; a strobe and the right answer for every access, no answer without",
                lambda: axi.prove_axi_lite(AXILite(bits=10)), "10-bit addresses")


PROOFS = [*_tasd(), *_pools(), *_sas(), *_mvue(), *_metadata(), *_condensed(), *_core()]

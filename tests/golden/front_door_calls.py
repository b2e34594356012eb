"""One legal call of every public function of golden, and what kind of operand each of its arguments is.

Kinds: real, floats (finite, of any float type), ints, bools; pattern, series; int, number, flag, choice. An argument
that is left out of the kinds (a core, a job, a callable, bytes) is not an operand of numpy or a scalar.
"""

from typing import Any, NamedTuple

import numpy as np

from tamis.golden import metadata
from tamis.golden.core.output import Table
from tamis.hdl.core.config import CoreConfig

CORE = CoreConfig.preset("tiny-n:2")
COLS, ROWS = CORE.array.cols, CORE.array.rows
RNG = np.random.default_rng(12)


class Call(NamedTuple):
    """Legal keyword arguments, and the kind of each argument that is tested."""

    arguments: dict[str, Any]
    kinds: dict[str, str]


def _call(kinds: str, **arguments: Any) -> Call:
    """``kinds`` in the order of the arguments; "-" passes one over."""
    pairs = zip(arguments, kinds.split(), strict=True)
    return Call(arguments, {name: kind for name, kind in pairs if kind != "-"})


def _stored(dense: Any) -> Any:
    return metadata.encode(dense, "tf32")[1]


X = np.array([[3, -4, 0, 1, 2, 0, -1, 3], [0, 1, -2, 4, 1, 1, -3, 0]], np.int8)
U = np.full((2, 4), 0.25)
ENTRIES = [(np.ones((COLS, 2, 1), np.int64), np.zeros((COLS, 2, 1), np.int64))]
MASK = X != 0
CHANNELS = np.zeros(2, np.int64)
TABLE = Table(CHANNELS, CHANNELS + 1, CHANNELS)
SIZES = {"i": 2, "k": 4, "j": 3}
WIDE = X[:, :4]

CALLS = {
    "array.multiply.tile": _call("ints pattern int int", a=X, pattern="2:4", rows=4, cols=2),
    "array.multiply.gemm": _call("ints ints pattern int int int int ints", a=X, b=X.T, pattern="2:4", rows=4, cols=2,
                                 beta=1, rows_per_block=1, c=np.zeros((2, 2), np.int64)),
    "array.schedule.starts": _call("ints int", lengths=np.array([3, 4]), pe_rows=4),
    "array.schedule.cycles": _call("int int int pattern int int int int int", **SIZES, pattern="2:4", rows=4, cols=2,
                                   alpha=1, beta=1, stages=0),
    "array.schedule.ideal_cycles": _call("int int int pattern int int", **SIZES, pattern="2:4", rows=4, cols=2),
    "metadata.encode": _call("real choice choice flag", dense=np.tile(X, 4), dtype="int8", encoding="index",
                             strict=False),
    "metadata.decode": _call("real ints choice choice", values=np.tile(X, 2), words=np.full((2, 1), 0x44444444),
                             dtype="int8", encoding="index"),
    "metadata.reorder_offsets": _call("int int int", rows=32, cols=2, word_bits=16),
    "metadata.sas_metadata": _call("real", x=X),
    "metadata.discover_reorder": _call("- - choice", compress=_stored, shape=(2, 8), dtype="tf32"),
    "mvue.inclusion": _call("real pattern", x=X, pattern="2:4"),
    "mvue.variance": _call("real pattern", x=X, pattern="2:4"),
    "mvue.pair_probabilities": _call("real", x=WIDE),
    "mvue.approx_inclusion": _call("real", x=X),
    "mvue.approx_variance": _call("real", x=X),
    "mvue.variance_ratio_scan": _call("number", step=0.25),
    "mvue.sample_1_2": _call("real floats", x=X, u=U),
    "mvue.sample_2_4": _call("real floats", x=X, u=U[:, :2]),
    "mvue.sample_approx_2_4": _call("real floats", x=X, u=np.full((2, 2, 2), 0.25)),
    "mvue.greedy_1_2": _call("real", x=X),
    "mvue.biased_1_2": _call("real floats", x=X, u=U),
    "mvue.uniform_1_2": _call("real floats", x=X, u=U),
    "mvue.unbiased_1_2": _call("real floats", x=X, u=U),
    "pattern.table2": _call("int - int", m=8, supported=(1, 2, 4), max_terms=2),
    "prune.topn_mask": _call("real pattern", x=X, pattern="2:4"),
    "prune.transposable_mask": _call("real pattern choice", x=np.tile(X, (2, 1)), pattern="2:4", method="optimal"),
    "prune.compress": _call("real pattern", x=X, pattern="2:4"),
    "prune.decompress": _call("real ints pattern", values=X[:, :4].reshape(2, 2, 2),
                              indices=np.tile([0, 1], (2, 2, 1)), pattern="2:4"),
    "prune.sr_ste_grad": _call("real real bools number", grad=X, weight=X, mask=MASK, decay=0.5),
    "prune.expected_macs": _call("pattern", pattern="2:4"),
    "quant.quantize_symmetric": _call("real int number", x=X, bits=8, scale=0.5),
    "quant.quantize_asymmetric": _call("real int", x=X, bits=8),
    "quant.sawb_clip": _call("real int", x=X, bits=4),
    "quant.bops": _call("number int int number number", macs=10, weight_bits=4, activation_bits=4, weight_density=0.5,
                        activation_density=0.5),
    "quant.dequantize": _call("ints number int", q=X, scale=0.5, zero_point=0),
    "quant.matmul": _call("ints ints flag", a=X, b=X.T, saturate=False),
    "quant.narrow": _call("ints int flag", x=X, bits=8, saturate=False),
    "quant.rounding_shift": _call("ints ints", x=X, shift=np.full(8, 1)),
    "quant.requantize": _call("ints ints ints int", acc=X, multiplier=np.full(8, 3), shift=np.full(8, 1), bits=8),
    "quant.multiplier_and_shift": _call("number int", scale=0.5, bits=16),
    "sas.sign_index": _call("real int int", x=X, bits=2, axis=-1),
    "sas.project": _call("real int int choice flag", x=X, bits=1, axis=-1, layout="interleaved", magnitude=False),
    "sas.matmul": _call("real real int", weight=np.ones((3, 2, 2), np.int8), x=X, bits=1),
    "sas.conv2d": _call("real real int int", x=X.reshape(1, 2, 2, 4), weight=np.ones((1, 2, 2, 1, 1), np.int8),
                        bits=1, padding=0),
    "sas.conv2d_backward": _call("real real real int int", grad_y=np.ones((1, 1, 2, 4), np.int8),
                                 x=X.reshape(1, 2, 2, 4), weight=np.ones((1, 2, 2, 1, 1), np.int8), bits=1, padding=0),
    "sas.sws_width": _call("int int", channels=8, m=4),
    "sas.sws_multiplies": _call("int int int", c_in=8, c_out=8, m=4),
    "sas.trajectory_length": _call("- real", network=lambda points: points, points=X),
    "srigl.cosine_fraction": _call("number number number", alpha=0.5, step=1, t_end=4),
    "srigl.erk_densities": _call("- number", shapes=[(4, 4)], density=0.5),
    "srigl.constant_fan_in_step": _call("real real bools number number number flag", weight=X, grad=X, mask=MASK,
                                        density=0.5, fraction=0.25, gamma=0.5, ablation=True),
    "srigl.itop_rate": _call("-", masks=[MASK]),
    "srigl.condense": _call("real bools", weight=X, mask=np.ones((2, 8), bool)),
    "srigl.condensed_matmul": _call("real ints real", values=X[:, :2], indices=np.tile([0, 1], (2, 1)), v=X),
    "srigl.flops": _call("- - int", layers=[((4, 4), 1)], densities=[0.5], delta_t=100),
    "tasd.decompose": _call("real series", a=X, series="2:4"),
    "tasd.approximate": _call("real series", a=X, series="2:4"),
    "tasd.matmul": _call("real real series", a=X, b=X.T, series="2:4"),
    "tasd.dropped": _call("real series", a=X, series="2:4"),
    "tasd.expected_dropped": _call("number series", density=0.5, series="2:4"),
    "tasd.relative_error": _call("real real series", a=X, b=X.T, series="2:4"),
    "tasd.pseudo_density": _call("real number", x=X, q=0.5),
    "tasder.network_wise": _call("- - - number", layers=[X], configs=["2:4"], quality=lambda _: 1, threshold=0.5),
    "tasder.select_weights": _call("- - - number", layers=[X], configs=["2:4"], quality=lambda _: 1, threshold=0.5),
    "tasder.select_activation": _call("number - number", sparsity=0.5, configs=["2:4"], alpha=0.0),
    "tasder.calibrate": _call("- number", activations=X, q=0.5),
    "variance.bernoulli": _call("int number", n=8, k=2),
    "variance.constant_per_layer": _call("int number", n=8, k=2),
    "variance.constant_fan_in": _call("int int", n=8, k=2),
    **{f"variance.sample_{kind}": _call(f"int {k} int -", n=8, k=2, trials=2, rng=RNG) for kind, k in
       (("bernoulli", "number"), ("constant_per_layer", "number"), ("constant_fan_in", "int"))},
    "units.condensed.arranged": _call("ints int", entries=X, lanes=2),
    "units.condensed.streamed": _call("ints ints ints int int flag", values=X[:, :2], columns=np.tile([0, 1], (2, 1)),
                                      x=X[0], lanes=2, acc_width=32, signed=True),
    "units.condensed.cycles": _call("int int int", n=2, k=2, lanes=2),
    "units.condensed.schedule": _call("- int int", jobs=[(4, 2, 2)], lanes=2, load=2),
    "units.decompress.is_nibble": _call("pattern choice", pattern="2:4", form="mask"),
    "units.decompress.decompressed": _call("ints ints pattern choice", values=X[:, :2], codes=np.tile([0, 1], (2, 1)),
                                           pattern="2:4", form="index"),
    "units.decompress.compressed": _call("ints pattern choice", blocks=WIDE, pattern="2:4", form="index"),
    "units.lfsr.stride": _call("int", width=8),
    "units.lfsr.leap": _call("int int", width=8, steps=3),
    "units.lfsr.advance": _call("int int int", state=1, width=8, steps=3),
    "units.lfsr.lane_seeds": _call("int int int", width=8, seed=1, lanes=2),
    "units.lfsr.numbers": _call("int int int", width=8, seed=1, count=4),
    "units.mvue.prune_1_2": _call("ints ints int", pairs=X.reshape(2, 4, 2), u=np.full((2, 4), 3), u_bits=8),
    "units.mvue.bias_bound": _call("ints int", pairs=X.reshape(2, 4, 2), u_bits=8),
    "units.mvue.sequence": _call("int int int int", u_bits=8, seed=1, lanes=2, beats=2),
    "units.mvue24.prune_2_4": _call("ints ints int", blocks=X.reshape(2, 2, 4), u=np.full((2, 2), 3), u_bits=8),
    "units.mvue24.bias_bound": _call("ints int", blocks=X.reshape(2, 2, 4), u_bits=8),
    "units.sas.streamed": _call("ints int int flag", x=X, bits=1, lanes=4, magnitude=False),
    "units.tasd.marks": _call("series int", series="2:4", m=4),
    "units.tasd.ranked": _call("ints ints", blocks=WIDE, marks=np.full(2, 2)),
    "units.tasd.streamed": _call("ints ints", blocks=WIDE, marks=np.full(2, 2)),
    "units.tasd.pool_units": _call("int int int", beats=2, blocks_per_cycle=2, units=4),
    "core.compressed_b.sizes": _call("-", core=CORE),
    "core.compressed_b.chunk_beats": _call("int int -", columns=2, blocks=2, core=CORE),
    "core.compressed_b.compress_chunk": _call("ints -", blocks=np.zeros((2, 2, 2), np.int8), core=CORE),
    "core.compute.tile": _call("- ints -", entries=ENTRIES, b=np.ones((4, 2), np.int8), core=CORE),
    "core.format.a_terms": _call("ints - int", a=np.ones((COLS, 4), np.int8), terms=(1,), m=2),
    "core.format.a_chunks": _call("- -", entries=ENTRIES, core=CORE),
    "core.format.b_chunks": _call("ints - flag", b=np.ones((4, 2), np.int8), core=CORE, compressed=False),
    "core.format.matrix_b": _call("ints -", b=np.ones((4, 2), np.int8), core=CORE),
    "core.format.beats": _call("- int", chunk=b"1234", bits=32),
    "core.output.codes": _call("ints - int int flag", sums=np.ones((2, COLS), np.int32), table=TABLE, width=8,
                               zero_point=0, relu=False),
    "core.output.raw_bytes": _call("ints", sums=np.ones((2, COLS), np.int32)),
    "core.output.series_bytes": _call("ints - int int", q=np.ones((2, COLS), np.int8), terms=(1,), m=2, width=8),
    "core.output.sas_bytes": _call("ints int int", q=np.ones((2, COLS), np.int8), m=2, width=8),
    "core.record.record_bits": _call("- int int", terms=(1,), m=2, width=8),
    "core.record.pack_records": _call("- int", fields=[(np.ones((2, 1), np.int64), 8)], bits=8),
    "core.record.signed_of": _call("ints", bits=np.ones((2, 8), np.uint8)),
}

# Functions of jobs, which `core.job.refusal` judges, and of bytes that the functions above made.
OTHERS = {
    "core.compressed_b.decompress_chunk", "core.compute.tile_of", "core.format.a_entries", "core.format.b_blocks",
    "core.descriptor.refusal", "core.descriptor.kept_after",
    "core.cycles.passes", "core.cycles.compute_cycles", "core.cycles.schedule",
    "core.drain_cycles.leaving", "core.drain_cycles.pace", "core.drain_cycles.predict",
}

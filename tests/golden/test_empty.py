"""Operands with a side of 0 give empty results, and sums of no terms are 0, in every function of golden."""

import numpy as np
import pytest

from tests.golden.front_door_calls import CALLS
from tests.golden.test_front_door import leaves, run

EMPTY = {
    "array.multiply.gemm": [{"a": (0, 8), "b": (8, 2)}, {"a": (2, 8), "b": (8, 0)}, {"a": (2, 0), "b": (0, 2)}],
    "tasd.matmul": [{"a": (0, 8), "b": (8, 2)}, {"a": (2, 8), "b": (8, 0)}, {"a": (2, 0), "b": (0, 2)}],
    "quant.matmul": [{"a": (0, 8), "b": (8, 2)}, {"a": (2, 8), "b": (8, 0)}, {"a": (2, 0), "b": (0, 2)}],
    "sas.matmul": [{"weight": (0, 2, 3), "x": (3, 4)}, {"weight": (2, 2, 0), "x": (0, 4)},
                   {"weight": (2, 2, 3), "x": (3, 0)}],
    "srigl.condense": [{"weight": (0, 8), "mask": (0, 8)}, {"weight": (2, 0), "mask": (2, 0)}],
    "srigl.condensed_matmul": [{"values": (0, 2), "indices": (0, 2), "v": (3, 8)},
                               {"values": (2, 0), "indices": (2, 0), "v": (3, 8)},
                               {"values": (2, 0), "indices": (2, 0), "v": (3, 0)},
                               {"values": (2, 2), "indices": (2, 2), "v": (0, 8)},
                               {"values": (2, 0), "indices": (2, 0), "v": (5, 0)}],
    "srigl.constant_fan_in_step": [{"weight": shape, "grad": shape, "mask": shape} for shape in ((0, 8), (2, 0))],
    **{name: [{"x": (0, 8)}, {"x": (2, 0)}] for name in (
        "prune.topn_mask", "prune.compress", "mvue.inclusion", "mvue.variance",
        "mvue.approx_inclusion", "mvue.approx_variance", "mvue.greedy_1_2", "metadata.sas_metadata", "sas.sign_index",
        "sas.project", "quant.quantize_symmetric", "quant.quantize_asymmetric", "quant.sawb_clip", "quant.narrow")},
    **{name: [{"a": (0, 8)}, {"a": (2, 0)}] for name in ("tasd.decompose", "tasd.approximate", "tasd.dropped",
                                                         "array.multiply.tile")},
    "prune.transposable_mask": [{"x": (0, 8)}, {"x": (4, 0)}],
    "tasd.relative_error": [{"a": (0, 8), "b": (8, 2)}, {"a": (2, 0), "b": (0, 2)}],
    "metadata.encode": [{"dense": (0, 32)}, {"dense": (2, 0)}],
    "metadata.decode": [{"values": (0, 16), "words": (0, 1)}, {"values": (2, 0), "words": (2, 0)}],
    "mvue.pair_probabilities": [{"x": (0, 4)}],
    "mvue.sample_1_2": [{"x": (0, 8), "u": (0, 4)}, {"x": (2, 0), "u": (2, 0)}],
    "mvue.sample_2_4": [{"x": (0, 8), "u": (0, 2)}, {"x": (2, 0), "u": (2, 0)}],
    "mvue.sample_approx_2_4": [{"x": (0, 8), "u": (0, 2, 2)}, {"x": (2, 0), "u": (2, 0, 2)}],
    "prune.decompress": [{"values": (0, 2, 2), "indices": (0, 2, 2)}, {"values": (2, 0, 2), "indices": (2, 0, 2)}],
    "sas.conv2d": [{"x": (0, 2, 2, 4)}, {"x": (1, 0, 2, 4), "weight": (1, 2, 0, 1, 1)}, {"weight": (0, 2, 2, 1, 1)}],
    "sas.conv2d_backward": [{"x": (0, 2, 2, 4), "grad_y": (0, 1, 2, 4)},
                            {"weight": (0, 2, 2, 1, 1), "grad_y": (1, 0, 2, 4)}],
    "units.tasd.ranked": [{"blocks": (0, 4), "marks": (0,)}],
    "units.tasd.streamed": [{"blocks": (0, 4), "marks": (0,)}],
    "units.decompress.compressed": [{"blocks": (0, 4)}],
    "units.decompress.decompressed": [{"values": (0, 2), "codes": (0, 2)}],
    "units.mvue.prune_1_2": [{"pairs": (0, 2), "u": (0,)}],
    "units.mvue24.prune_2_4": [{"blocks": (0, 4), "u": (0,)}],
    "array.schedule.starts": [{"lengths": (0,)}],
    "core.output.raw_bytes": [{"sums": (0, 4)}],
    "core.output.series_bytes": [{"q": (0, 4)}],
    "core.output.sas_bytes": [{"q": (0, 4)}],
    "core.format.b_chunks": [{"b": (0, 2)}, {"b": (4, 0)}],
    "core.compute.tile": [{"b": (4, 0)}],
}


@pytest.mark.parametrize("floats", [False, True], ids=["as given", "floats"])
@pytest.mark.parametrize("name, shapes", [(name, shapes) for name, rows in EMPTY.items() for shapes in rows])
def test_empty(name, shapes, floats):
    """No error, no NaN; zeros where a sum has no term."""
    call = CALLS[name]
    given = {argument: np.zeros(shape, np.float64 if floats and call.kinds[argument] == "real"
                                else np.asarray(call.arguments[argument]).dtype)
             for argument, shape in shapes.items()}
    if name == "array.multiply.gemm":
        given["c"] = None
    for leaf in leaves_of_numbers(run(name, **given)):
        assert not np.isnan(leaf).any()
    if name.endswith(("matmul", "gemm", "conv2d")):
        result = run(name, **given)
        assert not np.any(result[-1] if isinstance(result, tuple) else result)


def leaves_of_numbers(result):
    return [leaf.astype(float) for leaf in leaves(result) if leaf.dtype.kind in "iufb"]

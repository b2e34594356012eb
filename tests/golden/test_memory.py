"""What functions take beside their input and result: at most four times the input, all temporaries together."""

import tracemalloc

import numpy as np
import pytest

from tamis.golden import metadata, mvue, prune, quant, sas, srigl, tasd

RNG = np.random.default_rng(0)
X = RNG.standard_normal((1024, 1024)).astype(np.float32)
INT8 = RNG.integers(-128, 128, (1024, 2048)).astype(np.int8)
ONE, TWO = RNG.random((1024, 256)), RNG.random((1024, 256, 2))
CONDENSED = srigl.condense(X, X.argsort(axis=1).argsort(axis=1) < 102)
CALLS = {
    "mask": lambda x: prune.topn_mask(x, "2:4"),
    "mask by sorting": lambda x: prune.topn_mask(x, "20:64"),
    "compress": lambda x: prune.compress(x, "2:4"),
    "transposable": lambda x: prune.transposable_mask(x, "4:8"),
    "transposable, greedy": lambda x: prune.transposable_mask(x, "4:8", "greedy"),
    "decompose": lambda x: tasd.decompose(x, "4:8+1:8"),
    "dropped": lambda x: tasd.dropped(x, "4:8+1:8"),
    "pseudo-density": tasd.pseudo_density,
    "sign index": lambda x: sas.sign_index(x, 3),
    "project": lambda x: sas.project(x, 2),
    "inclusion": lambda x: mvue.inclusion(x, "2:4"),
    "variance": lambda x: mvue.variance(x, "2:4"),
    "exact 2:4": lambda x: mvue.sample_2_4(x, ONE),
    "approx 2:4": lambda x: mvue.sample_approx_2_4(x, TWO),
    "condensed": lambda x: srigl.condensed_matmul(*CONDENSED, x),
    "metadata": metadata.encode,
    "sas metadata": metadata.sas_metadata,
    "symmetric": quant.quantize_symmetric,
    "asymmetric": quant.quantize_asymmetric,
    "clip": quant.sawb_clip,
}
FIXED = 3 << 20  # bytes of the chunks that some work in, whatever the input


def size(result):
    if isinstance(result, np.ndarray):
        return result.nbytes
    return sum(map(size, result)) if isinstance(result, list | tuple) else 0


def taken(call, x):
    tracemalloc.start()
    result = call(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - size(result)


@pytest.mark.parametrize("name", CALLS)
def test_temporaries(name):
    assert taken(CALLS[name], X) < 4 * X.nbytes


NARROW = ["mask", "compress", "decompose", "pseudo-density", "sign index", "project", "symmetric"]


@pytest.mark.parametrize("name", NARROW)
def test_temporaries_of_narrow_integers(name):
    assert taken(CALLS[name], INT8) < 4 * INT8.nbytes + FIXED

"""Every public function of golden, given every kind of strange operand: the right result, or one line that names it."""

import importlib
import inspect
import pkgutil
from dataclasses import is_dataclass

import numpy as np
import pytest

import tamis.golden
from tamis.golden.pattern import Pattern, Series
from tests.golden.front_door_calls import CALLS, OTHERS

ml_dtypes = pytest.importorskip("ml_dtypes")

ARRAYS = {"real", "floats", "ints", "bools"}
CASES = [(name, argument, kind) for name, call in CALLS.items() for argument, kind in call.kinds.items()]
BFLOAT16 = ml_dtypes.bfloat16
FLOATS = ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3", "float4_e2m1fn")
OPTIONAL = {("array.multiply.gemm", "c"), ("metadata.encode", "dtype"), ("metadata.decode", "dtype"),
            ("quant.quantize_symmetric", "scale")}


def public_functions():
    """{dotted name below tamis.golden: function} of every module without a leading underscore."""
    found = {}
    for module in pkgutil.walk_packages(tamis.golden.__path__, "tamis.golden."):
        short = module.name.removeprefix("tamis.golden.")
        if any(part.startswith("_") for part in short.split(".")):
            continue
        names = vars(importlib.import_module(module.name))
        found |= {f"{short}.{name}": value for name, value in names.items()
                  if inspect.isfunction(value) and value.__module__ == module.name and not name.startswith("_")}
    return found


FUNCTIONS = public_functions()


def run(name, **changes):
    return FUNCTIONS[name](**CALLS[name].arguments | changes)


def refused(name, argument, value):
    """The call with that value must be refused, in one line that begins with a name of an argument."""
    with pytest.raises((TypeError, ValueError)) as caught:
        run(name, **{argument: value})
    check_message(str(caught.value), argument)


def check_message(message, argument):
    assert "\n" not in message and len(message) < 300, message
    first = message.split()[0].split("[")[0]
    assert first == argument, message


def same(a, b):
    if is_dataclass(a):
        same(list(vars(a).values()), list(vars(b).values()))
    elif isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, (np.ndarray, np.generic)):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    else:
        assert a == b


def cases(*kinds):
    chosen = [case for case in CASES if case[2] in kinds]
    return pytest.mark.parametrize("name, argument, kind", chosen, ids=[f"{n}-{a}" for n, a, _ in chosen])


def test_no_function_is_forgotten():
    assert set(FUNCTIONS) == set(CALLS) | OTHERS


def test_the_calls_name_real_arguments():
    for name, call in CALLS.items():
        assert set(call.arguments) <= set(inspect.signature(FUNCTIONS[name]).parameters), name


@pytest.mark.parametrize("name", list(CALLS))
def test_legal(name):
    run(name)


@cases(*ARRAYS)
def test_no_array_of_numbers(name, argument, kind):
    good = np.asarray(CALLS[name].arguments[argument])
    for bad in (np.ma.masked_array(good, mask=np.zeros(good.shape, bool)), good.astype(object), good.astype(str),
                good.astype(complex), [[1, 2], [3]], object(), {"a": 1}, good.astype("datetime64[s]")):
        refused(name, argument, bad)


@cases("real", "floats", "ints")
def test_no_bools(name, argument, kind):
    refused(name, argument, np.ones(np.shape(CALLS[name].arguments[argument]), bool))


@cases("ints", "bools")
def test_no_floats(name, argument, kind):
    good = np.asarray(CALLS[name].arguments[argument])
    for dtype in (np.float64, np.float32, BFLOAT16):
        refused(name, argument, good.astype(dtype))


@cases("real", "floats")
def test_finite(name, argument, kind):
    if name == "prune.decompress" or name == "metadata.decode":
        pytest.skip("moves values and computes nothing: what was compressed comes back")
    for strange in (np.nan, np.inf, -np.inf):
        for dtype in (np.float64, np.float16, BFLOAT16):
            bad = np.array(CALLS[name].arguments[argument], dtype)
            bad.flat[-1] = strange
            refused(name, argument, bad)


@cases("real")
@pytest.mark.parametrize("dtype", FLOATS)
def test_small_floats(name, argument, kind, dtype):
    """As float32, to the bit; where a result keeps the caller's dtype, in that dtype."""
    good = np.asarray(CALLS[name].arguments[argument])
    small = good.astype(np.float32).astype(getattr(ml_dtypes, dtype))
    got = run(name, **{argument: small})
    expected = run(name, **{argument: small.astype(np.float32)})
    for g, e in zip(leaves(got), leaves(expected), strict=True):
        if e.dtype == np.float32 and g.dtype == small.dtype:
            assert (g.astype(np.float32) == e).all()
        else:
            assert g.dtype == e.dtype
            same(g, e)


KEEPERS = {"prune.compress": "x", "prune.decompress": "values", "tasd.decompose": "a", "tasd.approximate": "a",
           "sas.project": "x", "srigl.condense": "weight", "metadata.encode": "dense", "metadata.decode": "values"}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name, argument", KEEPERS.items())
def test_the_dtype_is_kept(name, argument, dtype):
    small = np.asarray(CALLS[name].arguments[argument]).astype(np.float32).astype(getattr(ml_dtypes, dtype))
    assert leaves(run(name, **{argument: small}))[0].dtype == small.dtype


def leaves(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in leaves(part)]
    return [np.asarray(result)]


SIGNED_ZERO = {"sas.sign_index", "sas.project", "sas.matmul", "sas.conv2d", "sas.conv2d_backward",
               "metadata.sas_metadata"}  # defined on sign bits, that of -0.0 included


@cases("real")
@pytest.mark.parametrize("dtype", [np.float32, np.float16, BFLOAT16], ids=["float32", "float16", "bfloat16"])
def test_negative_zero_is_zero(name, argument, kind, dtype):
    if name in SIGNED_ZERO and argument == "x":
        pytest.skip("the projection is defined on sign bits")
    good = np.asarray(CALLS[name].arguments[argument]).astype(np.float32)
    positive, negative = good + 0.0, np.where(good == 0, np.float32(-0.0), good)
    same(run(name, **{argument: negative.astype(dtype)}), run(name, **{argument: positive.astype(dtype)}))


@cases("pattern")
def test_patterns(name, argument, kind):
    same(run(name, **{argument: Pattern.parse(CALLS[name].arguments[argument])}), run(name))
    for bad in (24, None, "2-4", "4:2", "0:4", "", (2, 4), 2.5, np.array([2, 4]), b"2:4"):
        refused(name, argument, bad)


@cases("series")
def test_series(name, argument, kind):
    text = CALLS[name].arguments[argument]
    for value in (Pattern.parse(text), Series.parse(text)):
        same(run(name, **{argument: value}), run(name))
    for bad in (24, None, (2, 4), 2.5, np.array([2, 4]), b"2:4"):
        refused(name, argument, bad)
    for bad in ("2-4", "4:2", "2:4+", ""):
        with pytest.raises(ValueError, match=r"^(pattern|series) must be .*\Z"):
            run(name, **{argument: bad})


@cases("int")
def test_ints(name, argument, kind):
    for bad in (2.0, "2", None, True, 1j, np.array([2, 2]), np.nan):
        refused(name, argument, bad)


@cases("number")
def test_numbers(name, argument, kind):
    for bad in ("0.5", True, 1j, np.nan, np.inf, 10**400, np.array([0.5, 0.5]), BFLOAT16(np.nan)):
        refused(name, argument, bad)
    if (name, argument) not in OPTIONAL:
        refused(name, argument, None)


@cases("flag")
def test_flags(name, argument, kind):
    same(run(name, **{argument: np.False_}), run(name, **{argument: False}))
    for bad in (1, 0, "no", None, np.array([True, False])):
        refused(name, argument, bad)


@cases("choice")
def test_choices(name, argument, kind):
    for bad in ("nonsense", 3, True, np.array(["a", "b"]), b"index"):
        refused(name, argument, bad)


@cases(*ARRAYS)
def test_shapes(name, argument, kind):
    """An operand of seven dimensions of odd length fits nowhere but where any shape is legal."""
    good = np.asarray(CALLS[name].arguments[argument])
    odd = np.zeros((1, 1, 1, 1, 1, 1, 7), good.dtype)
    try:
        run(name, **{argument: odd})
    except (TypeError, ValueError) as error:
        message = str(error)
        assert "\n" not in message
        assert message.split()[0] in inspect.signature(FUNCTIONS[name]).parameters, message


SEQUENCES = [("tasder.calibrate", "activations"), ("tasder.network_wise", "layers"),
             ("tasder.network_wise", "configs"), ("tasder.select_weights", "layers"),
             ("tasder.select_weights", "configs"), ("tasder.select_activation", "configs"),
             ("srigl.itop_rate", "masks"),
             ("srigl.flops", "layers"), ("srigl.flops", "densities"), ("srigl.erk_densities", "shapes"),
             ("units.condensed.schedule", "jobs"), ("metadata.discover_reorder", "shape")]


@pytest.mark.parametrize("name, argument", SEQUENCES)
def test_sequences(name, argument):
    for bad in (5, "text", None, [None], [[None]], [], [np.ma.masked_array([1.0, 2.0], [0, 1])], np.array(5)):
        if name in ("units.condensed.schedule", "srigl.flops") and isinstance(bad, list) and not bad:
            continue  # no jobs, no layers: legal
        with pytest.raises((TypeError, ValueError)) as caught:
            run(name, **{argument: bad})
        assert str(caught.value).startswith(argument), caught.value
        assert "\n" not in str(caught.value)

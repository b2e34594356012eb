"""The driver's arguments: each illegal one is refused in one line, before the bus is touched."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tamis.golden.core.descriptor import WIDTHS, Job, refusal
from tamis.hdl.core.config import RAW, SAS, SERIES, CoreConfig
from tamis.host.bus import Look
from tamis.host.driver import CompressedB, Driver, Operand, Output, Step, plan
from tamis.testbench.core.draws import draw, refused

CORE = CoreConfig.preset("small-n:4")
A, B = np.array([[1, -2, 3, 4, 5]]), np.ones((5, 3), int)


class Untouched:
    """A bus that must not be used."""

    async def read(self, offset: int) -> int:
        raise AssertionError("read")

    async def write(self, offset: int, value: int) -> None:
        raise AssertionError("written")

    async def arm(self, size: int, look: Look) -> None:
        raise AssertionError("armed")

    async def transfer(self, a: Sequence[bytes], b: Sequence[bytes], look: Look) -> None:
        raise AssertionError("sent")

    async def poll(self) -> bytes | None:
        raise AssertionError("polled")


def gemm(a: Any = A, b: Any = B, output: Output | None = None, *, terms: Any = (4,), core: CoreConfig = CORE) -> None:
    """The whole way of a user."""
    asyncio.run(Driver(Untouched(), core).gemm(Operand.compress(a, terms, core), b, output))


def with_value(x: np.ndarray, value: Any) -> np.ndarray:
    """The matrix with that value at [0, 1], in a type that holds it."""
    found = x.astype(type(value))
    found[0, 1] = value
    return found


def scaled(mode: int = SERIES, terms: Any = (4,), j: int = 3, **fields: Any) -> Output:
    """A legal output but for `fields`."""
    return replace(Output(mode, terms, np.zeros(j, int), np.full(j, 1 << 14), np.full(j, 20)), **fields)


BAD: dict[str, tuple[Callable[[], None], str]] = {
    "a 200": (lambda: gemm(with_value(A, 200)), r"a must be from -128 to 127, not 200 at \[0, 1\]"),
    "a -129": (lambda: gemm(with_value(A, -129)), r"a must be from -128 to 127, not -129 at \[0, 1\]"),
    "a 0.7": (lambda: gemm(with_value(A, 0.7)), "a must hold integers, not float64"),
    "a NaN": (lambda: gemm(with_value(A, float("nan"))), "a must hold integers, not float64"),
    "a bools": (lambda: gemm(A > 0), "a must hold integers"),
    "a masked": (lambda: gemm(np.ma.masked_equal(A, 3)), "a must not be a masked array"),
    "a without rows": (lambda: gemm(A[:0]), r"a must have at least one row and one column, not shape \(0, 5\)"),
    "a without columns": (lambda: gemm(A[:, :0], B[:0]), r"a must have at least one .*, not shape \(1, 0\)"),
    "a vector": (lambda: gemm(A[0]), r"a must have 2 dimensions, not shape \(5,\)"),
    "a not compressed": (lambda: asyncio.run(Driver(Untouched(), CORE).gemm(A, B)),  # type: ignore[arg-type]
                         "a must be an Operand .*, not ndarray"),
    "b 200": (lambda: gemm(b=with_value(B, 200)), r"b must be from -128 to 127, not 200 at \[0, 1\]"),
    "b 0.7": (lambda: gemm(b=with_value(B, 0.7)), "b must hold integers, not float64"),
    "b NaN": (lambda: gemm(b=with_value(B, float("nan"))), "b must hold integers, not float64"),
    "b empty": (lambda: gemm(b=B[:, :0]), r"b must have at least one .*, not shape \(5, 0\)"),
    "b compressed 200": (lambda: gemm(b=CompressedB(with_value(B, 200))), "b must be from -128 to 127, not 200"),
    "b not N:M": (lambda: gemm(b=CompressedB(B)), "b must have at most 2 non-zeros"),
    "b transposed": (lambda: gemm(A[:, :4], np.ones((2, 4), int)), r"b must have K = 4 rows, not shape \(2, 4\)"),
    "b of whole blocks": (lambda: gemm(b=np.ones((8, 3), int)), r"b must have K = 5 rows, not shape \(8, 3\)"),
    "four terms": (lambda: gemm(terms=(1, 1, 1, 1)), r"terms must be one to 3 integers, not \(1, 1, 1, 1\)"),
    "no term": (lambda: gemm(terms=()), r"terms must be one to 3 integers, not \(\)"),
    "term 3": (lambda: gemm(terms=(3,)), r"terms must each be one of 1, 2, 4, .*, not \(3,\)"),
    "term 0": (lambda: gemm(terms=(1, 0)), r"terms\[1\] must be from 1 to 4, not 0"),
    "term 1.0": (lambda: gemm(terms=(1.0,)), r"terms\[0\] must be an int, not 1.0"),
    "terms (4, 4, 1)": (lambda: gemm(terms=(4, 4, 1)), r"terms must be at most M = 4 together, not \(4, 4, 1\)"),
    "terms of text": (lambda: gemm(terms="4"), "terms must be a tuple .*, not '4'"),
    "shift 64": (lambda: gemm(output=scaled(shift=np.full(3, 64))), r"output.shift must be from 0 to 62, not 64"),
    "shift -1": (lambda: gemm(output=scaled(shift=np.full(3, -1))), r"output.shift must be from 0 to 62, not -1"),
    "bias 0.5": (lambda: gemm(output=scaled(bias=np.full(3, 0.5))), "output.bias must hold integers, not float64"),
    "bias 2^31": (lambda: gemm(output=scaled(bias=np.full(3, 1 << 31))), "output.bias must be from .*, not 2147483648"),
    "multiplier short": (lambda: gemm(output=scaled(multiplier=np.ones(2, int))),
                         "output.multiplier must hold an integer for each of the 3 columns of b, not 2"),
    "no multiplier": (lambda: gemm(output=scaled(multiplier=None)), "output.multiplier must hold .*, not None"),
    "bias of raw": (lambda: gemm(output=Output(bias=np.zeros(3, int))), "output.bias must be None for mode RAW"),
    "mode 3": (lambda: gemm(output=scaled(3)), "output.mode must be one of 0, 1, 2, not 3"),
    "four output terms": (lambda: gemm(output=scaled(terms=(1, 1, 1, 1))), "output.terms must be one to 3 integers"),
    "output terms of SAS": (lambda: gemm(output=scaled(SAS)), r"output.terms must be \(\) unless .*, not \(4,\)"),
    "output terms beyond M": (lambda: gemm(output=scaled(terms=(4, 1))), "output.terms must be at most M = 4 together"),
    "zero point 128": (lambda: gemm(output=scaled(zero_point=128)), "output.zero_point must be from -128 to 127"),
    "relu 2": (lambda: gemm(output=scaled(relu=2)), "output.relu must be a bool, not 2"),
    "too few channels for SAS": (lambda: gemm(b=B[:, :1], output=scaled(SAS, (), 1)),
                                 "step 0 of 2|step 1 of 2: the core refuses mode = 2, .* with code 5"),
    "K beyond the field": (lambda: gemm(np.ones((1, 4 << 16), int), np.ones((4 << 16, 1), int), terms=(1,)),
                           "step 0 of 1: blocks must be from 0 to 65535, not 65536"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused_before_a_byte_leaves(case: str) -> None:
    call, message = BAD[case]
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_ends_of_every_range_are_legal() -> None:
    a, b = np.array([[-128, 127, 0, 5]]), np.array([[-128], [127], [0], [5]])
    ends = scaled(j=1, bias=np.array([-1 << 31]), multiplier=np.array([(1 << 15) - 1]), shift=np.array([62]),
                  zero_point=-128)
    assert len(plan(Operand.compress(a, (4,), CORE), b, CORE, ends)) == 2
    assert len(plan(Operand.compress(a.tolist(), [2, 1], CORE), b.tolist(), CORE)) == 1


def test_an_operand_of_another_core() -> None:
    a = Operand.compress(A, (4,), CoreConfig.parse({"array": {"patterns": "4:4", "rows": 8, "cols": 4}}))
    with pytest.raises(ValueError, match=r"step 0 of 1: a must have chunks of \[64\] bytes for this core, not \[32\]"):
        plan(a, B, CORE)


def test_every_refusal_is_asked_of_golden() -> None:
    """What `refusal` refuses, the driver does not send; whatever the fields."""
    rng = np.random.default_rng(0)
    jobs = refused(rng, CORE, 40)
    for job, code in jobs:
        with pytest.raises(ValueError, match=rf"step 0 of 1: (the core refuses .* with code {code};|\w+ must be)"):
            asyncio.run(Driver(Untouched(), CORE).run([Step(job, [], [])]))
    assert {code for _, code in jobs} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("field", WIDTHS)
def test_a_field_that_a_descriptor_would_cut(field: str) -> None:
    """A value of one more bit, whose lower bits are legal."""
    job = Job(columns=4, blocks=1, n0=4)
    cut = replace(job, **{field: getattr(job, field) + (1 << WIDTHS[field])})
    assert cut.pack() >> sum(WIDTHS.values()) == 0 and refusal(job, CORE) == 0
    with pytest.raises(ValueError, match=rf"step 0 of 1: {field} must be from"):
        asyncio.run(Driver(Untouched(), CORE).run([Step(cut, [], [])]))


def test_b_kept_is_followed() -> None:
    """b_reuse is legal after b_keep of as many chunks, and not once the kept chunks are gone."""
    steps = plan(Operand.compress(np.ones((3 * CORE.array.cols, 4), int), (4,), CORE), np.ones((4, 2), int), CORE)
    assert [(s.job.b_reuse, s.job.b_keep) for s in steps] == [(0, 1), (1, 1), (1, 0)]
    with pytest.raises(ValueError, match=r"step 3 of 4: the core refuses b_reuse = 1, .* with code 4"):
        asyncio.run(Driver(Untouched(), CORE).run([*steps, steps[2]]))


@pytest.mark.parametrize("name", ["a", "b"])
def test_streams_of_another_length(name: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b, output = draw(rng, CORE)
        steps = plan(a, b, CORE, output)
        last = steps[-1] if getattr(steps[-1], name) else steps[0]
        with pytest.raises(ValueError, match=rf"{name} must have chunks of"):
            asyncio.run(Driver(Untouched(), CORE).run([replace(steps[0], **{name: [b"x", *getattr(last, name)]})]))


def test_raw_is_the_default() -> None:
    assert Output().mode == RAW

"""``python -m bench.core.convolution``: two layers on the default core's RTL, a 3 x 3 convolution of SAS activations.

The first layer is 1 x 1 and leaves SAS 1:8, eight times as wide; im2col gathers its records as they came out
(`host.im2col`); the second is the convolution, whose every sum is that of `golden.sas.conv2d`. Beside it the same
convolution of the same width, dense. Markdown on standard output.
"""

import numpy as np

from bench.core.measure import forecast, measure, raw_jobs
from tamis.golden import sas
from tamis.golden.core import format
from tamis.hdl.core.config import SAS, CoreConfig
from tamis.host import im2col
from tamis.host.driver import Operand, Output, assemble, plan

IMAGE, INPUTS, CHANNELS, OUTPUTS, WINDOW, PADDING = (1, 14, 14), 16, 16, 64, (3, 3), 1
KEEPS = {"b_slots": 16}  # B's buffer, if all of this convolution's weights are to stay in it


def codes(operand, core, image):
    """(B, C, H, W): the values of SAS records, and their indices."""
    parts = [format.a_entries(chunks, operand.terms, core)[0] for chunks in operand.tiles]
    values, indices = (np.concatenate([part[k] for part in parts])[:operand.rows, :, 0] for k in range(2))
    return tuple(x.reshape(*image, -1).transpose(0, 3, 1, 2) for x in (values, indices))


def run(core, image, inputs, channels, outputs, window=WINDOW, padding=PADDING, seed=0):
    """[Measured] of both layers; AssertionError if a sum is not golden's."""
    rng, pixels, bits = np.random.default_rng(seed), int(np.prod(image)), core.m.bit_length() - 1
    a = Operand.compress(rng.integers(-128, 128, (pixels, inputs)), (core.m,), core)
    b = rng.integers(-128, 128, (inputs, channels))
    output = Output(SAS, bias=rng.integers(-999, 999, channels), multiplier=np.full(channels, 1 << 14),
                    shift=np.full(channels, 23))
    first = measure(core, plan(a, b, core, output))
    between = assemble(first.tiles, a, channels, core, output)
    x, index = codes(between, core, image)
    assert (index == sas.sign_index(x, bits, axis=1)).all(), "what came out is no SAS activation"

    weight = rng.integers(-128, 128, (outputs, core.m, channels, *window))
    wide = im2col.gather(between, core, image, window, padding)
    second = measure(core, plan(wide, im2col.kernel(weight), core))
    found = assemble(second.tiles, wide, outputs, core, Output())
    right = sas.conv2d(x, weight, bits, padding)
    assert (found.T.reshape(outputs, -1) == right.swapaxes(0, 1).reshape(outputs, -1)).all(), "not golden.sas.conv2d"
    return first, second


def main():
    core = CoreConfig.preset("default")
    seen = run(core, IMAGE, INPUTS, CHANNELS, OUTPUTS)
    k = WINDOW[0] * WINDOW[1] * CHANNELS * core.m
    shape = int(np.prod(IMAGE)), k, OUTPUTS
    print(f"{core.summary}\n")
    print("| layer | A | cycles, RTL | predicted | array busy |\n|---|---|---|---|---|")
    for name, a, one in zip((f"1 x 1, {INPUTS} to {CHANNELS} channels", f"3 x 3, {CHANNELS} to {OUTPUTS}, of K = {k}"),
                            (f"{core.m}:{core.m}", f"SAS 1:{core.m}, gathered"), seen, strict=True):
        print(f"| {name} | {a} | {one.counters['CYCLES']:,} | {one.predicted.cycles:,} | {one.utilisation:.1%} |")
    for name, terms, fields in (("the same, dense", (core.m,), {}),
                                (f"SAS 1:{core.m}, {KEEPS['b_slots']} chunks of B", (1,), KEEPS),
                                (f"dense, {KEEPS['b_slots']} chunks of B", (core.m,), KEEPS)):
        other = CoreConfig.preset("default", **fields)
        whole = forecast(other, raw_jobs(other, shape, terms))
        print(f"| 3 x 3: {name} | {terms[0]}:{core.m} | - | {whole.cycles:,} | {whole.utilisation:.1%} |")


if __name__ == "__main__":
    main()

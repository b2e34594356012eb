"""``python -m bench.core.digits``: the digits network on the core's RTL, activations compressed from layer to layer.

A is the activations, an image per row of A; B the weights, as they are. Three ways: dense, TASD 4:8+1:8 of the same
network, and SAS 1:4, a network trained with SAS in place of ReLU. Every byte that leaves the core is compared with
the golden model. A Markdown table on standard output.
"""

import argparse
import tempfile
from dataclasses import dataclass

import numpy as np

from tamis.digits import sas
from tamis.digits.mlp import CLASSES, HIDDEN, PIXELS, WHITE, accuracy
from tamis.digits.network import load_images, load_weights, prune_and_quantise
from tamis.golden.quant import multiplier_and_shift, quantize_symmetric
from tamis.hdl.core.config import RAW, SAS, SERIES, CoreConfig
from tamis.hdl.emit import generate as emit
from tamis.host.driver import Output
from tamis.testbench.core import network
from tamis.testbench.run import simulators

MACS = 256
WIDE = {"a_bits": 512, "b_bits": 512, "c_bits": 512, "columns": 256, "b_slots": 8, "queue": 16}
CORES = {  # of the same number of MACs
    "dense": {"array": {"patterns": "1:1", "rows": 16, "cols": 16}, "out_lanes": 4} | WIDE,
    "tasd": {"array": {"patterns": "1:8,2:8,4:8,8:8", "rows": 8, "cols": 32}, "out_lanes": 8} | WIDE,
    "sas": {"array": {"patterns": "1:4,2:4,4:4", "rows": 16, "cols": 16}, "out_lanes": 4} | WIDE,
}


@dataclass(frozen=True)
class Case:
    """One network on one core: terms of the input, the layers, and the class biases that end it on the host."""

    name: str
    core: str
    terms: tuple
    layers: list
    bias: np.ndarray | None


def _scaled(bias, multiplier, shift, channels):
    return {"bias": bias, "multiplier": np.full(channels, multiplier), "shift": np.full(channels, shift)}


def relu_network(core, terms, out_terms):
    """The committed dense network, int8."""
    q = prune_and_quantise(load_weights(), "1:1")
    scaling = _scaled(q.bias1[:, 0], q.multiplier, q.shift, HIDDEN)
    hidden = Output(SERIES, out_terms, relu=True, **scaling)
    return Case("", core, terms, [network.Layer(q.w1.T, hidden), network.Layer(q.w2.T, Output())], q.bias2[:, 0])


def sas_network(core, bits=2):
    """A SAS-trained network, int8: w2 (CLASSES, M, HIDDEN) becomes (HIDDEN M, CLASSES), channel by channel."""
    images, labels = load_images("train")
    p = sas.train(images, labels, bits=bits, seed=0)
    w1, scale1 = quantize_symmetric(p.w1)
    w2, scale2 = quantize_symmetric(p.w2)
    acc_scale = scale1 / WHITE
    hidden_scale = float(np.abs(sas.hidden(p, images)).max()) / 127
    multiplier, shift = multiplier_and_shift(acc_scale / hidden_scale)
    scaling = _scaled(np.rint(p.b1 / acc_scale).astype(int), multiplier, shift, HIDDEN)
    wide = w2.transpose(2, 1, 0).reshape(-1, CLASSES)
    m = CoreConfig.parse(CORES[core]).m
    return Case("", core, (m,), [network.Layer(w1.T, Output(SAS, **scaling)), network.Layer(wide, Output(RAW))],
                np.rint(p.b2 / (hidden_scale * scale2)).astype(int))


def random_network(core, hidden, rng):
    """Of another width; cycles do not depend on the values."""
    w1, w2 = (rng.integers(-127, 128, shape) for shape in ((PIXELS, hidden), (hidden, CLASSES)))
    scaling = _scaled(np.zeros(hidden, int), 1 << 14, 22, hidden)
    return Case("", core, (1,), [network.Layer(w1, Output(SERIES, (1,), relu=True, **scaling)),
                                 network.Layer(w2, Output())], None)


def measure(case, images, labels):
    """(Result, accuracy or None) of a case on the RTL."""
    design = emit.generate(CoreConfig.parse(CORES[case.core]))
    with tempfile.TemporaryDirectory(prefix="tamis_") as folder:
        result = network.run(design, simulators.available()[0], folder, images, case.terms, case.layers)
    if case.bias is None:
        return result, None
    return result, accuracy(np.argmax(result.c + case.bias, axis=1), labels)


def cases():
    rng = np.random.default_rng(0)
    return {
        "dense": relu_network("dense", (1,), (1,)),
        "TASD 4:8+1:8": relu_network("tasd", (4, 1), (4, 1)),
        "dense, 256 wide": random_network("dense", 4 * HIDDEN, rng),
        "SAS 1:4, 64 channels, 256 wide": sas_network("sas"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help="of a network; default all")
    chosen = parser.parse_args().name
    images, labels = load_images("test")
    print("| network | core | cycles, layer by layer | all | predicted | accuracy | MACs busy | compared | cycles/s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, case in cases().items():
        if chosen and name not in chosen:
            continue
        result, right = measure(case, images, labels)
        core = CoreConfig.parse(CORES[case.core])
        print(f"| {name} | {core.array.pattern_text}, {core.array.rows}x{core.array.cols} | "
              f"{' + '.join(f'{c:,}' for c in result.cycles)} | {result.cycles.sum():,} | "
              f"{result.predicted.sum():,} | "
              f"{'-' if right is None else f'{right:.2%}'} | {result.busy.sum() / result.cycles.sum():.0%} | "
              f"{result.compared:,} bytes | {result.rate:,.0f} |", flush=True)


if __name__ == "__main__":
    main()

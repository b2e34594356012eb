"""The int8 network of the demo: pruned N:M, quantised, its hidden layer ready for the array.

    acc = A . B                      A = w1 (I, K) int8 N:M, B = pixels (K, J) int8, acc (I, J) int32: the RTL's part
    h   = requantize(ReLU(acc + bias1))                                                 int8
    class = argmax(w2 . h + bias2)                                                      int32

Pixels are 0 to 16 and enter as they are, so the input has no quantisation error at all. Weights take one symmetric
scale per tensor, biases the scale of their accumulators, and h the largest activation that the training part shows.

    weights = load_weights()
    images, labels = load_images()
    network = prune_and_quantise(weights, Pattern(2, 4))
    a, b = network.hidden_operands(images)
    accuracy(network.finish(matmul(a, b)), labels)      # or the RTL's accumulators in place of matmul
"""

from dataclasses import dataclass

import numpy as np

from tamis.digits import mlp
from tamis.digits.data import PARTS, load_digits
from tamis.digits.mlp import HIDDEN, WHITE, accuracy, pad_k
from tamis.digits.weights import PRUNED, WEIGHTS, Weights, load_weights
from tamis.golden.pattern import Pattern
from tamis.golden.quant import matmul, multiplier_and_shift, narrow, quantize_symmetric, requantize

__all__ = [
    "WEIGHTS", "QuantisedNetwork", "Weights", "accuracy", "float_accuracy", "load_images", "load_weights",
    "prune_and_quantise", "quantise",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class QuantisedNetwork:
    """An int8 network whose hidden weights are N:M along K, K = 64 zero-padded to a multiple of M.

    Attributes
    ----------
    pattern : Pattern
    w1 : (I = 64, K) int8
    bias1 : (I, 1) int32, in units of the hidden accumulators
    multiplier, shift : ints, the hidden accumulators' way to int8
    w2 : (10, I) int8
    bias2 : (10, 1) int32, in units of the second accumulators
    """

    pattern: Pattern
    w1: np.ndarray
    bias1: np.ndarray
    multiplier: int
    shift: int
    w2: np.ndarray
    bias2: np.ndarray

    def hidden_operands(self, images):
        """A (I, K) int8 and B (K, J) int8 of the hidden layer for images (J, 64) int8."""
        return self.w1, np.ascontiguousarray(pad_k(images, self.pattern.m).T)

    def finish(self, acc):
        """(J,) intp classes from the hidden accumulators (I, J), integers: the RTL's or ``matmul``'s of the operands.

        Sums wrap at 32 bits, so wrong accumulators give wrong classes and never an exception. Raises TypeError unless
        acc is integer, ValueError for another shape.
        """
        acc = np.asarray(acc)
        if acc.dtype.kind not in "iu":
            raise TypeError(f"acc must hold integers, not {acc.dtype}")
        if acc.ndim != 2 or acc.shape[0] != HIDDEN:
            raise ValueError(f"acc must have shape ({HIDDEN}, images), not {acc.shape}")
        active = np.maximum(_add(acc, self.bias1), 0)
        h = requantize(active, self.multiplier, self.shift)
        return np.argmax(_add(matmul(self.w2, h), self.bias2), axis=0)

    def predict(self, images):
        """(J,) intp classes of (J, 64) int8 images, every layer by the golden model."""
        return self.finish(matmul(*self.hidden_operands(images)))


def load_images(part="test", weights=None):
    """The "test" or "train" part: images (J, 64) int8 with pixels 0 to 16, labels (J,) int64; J = 360 or 1437.

    ``weights`` (default: the committed file) says which image belongs to which part. Raises ImportError without
    scikit-learn, ValueError for another part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be 'test' or 'train', not {part!r}")
    weights = load_weights() if weights is None else weights
    index = getattr(weights, f"{part}_index")
    images, labels = load_digits()
    return images[index], labels[index]


def float_accuracy(weights):
    """Test accuracy of the dense float network, from 0 to 1."""
    images, labels = load_images("test", weights)
    return accuracy(mlp.predict(weights.dense, images), labels)


def prune_and_quantise(weights, pattern):
    """The ``QuantisedNetwork`` of ``weights`` at ``pattern`` (a Pattern, or text such as "1:8").

    2:4 is committed ready pruned; every other pattern prunes and fine-tunes on the training part here, in half a
    second, deterministically; N = M quantises the dense network as it is.

    Raises
    ------
    TypeError, ValueError
        For an illegal pattern, or weights too large or too small for int8 arithmetic.
    ImportError
        Without scikit-learn.
    """
    pattern = Pattern.parse(pattern) if isinstance(pattern, str) else pattern
    images, labels = load_images("train", weights)
    if pattern == PRUNED:
        params = weights.pruned
    else:
        params = mlp.prune(weights.dense, pattern, images, labels, weights.seed)
    return quantise(params, pattern, images)


def quantise(params, pattern, images):
    """``Params`` already sparse in ``pattern`` as a ``QuantisedNetwork``; (J, 64) images calibrate the activations."""
    w1, scale1 = quantize_symmetric(pad_k(params.w1, pattern.m))
    w2, scale2 = quantize_symmetric(params.w2)
    acc_scale = scale1 / WHITE
    hidden_scale = float(mlp.hidden(params, images).max()) / 127 or 1.0
    bias1, bias2 = _bias(params.b1, acc_scale, "b1"), _bias(params.b2, hidden_scale * scale2, "b2")
    multiplier, shift = multiplier_and_shift(acc_scale / hidden_scale)
    return QuantisedNetwork(
        pattern=pattern,
        w1=w1,
        bias1=bias1,
        multiplier=multiplier,
        shift=shift,
        w2=w2,
        bias2=bias2,
    )


def _bias(b, scale, name):
    """(n, 1) int32 codes of biases b in units of ``scale``."""
    codes = np.rint(b.astype(np.float64) / scale)
    if np.abs(codes).max() > np.iinfo(np.int32).max:
        raise ValueError(f"{name} must fit in int32 in units of {scale:.3g}, not {b[np.abs(codes).argmax()]}")
    return codes.astype(np.int32)[:, np.newaxis]


def _add(acc, bias):
    return narrow(acc.astype(np.int64) + bias, 32, saturate=False)

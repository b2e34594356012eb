"""The float network: 64 pixels -> 64 hidden (ReLU) -> 10 classes, its training and its pruning, in numpy alone.

Everything computes in float64, so that two machines whose BLAS sums in another order still train the same network to
many digits, and is deterministic in its seed.
"""

from typing import NamedTuple

import numpy as np

from tamis.golden.pattern import Pattern
from tamis.golden.prune import topn_mask

PIXELS, HIDDEN, CLASSES = 64, 64, 10
WHITE = 16  # pixels are 0 to 16; the float network sees pixel / 16

EPOCHS, FINETUNE_EPOCHS, BATCH = 150, 60, 64
RATE, DECAY, SMOOTHING = 3e-3, 0.1, 0.1  # by 4-fold cross-validation in the training part; smoothing is worth 1 %
ADAM_MEAN, ADAM_SQUARE, ADAM_EPSILON = 0.9, 0.999, 1e-8


class Params(NamedTuple):
    """One network: w1 (HIDDEN, PIXELS) = (I, K), b1 (HIDDEN,), w2 (CLASSES, HIDDEN), b2 (CLASSES,); all float."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


def hidden(params, images):
    """(J, HIDDEN) activations of (J, PIXELS) images with pixels 0 to 16."""
    return np.maximum(images / WHITE @ params.w1.T + params.b1, 0)


def predict(params, images):
    """(J,) intp: the class of each (J, PIXELS) image; ties go to the lower class."""
    return np.argmax(hidden(params, images) @ params.w2.T + params.b2, axis=1)


def accuracy(predicted, labels):
    """Fraction of labels predicted, a float from 0 to 1."""
    return float(np.mean(predicted == labels))


def train(images, labels, seed):
    """A dense network from (J, PIXELS) images and (J,) labels, float64. About a second."""
    rng = np.random.default_rng(seed)
    w1 = rng.normal(0, np.sqrt(2 / PIXELS), (HIDDEN, PIXELS))
    w2 = rng.normal(0, np.sqrt(2 / HIDDEN), (CLASSES, HIDDEN))
    return fit(Params(w1, np.zeros(HIDDEN), w2, np.zeros(CLASSES)), images, labels, seed, EPOCHS)


def pad_k(x, m):
    """x with its last axis zero-padded to the next multiple of m."""
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, -x.shape[-1] % m)])


def prune(params, pattern, images, labels, seed):
    """The network with w1 pruned N:M along its input axis and every surviving weight fine-tuned, float64.

    A weight is kept for |w| times the standard deviation of its pixel (Wanda, arXiv 2306.11695, takes the norm): a
    large weight on a border pixel that is always blank carries nothing. The mask stays fixed while the survivors, and
    the dense second layer, train on. N = M has nothing to prune and returns the weights as they are.

    Parameters
    ----------
    params : Params, dense
    pattern : Pattern; where M does not divide K = 64, the last block is completed with zeros
    images : (J, PIXELS) pixels 0 to 16, the training part
    labels : (J,) 0 to 9
    seed : int
    """
    params = Params(*(p.astype(np.float64) for p in params))
    if pattern.n == pattern.m:
        return params
    mask = topn_mask(pad_k(params.w1 * images.std(axis=0), pattern.m), pattern)[:, :PIXELS]
    return fit(params, images, labels, seed, FINETUNE_EPOCHS, mask=mask)


def is_sparse(w, pattern: Pattern):
    """Whether no block of M along the last axis (zero-padded) holds more than N non-zeros."""
    blocks = pad_k(w, pattern.m).reshape(-1, pattern.m)
    return bool((np.count_nonzero(blocks, axis=1) <= pattern.n).all())


def fit(params, images, labels, seed, epochs, *, mask=True, gradients=None):
    """Adam with decoupled decay of the weights, cosine rate, smoothed cross-entropy; w1 is zero wherever mask is.

    params : a NamedTuple with a w1; gradients : of it, as `_gradients`, which is the default.
    """
    gradients = gradients or _gradients
    rng, x = np.random.default_rng(seed), images / WHITE
    targets = np.eye(CLASSES)[labels] * (1 - SMOOTHING) + SMOOTHING / CLASSES
    params = params._replace(w1=params.w1 * mask)
    mean, square = [[np.zeros_like(p) for p in params] for _ in range(2)]
    batches = -(-len(x) // BATCH)
    steps = epochs * batches
    for step in range(1, steps + 1):
        if (step - 1) % batches == 0:
            order = np.array_split(rng.permutation(len(x)), batches)
        batch = order[(step - 1) % batches]
        grads = gradients(params, x[batch], targets[batch])
        grads = grads._replace(w1=grads.w1 * mask)
        rate = RATE * (1 + np.cos(np.pi * step / steps)) / 2
        moved = []
        for p, g, m, s in zip(params, grads, mean, square, strict=True):
            m += (1 - ADAM_MEAN) * (g - m)
            s += (1 - ADAM_SQUARE) * (g * g - s)
            move = m / (1 - ADAM_MEAN**step) / (np.sqrt(s / (1 - ADAM_SQUARE**step)) + ADAM_EPSILON)
            moved.append(p - rate * (move + (DECAY * p if p.ndim > 1 else 0)))
        params = type(params)(*moved)
    return params


def _gradients(params, x, targets):
    """Gradients of the mean cross-entropy of softmax, for (J, PIXELS) x already in 0 to 1, as Params."""
    h = np.maximum(x @ params.w1.T + params.b1, 0)
    logits = h @ params.w2.T + params.b2
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    d = (p / p.sum(axis=1, keepdims=True) - targets) / len(x)
    dh = (d @ params.w2) * (h > 0)
    return Params(dh.T @ x, dh.sum(axis=0), d.T @ h, d.sum(axis=0))

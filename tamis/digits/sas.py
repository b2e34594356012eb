"""The digits network with SAS in place of ReLU: 64 pixels -> 64 hidden -> SAS 1:M, 64 M wide -> 10 classes.

The wide activation is never made: each hidden channel meets, of its M weights, the one that its sign bits choose
(sas-supplement, section A). Forward and backward are `golden.sas.conv2d` and `golden.sas.conv2d_backward`, of a 1x1
kernel on a 1x1 image.
"""

from typing import NamedTuple

import numpy as np

from tamis.digits.mlp import CLASSES, EPOCHS, HIDDEN, PIXELS, WHITE, fit
from tamis.golden import sas

__all__ = ["SASParams", "hidden", "predict", "train"]


class SASParams(NamedTuple):
    """w1 (HIDDEN, PIXELS), b1 (HIDDEN,), w2 (CLASSES, M, HIDDEN), b2 (CLASSES,); all float."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    @property
    def bits(self):
        return self.w2.shape[1].bit_length() - 1


def hidden(params, images):
    """(J, HIDDEN) channels of (J, PIXELS) images with pixels 0 to 16, before SAS."""
    return images / WHITE @ params.w1.T + params.b1


def predict(params, images):
    """(J,) intp: the class of each image."""
    return np.argmax(_logits(params, hidden(params, images)), axis=1)


def train(images, labels, *, bits, seed):
    """A network with M = 2^bits, float64, from (J, PIXELS) images and (J,) labels. Some ten seconds."""
    rng = np.random.default_rng(seed)
    params = SASParams(rng.normal(0, np.sqrt(2 / PIXELS), (HIDDEN, PIXELS)), np.zeros(HIDDEN),
                       rng.normal(0, np.sqrt(2 / HIDDEN), (CLASSES, 1 << bits, HIDDEN)), np.zeros(CLASSES))
    return fit(params, images, labels, seed, EPOCHS, gradients=_gradients)


def _image(x):
    return x[:, :, np.newaxis, np.newaxis]


def _logits(params, h):
    kernel = params.w2[..., np.newaxis, np.newaxis]
    return sas.conv2d(_image(h), kernel, params.bits)[:, :, 0, 0] + params.b2


def _gradients(params, x, targets):
    """Gradients of the mean cross-entropy of softmax, for (J, PIXELS) x already in 0 to 1."""
    h = x @ params.w1.T + params.b1
    logits = _logits(params, h)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    d = (p / p.sum(axis=1, keepdims=True) - targets) / len(x)
    dh, dw2 = sas.conv2d_backward(_image(d), _image(h), params.w2[..., np.newaxis, np.newaxis], params.bits)
    dh = dh[:, :, 0, 0]
    return SASParams(dh.T @ x, dh.sum(axis=0), dw2[..., 0, 0], d.sum(axis=0))

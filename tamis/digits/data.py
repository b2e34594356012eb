"""The 1,797 real handwritten digits that scikit-learn ships, and their split into training and test parts."""

import numpy as np

from tamis.digits.mlp import CLASSES, PIXELS, WHITE

IMAGES, TEST_PER_CLASS = 1797, 36
PARTS = {"train": IMAGES - TEST_PER_CLASS * CLASSES, "test": TEST_PER_CLASS * CLASSES}  # images in each


def load_digits():
    """All scans in the order of the data set: images (1797, 64) int8, pixels 0 to 16; labels (1797,) int64.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If what it ships is not this data set.
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError("the digits come with scikit-learn: pip install 'tamis[demo]'") from error
    images, labels = datasets.load_digits(return_X_y=True)
    if images.shape != (IMAGES, PIXELS) or images.min() < 0 or images.max() > WHITE:
        raise ValueError(f"digits must be ({IMAGES}, {PIXELS}) pixels from 0 to {WHITE}, not shape {images.shape}")
    return images.astype(np.int8), labels.astype(np.int64)


def split(labels, seed):
    """A stratified split of (1797,) labels: (train_index, test_index), int16, ascending, 36 of each class for test."""
    rng = np.random.default_rng(seed)
    test = [rng.permutation(np.flatnonzero(labels == c))[:TEST_PER_CLASS] for c in range(CLASSES)]
    test = np.sort(np.concatenate(test))
    train = np.setdiff1d(np.arange(len(labels)), test)
    return train.astype(np.int16), test.astype(np.int16)

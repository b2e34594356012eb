"""weights.npz: the trained network, data only (no pickle), about 40 kB.

=====================  ==============  ================================================
w1, b1, w2, b2         float32         the dense network, shapes as in ``mlp.Params``
w1_2_4, ..., b2_2_4    float32         the same, w1 pruned 2:4 and then fine-tuned
train_index            int16 (1437,)   images trained on, ascending
test_index             int16 (360,)    images held out, 36 of each digit, ascending
seed                   int64 ()        of the split and of the training
=====================  ==============  ================================================
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tamis.digits.data import IMAGES, PARTS
from tamis.digits.mlp import CLASSES, HIDDEN, PIXELS, Params, is_sparse
from tamis.golden.pattern import Pattern

WEIGHTS = Path(__file__).with_name("weights.npz")
PRUNED = Pattern(2, 4)  # the pattern whose fine-tuned weights are committed

LARGEST = 1000.0  # magnitude of any weight or bias; ours stay below 2
_SIZE_LIMIT = 1_000_000  # bytes of the file, and of each array in it
_WRITTEN = "an .npz written by tamis/digits/train.py"
_SHAPES = dict(zip(Params._fields, ((HIDDEN, PIXELS), (HIDDEN,), (CLASSES, HIDDEN), (CLASSES,)), strict=True))
_ENDINGS = {"dense": "", "pruned": "_2_4"}
_FIELDS = {
    **{name + end: (np.dtype(np.float32), shape) for end in _ENDINGS.values() for name, shape in _SHAPES.items()},
    **{f"{part}_index": (np.dtype(np.int16), (count,)) for part, count in PARTS.items()},
    "seed": (np.dtype(np.int64), ()),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """The content of weights.npz: ``dense`` and ``pruned`` (2:4) networks, the split, and the seed of both."""

    dense: Params
    pruned: Params
    train_index: np.ndarray
    test_index: np.ndarray
    seed: int


def save_weights(file, weights):
    """Write ``weights`` to the open binary ``file``, in the form that ``load_weights`` reads."""
    fields = {name: getattr(weights, name) for name in ("train_index", "test_index", "seed")}
    for attribute, end in _ENDINGS.items():
        fields |= {name + end: p for name, p in getattr(weights, attribute)._asdict().items()}
    np.savez_compressed(file, **{name: np.asarray(x, _FIELDS[name][0]) for name, x in fields.items()})


def load_weights(path=WEIGHTS):
    """The ``Weights`` in an .npz that train.py wrote.

    Raises
    ------
    ValueError
        One line that names the file, the field, its value and what is legal: for a missing, corrupt, pickled or
        oversized file, and for an array of another dtype or shape, out of range, not 2:4, or not a split.
    """
    path = Path(path)
    try:
        return _validated(_read(path))
    except ValueError as error:
        raise ValueError(f"weights file {str(path)!r}: {' '.join(str(error).split())}") from error


def _validated(fields):
    """``Weights`` of fields whose dtypes and shapes are legal."""
    for name, x in fields.items():
        low, high = _limits(name)
        bad = np.argwhere(~((x >= low) & (x <= high)))  # NaN is bad too
        if len(bad):
            place = tuple(int(i) for i in bad[0])
            where = f" at {list(place)}" if place else ""
            raise ValueError(f"{name} must be from {low} to {high}, not {x[place]}{where}")
    nets = {a: Params(*(fields[name + end] for name in Params._fields)) for a, end in _ENDINGS.items()}
    if not is_sparse(nets["pruned"].w1, PRUNED):
        raise ValueError(f"w1_2_4 must be {PRUNED} along its last axis, not denser")
    indices = {f"{part}_index": fields[f"{part}_index"] for part in PARTS}
    times = np.bincount(np.concatenate(list(indices.values())), minlength=IMAGES)
    if times.max() > 1:
        which = f"{times.argmax()} {times.max()} times"
        raise ValueError(f"train_index and test_index must hold each of 0 to {IMAGES - 1} once, not {which}")
    return Weights(**nets, **indices, seed=int(fields["seed"]))


def _limits(name):
    """Legal lowest and highest value of a field."""
    if name == "seed":
        return 0, np.iinfo(np.int64).max
    return (0, IMAGES - 1) if name.endswith("_index") else (-LARGEST, LARGEST)


def _read(path):
    """{field: array} of the .npz at path, each of its legal dtype and shape."""
    if not path.is_file():
        raise ValueError(f"file must be {_WRITTEN}, not missing")
    if path.stat().st_size > _SIZE_LIMIT:
        raise ValueError(f"file must take at most {_SIZE_LIMIT} bytes, not {path.stat().st_size}")
    field = "file"
    try:  # the zip and npy readers answer hostile bytes with almost any exception
        with np.load(path, allow_pickle=False) as archive:
            sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.zip.infolist()}
            fields = {}
            for field in _FIELDS:
                if sizes.get(field, 0) > _SIZE_LIMIT:
                    raise ValueError(f"{sizes[field]} bytes, more than {_SIZE_LIMIT}")
                fields[field] = archive[field] if field in sizes else None
    except Exception as error:
        legal = _WRITTEN if field == "file" else "{} of shape {}".format(*_FIELDS[field])
        raise ValueError(f"{field} must be {legal}, not unreadable ({type(error).__name__}: {error})") from error
    for name, (dtype, shape) in _FIELDS.items():
        x = fields[name]
        if not isinstance(x, np.ndarray):
            raise ValueError(f"{name} must be {dtype} of shape {shape}, not missing")
        if (x.dtype, x.shape) != (dtype, shape):
            raise ValueError(f"{name} must be {dtype} of shape {shape}, not {x.dtype} of shape {x.shape}")
    return fields

"""What a SAS index unit outputs, to the bit (sas-supplement, section D; `tamis.golden.sas`).

The signs of the last channels decide the index of the first ones, so the unit holds back the first beat of a vector and
gives it last: beats 1, 2, ..., B - 1, 0.
"""

import numpy as np

from tamis.golden import _check, sas

__all__ = ["streamed"]


def streamed(x, bits, lanes, magnitude=False):
    """The beats of one vector, or of several of one length.

    Parameters
    ----------
    x : (..., C) integers, C at least ``bits``
    bits : int, M = 2^bits
    lanes : int, channels in a beat
    magnitude : bool, the authors' released form, bits 1 only: |x| in slot 0 where x > 0, else in slot 1

    Returns
    -------
    values, indices : (..., B, lanes) int64, B = ceil(C / lanes)
        0 where ``keep`` is False (there the unit's are undefined)
    keep : (..., B, lanes) bool, whether this lane of the beat is a channel
    last : (..., B) bool, the vector's last beat, which is its channels 0 to lanes - 1

    Raises
    ------
    TypeError, ValueError
        For arguments outside these.
    """
    x = _check.int64(x, "x", min_ndim=1)
    bits, lanes = _check.integer(bits, "bits", 1, 4), _check.integer(lanes, "lanes", 1)
    channels = x.shape[-1]
    if channels < bits:
        raise ValueError(f"x must have at least {bits} channels for bits {bits}, not shape {x.shape}")
    if _check.flag(magnitude, "magnitude") and bits != 1:
        raise ValueError(f"magnitude must be False unless bits is 1, not with bits {bits}")
    index = (x <= 0).astype(np.int64) if magnitude else sas.sign_index(x, bits)
    beats = -(-channels // lanes)
    padding = [(0, 0)] * (x.ndim - 1) + [(0, beats * lanes - channels)]
    fields = (np.pad(field, padding).reshape(*x.shape[:-1], beats, lanes) for field in (
        np.abs(x) if magnitude else x, index, np.ones(x.shape, bool)))
    values, indices, keep = (np.roll(field, -1, -2) for field in fields)
    return values, indices, keep, np.broadcast_to(np.arange(beats) == beats - 1, keep.shape[:-1])

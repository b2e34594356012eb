"""A convolution as a GEMM of the core, on activations that stay compressed.

A is the pixels: row (b, y, x), a block of K for each channel, as a layer with SAS output leaves it. A row of the
convolution's A is the records of its window, so im2col gathers records, whole; none is opened. Stride 1, zeros around.
"""

import numpy as np

from tamis.host.operand import Operand

__all__ = ["gather", "kernel", "records"]


def records(operand, core):
    """(rows, K / M, bytes) uint8: the records of an `Operand`, padding rows left out."""
    cols, blocks = core.array.cols, operand.k // core.m
    size = core.record_bits(operand.terms) // 8
    tiles = [np.frombuffer(b"".join(chunks), np.uint8).reshape(blocks, cols, size).swapaxes(0, 1)
             for chunks in operand.tiles]
    return np.concatenate(tiles)[:operand.rows]


def gather(operand, core, image, window, padding=0):
    """The convolution's A.

    Parameters
    ----------
    operand : Operand
        rows B H W, a block of K per channel.
    image : (B, H, W)
    window : (kh, kw)
    padding : int, zeros on all four sides

    Returns
    -------
    Operand
        rows B H' W'; K in the order (kh, kw, channel, M).
    """
    channels, around = operand.k // core.m, (padding, padding)
    whole = records(operand, core).reshape(*image, channels, -1)
    whole = np.pad(whole, ((0, 0), around, around, (0, 0), (0, 0)))
    height, width = (size + 2 * padding - k + 1 for size, k in zip(image[1:], window, strict=True))
    seen = np.stack([whole[:, y:y + height, x:x + width] for y in range(window[0]) for x in range(window[1])], axis=3)
    rows = seen.reshape(image[0] * height * width, window[0] * window[1] * channels, -1)
    cols, span = core.array.cols, core.chunk_blocks
    padded = np.pad(rows, ((0, -len(rows) % cols), (0, 0), (0, 0)))
    tiles = [[padded[i:i + cols, k:k + span].swapaxes(0, 1).tobytes() for k in range(0, rows.shape[1], span)]
             for i in range(0, len(padded), cols)]
    return Operand(len(rows), rows.shape[1] * core.m, operand.terms, tiles)


def kernel(weight):
    """B of the convolution, (kh kw C M, O), of weight (O, M, C, kh, kw) as `tamis.golden.sas.conv2d` has it."""
    return weight.transpose(3, 4, 2, 1, 0).reshape(-1, len(weight))

"""Beats as numpy arrays, and as the bytes that a manifest's layout makes of them, many at a time.

A stream's beats are nested as its layout is: a dict for fields, a further axis for an array, integers at the leaves;
the first axis counts beats. {"block": (n, 8), "marks": (n,)} are n beats of {block [8]s8, marks u8}.
"""

import numpy as np

CHUNK = 1 << 15  # beats whose bits are in memory at once


def count(value):
    """Beats."""
    while isinstance(value, dict):
        value = next(iter(value.values()))
    return len(value)


def take(value, which):
    """Some of the beats: any index of the first axis."""
    return {name: take(part, which) for name, part in value.items()} if isinstance(value, dict) else value[which]


def concatenate(several):
    """Beats one after the other."""
    if isinstance(several[0], dict):
        return {name: concatenate([value[name] for value in several]) for name in several[0]}
    return np.ma.concatenate(several) if any(np.ma.isMA(v) for v in several) else np.concatenate(several)


def leaves(value, path=""):
    """(path, array) of every leaf."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}" if path else name)
    else:
        yield path, value


def pack(layout, value):
    """(n, bytes) uint8, little-endian. ValueError if an element does not fit its field."""
    n = count(value)
    parts = [np.packbits(_bits(layout, take(value, slice(at, at + CHUNK)), ""), axis=1, bitorder="little")
             for at in range(0, n, CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, -(-layout["width"] // 8)), np.uint8)


def unpack(layout, raw):
    """The beats of (n, bytes) uint8, int64 at the leaves."""
    parts = []
    for at in range(0, max(1, len(raw)), CHUNK):
        bits = np.unpackbits(np.ascontiguousarray(raw[at:at + CHUNK]), axis=1, bitorder="little")
        parts.append(_values(layout, bits[:, :layout["width"]]))
    return parts[0] if len(parts) == 1 else concatenate(parts)


def _bits(layout, value, path):
    n = count(value)
    if "fields" in layout:
        out = np.zeros((n, layout["width"]), np.uint8)
        for field in layout["fields"]:
            at = field["offset"]
            out[:, at:at + field["width"]] = _bits(field, value[field["name"]], f"{path}.{field['name']}")
        return out
    if "length" in layout:
        length = layout["length"]
        return _bits(layout["element"], _merge(value, n * length), f"{path}[]").reshape(n, layout["width"])
    width, signed = layout["width"], layout["signed"]
    value = np.asarray(value)
    if value.shape != (n,):
        raise ValueError(f"{path.lstrip('.')} must have shape {(n,)}, not {value.shape}")
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    if n and not (value.min() >= low and value.max() <= high):
        raise ValueError(f"{path.lstrip('.')} must be from {low} to {high}, not {value.min()} to {value.max()}")
    octets = value.astype("<i8").view(np.uint8).reshape(n, 8)
    return np.unpackbits(octets, axis=1, bitorder="little")[:, :width]


def _values(layout, bits):
    n = len(bits)
    if "fields" in layout:
        return {field["name"]: _values(field, bits[:, field["offset"]:field["offset"] + field["width"]])
                for field in layout["fields"]}
    if "length" in layout:
        inner = _values(layout["element"], bits.reshape(n * layout["length"], layout["element"]["width"]))
        return _split(inner, n, layout["length"])
    octets = np.zeros((n, 8), np.uint8)
    packed = np.packbits(bits, axis=1, bitorder="little")
    octets[:, :packed.shape[1]] = packed
    value = octets.view("<i8")[:, 0].astype(np.int64)
    if layout["signed"]:
        value -= bits[:, -1].astype(np.int64) << layout["width"]
    return value


def _merge(value, rows):
    if isinstance(value, dict):
        return {name: _merge(part, rows) for name, part in value.items()}
    value = np.asarray(value)
    return value.reshape(rows, *value.shape[2:])


def _split(value, n, length):
    if isinstance(value, dict):
        return {name: _split(part, n, length) for name, part in value.items()}
    return value.reshape(n, length, *value.shape[1:])

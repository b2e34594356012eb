"""The tensor core: its descriptors, the bytes of its streams, its results to the bit and its cycles (docs/core.md)."""

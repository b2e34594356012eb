"""Drives the array: passes and their start cycles become the stimulus of every cycle.

Whatever the specification leaves open in a cycle (operands without `valid`, entries without `load`) is random, so a
design that looks at it fails.
"""

import numpy as np

from tamis.testbench.run.packing import to_bits


class ArrayDriver:
    """Stimulus for an array of `config` (ArrayConfig); `ports`: the `Ports` of its inputs; `rng` fills what is open."""

    def __init__(self, config, ports, rng):
        self._config = config
        self._ports = ports
        self._rng = rng

    def stimulus(self, passes, starts, cycles, resets=()):
        """(cycles, width) bits: pass i from cycle starts[i] on; `resets`: the cycles in which reset is asserted."""
        config, ports = self._config, self._ports
        bits = self._rng.integers(0, 2, (cycles, ports.width), dtype=np.uint8)
        for port in ("rst", "load", "valid"):
            bits[:, ports[port]] = 0
        bits[list(resets), ports["rst"]] = 1
        for one, start in zip(passes, starts, strict=True):
            stream = slice(start, start + len(one.blocks))
            bits[start, ports["load"]] = 1
            bits[stream, ports["valid"]] = 1
            bits[stream, ports["b"]] = _flat(to_bits(one.blocks, config.b_width))
            bits[stream, ports["c"]] = _flat(to_bits(one.c, config.acc_width))
            entries = np.concatenate([to_bits(one.values, config.a_width),
                                      to_bits(one.indices, config.index_width)], axis=-1)
            per_row = entries.reshape(config.pe_rows, config.beta, config.cols, -1).transpose(0, 2, 1, 3)
            bits[start:start + config.pe_rows, ports["a"]] = _flat(per_row)
        return bits


def _flat(bits):
    return bits.reshape(len(bits), -1)

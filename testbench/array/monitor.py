"""Watches the array's outputs: which cycles carry a column of C, and what is in it."""

import numpy as np

from tamis.testbench.run.packing import from_bits


class ArrayMonitor:
    """Reads recorded responses of an array of `config`; `ports`: the `Ports` of its outputs."""

    def __init__(self, config, ports):
        self._config = config
        self._ports = ports

    def columns(self, bits, *, about):
        """(cycles of the columns (n,), their sums (n, cols) int64) from (cycles, width) response bits.

        Raises AssertionError, after `about`, if `c_valid`, or a sum under it, is unknown (X).
        """
        valid = bits[:, self._ports["c_valid"]][:, 0]
        assert not (valid == 2).any(), f"{about}: c_valid is X in cycle {np.argmax(valid == 2)}"
        cycles = np.flatnonzero(valid)
        sums = bits[cycles, self._ports["c_out"]].reshape(len(cycles), self._config.cols, -1)
        unknown = np.argwhere((sums == 2).any(axis=-1))
        assert not len(unknown), f"{about}: c_out column {unknown[0][1]} has X bits in cycle {cycles[unknown[0][0]]}"
        return cycles, from_bits(sums, self._config.acc_signed)

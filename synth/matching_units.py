"""The sparsity units that go with an array, at the size that keeps up with it, as a share of its PEs.

Paper tasd, section 5.6, reports up to 2 % of all PEs for TASD units. The array's `cols` sums of a cycle, requantised
to the width of A, are cols / M blocks of M: a TASD pool takes that many blocks in every cycle without ever stalling,
the SAS unit that many channels.
"""

from tamis.hdl.config import SAS_M, TASD_M
from tamis.hdl.emit.generate import generate
from tamis.hdl.units.sas import SASConfig
from tamis.hdl.units.tasd import TASDConfig
from tamis.hdl.units.tasd_pool import TASDPoolConfig

__all__ = ["matching_units"]

_LANES = 64  # of a pool or a SAS unit, at most


def matching_units(config):
    """[(Design of a unit, its summary, what it is for)] for an array of `config`; none where M does not fit."""
    found = []
    m, blocks = config.m, max(1, config.cols // config.m)
    if m in TASD_M and blocks <= _LANES:
        for style in ("tree", "rank"):
            unit = TASDConfig(m=m, width=config.a_width, signed=config.a_signed, style=style)
            pool = TASDPoolConfig(unit=unit, blocks_per_cycle=blocks)
            found.append((pool, f"TASD of {config.cols} sums a cycle: {pool.units} {style} "
                                f"unit{'s' * (pool.units > 1)}"))
    if m in SAS_M and m.bit_length() - 2 <= config.cols <= _LANES:
        unit = SASConfig(m=m, width=config.a_width, lanes=config.cols, max_channels=max(1024, 2 * config.cols))
        found.append((unit, f"SAS 1:{m} of {config.cols} channels a cycle"))
    return [(generate(unit), unit.summary, purpose) for unit, purpose in found]

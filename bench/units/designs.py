"""What is measured: {name: (create, transistors to reach or None)}."""

from functools import partial

from tamis.hdl.lib.lfsr import LFSR
from tamis.hdl.units.compress import CompressConfig, Compressor
from tamis.hdl.units.condensed import CondensedConfig
from tamis.hdl.units.condensed_gather import Gather
from tamis.hdl.units.decompress import DecompressConfig, Decompressor
from tamis.hdl.units.mvue import MVUEConfig, MVUEUnit
from tamis.hdl.units.sas import SASConfig, SASIndexUnit
from tamis.hdl.units.tasd import TASDConfig, TASDUnit
from tamis.hdl.units.tasd_pool import TASDPool, TASDPoolConfig


def _tasd(**fields):
    return TASDUnit(TASDConfig(**fields))


def _pool(style, units):
    return TASDPool(TASDPoolConfig(unit=TASDConfig(style=style), blocks_per_cycle=2, units=units))


def _mvue24(width, u_bits):
    return MVUEUnit(MVUEConfig(pattern="2:4", lanes=1, width=width, u_bits=u_bits))


def _format(unit, config, pattern, form):
    return unit(config(pattern=pattern, form=form))


_FORMATS = (("2:4", "pairs"), ("2:4", "mask"), ("2:4", "index"), ("4:8", "mask"), ("4:8", "index"))

DESIGNS = {
    "tasd-tree-m8": (partial(_tasd, style="tree"), 6000),
    "tasd-rank-m8": (partial(_tasd, style="rank"), 12500),
    "tasd-tree-m4": (partial(_tasd, style="tree", m=4), None),
    "tasd-rank-m4": (partial(_tasd, style="rank", m=4), None),
    "tasd-tree-m16": (partial(_tasd, style="tree", m=16), None),
    "tasd-pool-2-rank": (partial(_pool, "rank", 2), 26000),
    "tasd-pool-16-tree": (partial(_pool, "tree", 16), None),
    "sas-m8-8-lanes": (SASIndexUnit, None),
    "sas-m2-magnitude-8-lanes": (lambda: SASIndexUnit(SASConfig(m=2, magnitude=True)), None),
    "mvue-1:2-1-lane": (lambda: MVUEUnit(MVUEConfig(lanes=1)), None),
    "mvue-1:2-1-lane-u8": (lambda: MVUEUnit(MVUEConfig(lanes=1, u_bits=8)), None),
    "mvue-1:2-1-lane-int16": (lambda: MVUEUnit(MVUEConfig(lanes=1, width=16)), None),
    **{f"mvue-2:4-1-lane-int{width}-u{bits}": (partial(_mvue24, width, bits), reach)
       for width, bits, reach in ((8, 16, 12930), (8, 12, 12930), (8, 8, 12930), (16, 16, None), (16, 8, None))},
    "lfsr-16": (lambda: LFSR(width=16), None),
    **{f"decompress-{pattern}-{form}": (partial(_format, Decompressor, DecompressConfig, pattern, form), None)
       for pattern, form in _FORMATS},
    **{f"compress-{pattern}-{form}": (partial(_format, Compressor, CompressConfig, pattern, form), None)
       for pattern, form in _FORMATS},
    # Without their memories, of 16,384 bits.
    "condensed-8-lanes": (lambda: Gather(CondensedConfig()), None),
    "condensed-16-lanes-x4": (lambda: Gather(CondensedConfig(lanes=16, x_lanes=4)), None),
}

"""What a program asks of Tamis; `tamis generate` and `tamis synth` are written on these functions.

Import the names from `tamis` itself: ``from tamis import ArrayConfig, Pattern, generate, measure``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tamis.errors import BadInput
from tamis.hdl.config import Config
from tamis.hdl.emit import kinds
from tamis.synth import fpga
from tamis.synth import target as targets
from tamis.synth.area import AreaReport
from tamis.synth.design import area_report, core_report, unit_report
from tamis.synth.fpga import FpgaTarget
from tamis.synth.target import Target

__all__ = ["measure", "select_target"]


def measure(config: Config, target: str | Target | FpgaTarget = "uniform", *, liberty: str | Path | None = None,
            device: str | None = None, seeds: int | None = None, period: float | None = None,
            log: Callable[[str], object] | None = None,
            **options: Any) -> AreaReport:
    """What a design costs, by yosys: area per module, flip-flops, levels of logic, and per MAC for an array.

    Parameters
    ----------
    config : ArrayConfig, CoreConfig or a unit's configuration
    target : "uniform" (transistors), "sky130" or "liberty" (um2), "ecp5" or "ice40" (look-up tables), or what
        `select_target` returned
    liberty, device, seeds, period
        As for `select_target`.
    log : callable (str) or None
        Told what takes long, and what is not counted.
    options
        Of an array: `part` and `units`, see `tamis.synth.design.area_report`.

    Raises BadInput for a target that does not exist or does not fit its options, tamis.tools.yosys.SynthError if the
    synthesis gives no result.
    """
    chosen = target
    if isinstance(chosen, str):
        chosen = select_target(chosen, liberty, device=device, seeds=seeds, period=period)
    reports: dict[str, Callable[..., AreaReport]] = {"array": area_report, "core": core_report}
    return reports.get(kinds.of(config).kind, unit_report)(config, chosen, log=log, **options)


def select_target(name: str, liberty: str | Path | None = None, *, device: str | None = None,
                  seeds: int | None = None, period: float | None = None) -> Target | FpgaTarget:
    """The synthesis target of that name.

    Parameters
    ----------
    name : "uniform", "sky130", "liberty", "ecp5" or "ice40"
    liberty : the Liberty file of target "liberty"
    device : the FPGA's device; default 85f (ECP5) or hx8k (iCE40)
    seeds : on an FPGA, place and route with seeds 1 to this number; 0 for none; default 1
    period : ns of the clock to map for, 0.01 to 1000, with a Liberty file that has timing; default: map for area

    Raises BadInput if the Liberty file is missing or of no use, or an option does not go with the target.
    """
    try:
        if name in fpga.FAMILIES:
            if liberty is not None:
                raise ValueError(f"target {name!r} must not have a Liberty file (--liberty FILE)")
            if period is not None:
                raise ValueError(f"period must go with a Liberty file that has timing, not with target {name!r}")
            return fpga.select(name, device, 1 if seeds is None else seeds)
        if device is not None or seeds is not None:
            raise ValueError(f"--device and --seeds must go with target {' or '.join(fpga.FAMILIES)}, not {name!r}")
        return targets.select(name, liberty, period)
    except ValueError as error:
        raise BadInput(str(error)) from None

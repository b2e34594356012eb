"""A sweep's rows: each point's fields, area, predicted cycles and verification, flat, as plain data.

Headline figures of a design with several patterns are those of its sparsest, its peak; `predictions` has all.
"""

import dataclasses
import hashlib
import json

from tamis.hdl.array.config import ArrayConfig
from tamis.model.predict import layer_cycles, totals

__all__ = ["DESIGN", "METRICS", "row"]

DESIGN = tuple(ArrayConfig.model_fields)
# What --top and --pareto answer for, and which way is better.
METRICS = {
    "area": "min", "area_per_mac": "min", "area_ratio": "min", "sequential": "min", "combinational": "min",
    "flip_flops": "min", "levels": "min", "latency": "min", "cycles": "min", "throughput": "max", "utilisation": "max",
    "throughput_per_area": "max", "density_gain": "max", "clock_mhz": "max", "delay_ns": "min",
    "throughput_per_second": "max",
}


def row(point, outcome, workloads):
    """One row, {column: value}; what does not apply is None.

    point : tamis.sweep.spec.Point; outcome : of tamis.sweep.point.evaluate, or None for an impossible point
    """
    if point.config is None:
        return {**_design(point.fields), "status": "impossible", "reason": point.reason}
    config = point.config
    described = json.loads(config.model_dump_json())
    made = {
        "design": hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16],
        **_design(described), "m": config.m, "macs": config.macs, "latency": config.latency,
        "status": outcome["status"], "reason": outcome.get("reason"),
        **_predicted(config, workloads),
    }
    if outcome["status"] == "ok":
        made |= _area(outcome["area"], made["throughput"] / config.macs) | _verified(outcome["verification"])
        made["throughput_per_second"] = made["clock_mhz"] and made["clock_mhz"] * 1e6 * made["throughput"]
    return made


def _design(fields):
    shown = {field: fields.get(field) for field in DESIGN}
    patterns = shown["patterns"]
    return shown | {"patterns": patterns if isinstance(patterns, str | None) else ",".join(map(str, patterns))}


def _predicted(config, workloads):
    by_pattern = {pattern: [layer for workload in workloads for layer in layer_cycles(config, workload, pattern)]
                  for pattern in config.patterns}
    sparsest = min(config.patterns, key=lambda pattern: pattern.density)
    best = totals(by_pattern[sparsest])
    return {"pattern": best.pattern, "cycles": best.cycles, "ideal_cycles": best.ideal,
            "utilisation": best.utilisation, "throughput": best.throughput,
            "predictions": [dataclasses.asdict(layer) for layers in by_pattern.values() for layer in layers]}


def _area(report, throughput):
    """Columns of an area report (JSON data), `throughput` per MAC of the array."""
    total, figures = report["total"], report["figures"]
    gain = throughput / figures["area_per_mac"] if figures["area_per_mac"] else None
    fpga, delay = report["fpga"], report["delay"]
    fmax = fpga and fpga["fmax"] and fpga["fmax"]["median"]
    return {
        "target": report["target"], "unit": report["unit"], "area": total["area"], "sequential": total["sequential"],
        "combinational": total["combinational"], "flip_flops": total["flip_flops"], "levels": report["path"]["levels"],
        "area_per_mac": figures["area_per_mac"], "area_macs": figures["macs"], "dense_area": figures["dense_area"],
        "area_ratio": figures["area_ratio"], "throughput_per_area": gain,
        # A dense array's bound is one multiplication per MAC and cycle.
        "density_gain": gain and gain * figures["dense_area_per_mac"],
        "delay_ns": delay and delay["ns"],
        "clock_mhz": fmax or (1000 / delay["ns"] if delay and delay["ns"] else None),
        **{name: fpga and fpga["resources"][name] for name in ("dsp", "bram")},
        "units": [{name: unit[name] for name in ("kind", "purpose", "area", "share")} for unit in report["units"]],
        "area_report": json.dumps(report, sort_keys=True),
    }


def _verified(checks):
    if checks is None:
        return {}
    gemms, tests = checks["gemms"], checks["tests"]
    failures = [f"{test['test']}: {test['failure']}" for test in tests if test["failure"]]
    failures += [f"GEMM {gemm['pattern']}: {gemm['failure']}" for gemm in gemms if gemm["failure"]]
    failures += [f"GEMM {gemm['pattern']}: {gemm['measured']} cycles, predicted {gemm['predicted']}" for gemm in gemms
                 if not gemm["failure"] and gemm["measured"] != gemm["predicted"]]
    return {"verified": not failures, "simulator": checks["simulator"], "tests": [test["test"] for test in tests],
            "failures": failures, "gemms": [{name: value for name, value in gemm.items() if name != "failure"}
                                            for gemm in gemms]}

"""A sweep's rows: each point's fields, area, predicted cycles and verification, flat, as plain data.

Headline figures of a design with several patterns are those of its sparsest, its peak; `predictions` has all.
"""

import dataclasses
import hashlib
import json

from hdl.config import ArrayConfig
from model.predict import layer_cycles, totals

__all__ = ["DESIGN", "METRICS", "row"]

DESIGN = tuple(ArrayConfig.model_fields)
# What --top and --pareto answer for, and which way is better.
METRICS = {
    "area": "min", "area_per_mac": "min", "area_ratio": "min", "sequential": "min", "combinational": "min",
    "flip_flops": "min", "levels": "min", "latency": "min", "cycles": "min", "throughput": "max", "utilisation": "max",
    "throughput_per_area": "max", "density_gain": "max",
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
        made |= _area(outcome["area"], made["throughput"]) | _verified(outcome["verification"])
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
    total, figures = report["total"], report["figures"]
    dense_throughput = figures["macs"]  # a dense array's bound: each MAC busy in each cycle
    return {
        "target": report["target"], "unit": report["unit"], "area": total["area"], "sequential": total["sequential"],
        "combinational": total["combinational"], "flip_flops": total["flip_flops"],
        "levels": max(module["depth"] for module in report["modules"]), "area_per_mac": figures["area_per_mac"],
        "dense_area": figures["dense_area"], "area_ratio": figures["area_ratio"],
        "throughput_per_area": throughput / total["area"],
        "density_gain": throughput / total["area"] * figures["dense_area"] / dense_throughput,
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

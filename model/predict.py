"""Cycles of a workload on an array, by the closed form that the RTL is held to (`tamis.golden.array.cycles`).

Throughput is *effective*: the multiplications of the dense GEMM per cycle, whether the array did them or the pattern
made them unnecessary. Its bound is MACs x M/N. Layers run one after the other, each filling and draining the array.
"""

from dataclasses import dataclass

__all__ = ["LayerCycles", "Totals", "layer_cycles", "totals"]


@dataclass(frozen=True)
class LayerCycles:
    """One layer under one pattern.

    cycles : of all its repetitions; ideal : if every MAC did useful work in every cycle, a float;
    utilisation : ideal / cycles; throughput : dense multiplications per cycle
    """

    workload: str
    layer: str
    pattern: str
    i: int
    k: int
    j: int
    count: int
    cycles: int
    ideal: float
    utilisation: float
    throughput: float


@dataclass(frozen=True)
class Totals:
    """All layers of all workloads under one pattern, the fields as in `LayerCycles`."""

    pattern: str
    cycles: int
    ideal: float
    utilisation: float
    throughput: float


def layer_cycles(config, workload, pattern):
    """[LayerCycles] of a Workload on the array of `config` (ArrayConfig) under `pattern`, one of its patterns."""
    results = []
    for layer in workload.layers:
        took = layer.count * config.cycles(layer.i, layer.k, layer.j, pattern)
        ideal = layer.count * config.ideal_cycles(layer.i, layer.k, layer.j, pattern)
        results.append(LayerCycles(workload.name, layer.name, str(pattern), layer.i, layer.k, layer.j, layer.count,
                                   took, ideal, ideal / took, layer.count * layer.macs / took))
    return results


def totals(layers):
    """The Totals of a list of LayerCycles of one pattern."""
    took = sum(layer.cycles for layer in layers)
    ideal = sum(layer.ideal for layer in layers)
    return Totals(layers[0].pattern, took, ideal, ideal / took,
                  sum(layer.i * layer.k * layer.j * layer.count for layer in layers) / took)

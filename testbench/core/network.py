"""Networks for the core: layers one after the other, the activations never leaving compressed form between them.

A job folder holds what a simulation needs and what it found, as .npz files without pickles.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tamis.host.driver import Output

__all__ = ["Layer", "Result", "load", "load_result", "run", "save", "save_result"]


@dataclass(frozen=True)
class Layer:
    """C = A . B, A what came before; b (K, J) integers."""

    b: np.ndarray
    output: Output


@dataclass(frozen=True)
class Result:
    """What a simulation of a network found.

    c : (I, J) int64, the last layer's raw sums
    cycles : (layers,) cycles in which the core was not idle
    predicted : (layers,) the same by the closed form, given when each descriptor was entered
    busy, macs, wait_a, wait_b, wait_c : (layers,) the core's counters
    compared : bytes compared with the golden model, all equal
    rate : simulated cycles per second
    """

    c: np.ndarray
    cycles: np.ndarray
    predicted: np.ndarray
    busy: np.ndarray
    macs: np.ndarray
    wait_a: np.ndarray
    wait_b: np.ndarray
    wait_c: np.ndarray
    compared: int
    rate: float


def save(folder, a, terms, layers):
    """Write a job: a (I, K) integers, decomposed greedily into `terms` by the driver, and its layers."""
    fields = {"a": a, "terms": np.asarray(terms)}
    for k, layer in enumerate(layers):
        fields[f"{k}_b"] = layer.b
        fields |= {f"{k}_{name}": np.asarray(value) for name, value in asdict(layer.output).items()
                   if value is not None}
    np.savez(Path(folder) / "network.npz", **fields)


def load(folder):
    """(a, terms, layers) of a job folder."""
    with np.load(Path(folder) / "network.npz", allow_pickle=False) as file:
        fields = dict(file)
    layers, k = [], 0
    while f"{k}_b" in fields:
        part = {name: fields[f"{k}_{name}"] for name in Output.__dataclass_fields__ if f"{k}_{name}" in fields}
        for name in ("mode", "zero_point"):
            part[name] = int(part[name])
        part["relu"], part["terms"] = bool(part["relu"]), tuple(int(n) for n in part["terms"])
        layers.append(Layer(fields[f"{k}_b"], Output(**part)))
        k += 1
    return fields["a"], tuple(int(n) for n in fields["terms"]), layers


def save_result(folder, result):
    np.savez(Path(folder) / "result.npz", **vars(result))


def load_result(folder):
    """The Result in a job folder."""
    with np.load(Path(folder) / "result.npz", allow_pickle=False) as file:
        fields = dict(file)
    return Result(**{name: value if value.ndim else value.item() for name, value in fields.items()})


def run(design, simulator, folder, a, terms, layers):
    """Simulate a network on a generated core. Returns its Result; raises AssertionError with the first difference."""
    from tamis.testbench.run import runner  # the simulation itself imports this module and must not start another

    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    save(folder, a, terms, layers)
    (outcome,) = runner.run(design, simulator, folder, tests="tamis.testbench.core.network_run", seed=1,
                            env={"TAMIS_JOB": str(folder)})
    assert outcome.failure is None, outcome.failure
    return load_result(folder)



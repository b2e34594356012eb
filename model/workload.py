"""Workloads: named lists of GEMM layers, C[I,J] = A[I,K] . B[K,J], A the N:M operand.

The built-in ones are the representative layers of TASD, Table 4, which gives each as M x N x K with C of M x N. Which
of the two operands is sparse decides what is I here: a convolution's weights are (output channels, K), its activations
(pixels, K); BERT's M is the output features.

=============  ==============================  ==================================
name           A, the N:M operand              TASD, Table 4
=============  ==============================  ==================================
resnet50       weights                         ResNet50, L1 to L3, TASD-W
resnet50-a     activations                     ResNet50, L1 to L3, TASD-A
bert           weights                         BERT, L1 to L3, TASD-W
bert-a         activations                     BERT, L1 to L3, TASD-A
=============  ==============================  ==================================
"""

from typing import Annotated

from pydantic import Field, field_validator

from tamis.hdl.config import Config, ConfigError, illegal

__all__ = ["WORKLOADS", "Layer", "Workload", "named"]

Size = Annotated[int, Field(strict=True, ge=1, le=1 << 24)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Layer(Config):
    """One GEMM.

    Attributes
    ----------
    name : str
    i, k, j : int
        C[I,J] = A[I,K] . B[K,J].
    count : int
        How often the workload has it.
    """

    name: Name
    i: Size
    k: Size
    j: Size
    count: Size = 1

    @property
    def macs(self):
        """Multiplications of the dense GEMM, once."""
        return self.i * self.k * self.j


class Workload(Config):
    """A name and its layers, which have different names."""

    name: Name
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]

    @field_validator("layers")
    @classmethod
    def _distinct(cls, layers):
        names = [layer.name for layer in layers]
        for name in names:
            if names.count(name) > 1:
                raise illegal("layers must have different names, not '{name}' twice", name=name)
        return layers


def _table4(name, *layers):
    return Workload(name=name, layers=tuple(
        Layer(name=f"L{number}", i=i, k=k, j=j) for number, (i, k, j) in enumerate(layers, start=1)))


WORKLOADS = {workload.name: workload for workload in (
    _table4("resnet50", (128, 1152, 784), (64, 576, 3136), (256, 2304, 196)),
    _table4("resnet50-a", (784, 1152, 128), (3136, 576, 64), (196, 2304, 256)),
    _table4("bert", (768, 768, 128), (3072, 768, 128), (768, 3072, 128)),
    _table4("bert-a", (128, 768, 768), (128, 768, 3072), (128, 3072, 768)),
)}


def named(name, own=()):
    """The workload of that name, among `own` or the built-in ones. Raises ConfigError that lists the names."""
    known = WORKLOADS | {workload.name: workload for workload in own}
    if name not in known:
        raise ConfigError(f"workload must be one of {', '.join(known)}, not {name!r}")
    return known[name]

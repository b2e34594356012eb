"""The designs on which the regression itself is measured: no module of the project is left out, each is small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import Design, generate
from tamis.hdl.emit.kinds import KINDS

__all__ = ["SUBJECTS", "Subject", "chosen"]

UNIT_TESTS = "tamis.testbench.units.tests"
ARRAY_TESTS = "tamis.testbench.array.tests"
CORE_TESTS = ("tamis.testbench.core.tests", "tamis.testbench.core.control_tests")


@dataclass(frozen=True)
class Subject:
    """A design, and the regression that judges it.

    Attributes
    ----------
    name : str
    kind : str
        Of `tamis.hdl.emit.kinds`.
    tests : str or sequence of str
        Import paths of the test modules that judge.
    fields : mapping
        The configuration; empty for the core, which is tiny-n:2.
    env : mapping of str to str
        Settings of the regression.
    """

    name: str
    kind: str
    tests: str | Sequence[str]
    fields: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)

    def design(self) -> Design:
        """The generated design."""
        config = KINDS[self.kind].Config.parse(self.fields) if self.kind != "core" else CoreConfig.preset("tiny-n:2")
        return generate(config)


def _array(name: str, **fields: Any) -> Subject:
    return Subject(name, "array", ARRAY_TESTS, {"rows": 4, "cols": 4, "alpha": 2, "beta": 2, **fields},
                   {"TAMIS_DRAWS": "2"})


def _unit(name: str, kind: str, **fields: Any) -> Subject:
    return Subject(name, kind, UNIT_TESTS, fields, {"TAMIS_BLOCKS": "300"})


SUBJECTS = (
    _array("array", patterns="2:4"),
    _array("array-saturate", patterns="2:4", overflow="saturate", acc_width=18),
    _array("array-pipeline", patterns="1:4,2:4", pipeline="both"),
    _unit("tasd-rank", "tasd", m=4, width=3),
    _unit("tasd-tree", "tasd", m=4, width=3, style="tree"),
    _unit("tasd-pool", "tasd-pool", unit={"m": 4, "width": 3, "style": "tree"}, units=5),
    _unit("prune", "prune", m=4, width=3),
    _unit("sas", "sas", m=8, width=4, lanes=3, max_channels=50),
    _unit("mvue-1in2", "mvue", width=4, u_bits=8),
    _unit("mvue-2in4", "mvue", pattern="2:4", width=3, u_bits=8, lanes=1),
    _unit("condensed", "condensed", lanes=2, ports=1, max_d=12, max_k=6, max_n=9, w_width=4, x_width=3, acc_width=10),
    _unit("decompress-pairs", "decompress", pattern="2:4", width=3, form="pairs"),
    _unit("decompress-mask", "decompress", pattern="3:8", width=4, form="mask"),
    _unit("compress", "compress", pattern="1:4", width=3),
    Subject("core", "core", CORE_TESTS, env={"TAMIS_DRAWS": "2"}),
)


def chosen(names: Sequence[str]) -> list[Subject]:
    """The subjects whose names begin with one of `names`, all for none; click.BadParameter for a name of no subject."""
    for name in names:
        if not any(subject.name.startswith(name) for subject in SUBJECTS):
            raise click.BadParameter(f"{name!r} begins the name of no design, must be one of "
                                     f"{', '.join(subject.name for subject in SUBJECTS)}", param_hint="NAMES")
    return [subject for subject in SUBJECTS if not names or subject.name.startswith(tuple(names))]

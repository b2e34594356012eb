"""What to sweep, from a TOML file: a grid of every combination, a list of points, or both, over the fields of a design.

Two mistakes are told apart. A listed point that cannot be built, or a value of the grid that fits in no combination, is
the writer's error: refused before anything runs. A combination of the grid that cannot be built, each of its values
being good elsewhere, comes with grids: it stays, with its reason, and costs nothing.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import Config, ConfigError, Count
from tamis.model.workload import Workload, named
from tamis.synth.design import Part
from tamis.synth.fpga import FamilyName
from tamis.synth.target import Technology
from tamis.tools.inputs import Unreadable, toml_of

__all__ = ["LARGEST", "Point", "Spec"]

LARGEST = 100_000  # points: a sweep that was meant ends


@dataclass(frozen=True)
class Point:
    """One design of a sweep: its fields as written, and the ArrayConfig, or why there is none."""

    fields: dict
    config: ArrayConfig | None
    reason: str | None = None


class Spec(Config):
    """A sweep.

    Attributes
    ----------
    base : dict
        Fields of ArrayConfig that all points share; the defaults of ArrayConfig apply below them.
    grid : dict of str to list
        Field to values: every combination is a point.
    points : tuple of dict
        More points, after the grid's.
    target : str
        Of synthesis; `liberty` names the file of target "liberty", relative to the sweep file; `device` and
        `place_seeds` are for FPGAs.
    part : "array", "pe" or "column"
        What is measured: the whole array, module by module, or one of its PEs or columns, flattened.
    units : bool
        Measure the TASD and SAS units that keep up with each array too.
    workloads : tuple of str
        Built-in (`tamis.model.workload`) or defined here under `workload`.
    workload : tuple of Workload
    verify : bool
        Run the cocotb regression of every point on `simulator`, with `seed` and `draws`.
    """

    base: dict[str, Any] = Field(default={})
    grid: dict[str, list[Any]] = Field(default={})
    points: tuple[dict[str, Any], ...] = ()
    target: Literal[Technology, FamilyName] = "uniform"
    liberty: str | None = None
    device: str | None = None
    place_seeds: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None
    part: Part = "array"
    units: bool = False
    workloads: Annotated[tuple[str, ...], Field(min_length=1)] = ("resnet50",)
    workload: tuple[Workload, ...] = ()
    verify: bool = False
    simulator: Literal["verilator", "icarus"] = "verilator"
    seed: Annotated[int, Field(strict=True, ge=0, lt=1 << 63)] = 1
    draws: Count = 2

    @classmethod
    def read(cls, path):
        """(Spec, [Point]) of a TOML file, points in order, equal ones once. Raises ConfigError naming the file."""
        try:
            data = toml_of(path)
        except Unreadable as error:
            raise ConfigError(f"sweep {str(path)!r} cannot be read: {error}") from None
        try:
            spec = cls.parse(data)
            if spec.liberty:
                spec = spec.replace(liberty=str(Path(path).parent / spec.liberty))
            return spec, spec.expand()
        except ConfigError as error:
            raise ConfigError(f"sweep {str(path)!r}: {error}") from None

    def how(self):
        """What is done with each point, as JSON data: see `tamis.sweep.point.evaluate`."""
        checks = {"seed": self.seed, "draws": self.draws, "simulator": self.simulator} if self.verify else None
        return {"part": self.part, "units": self.units, "verify": checks}

    def chosen_workloads(self):
        """[Workload], in the order of `workloads`. Raises ConfigError if a name is unknown."""
        return [named(name, self.workload) for name in self.workloads]

    def expand(self):
        """[Point], grid first, equal designs once. Raises ConfigError on what cannot be meant."""
        self._check_fields()
        self.chosen_workloads()
        found = [*self._grid(), *self._listed()]
        if not found:
            raise ConfigError("sweep must have a [grid] or [[points]]")
        distinct = {}
        for point in found:
            distinct.setdefault(_identity(point), point)
        return list(distinct.values())

    def _check_fields(self):
        for where, fields in (("[base]", self.base), ("[grid]", self.grid), *(
                (f"points[{number}]", point) for number, point in enumerate(self.points))):
            for field in fields:
                if field not in ArrayConfig.model_fields:
                    raise ConfigError(f"unknown field {field!r} in {where}, must be one of "
                                      f"{', '.join(ArrayConfig.model_fields)}")
        for field, values in self.grid.items():
            if not values:
                raise ConfigError(f"grid.{field} must have at least one value, not []")

    def _grid(self):
        if not self.grid:
            return []
        number = 1
        for values in self.grid.values():
            number *= len(values)
        if number > LARGEST:
            raise ConfigError(f"grid must have at most {LARGEST:,} combinations, not {number:,}")
        combinations = [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]
        points = [self._point(combination) for combination in combinations]
        for field, values in self.grid.items():
            for value in values:
                having = [point for point, made in zip(points, combinations, strict=True) if made[field] is value]
                if not any(point.config for point in having):
                    raise ConfigError(f"grid.{field} = {value!r} fits no combination: {having[0].reason}")
        return points

    def _listed(self):
        points = [self._point(fields) for fields in self.points]
        for number, point in enumerate(points):
            if point.reason:
                raise ConfigError(f"points[{number}]: {point.reason}")
        return points

    def _point(self, fields):
        fields = self.base | fields
        try:
            return Point(fields, ArrayConfig.parse(fields))
        except ConfigError as error:
            return Point(fields, None, str(error))


def _identity(point):
    return point.config.model_dump_json() if point.config else repr(sorted(point.fields.items()))

"""What the configurations of all units share: frozen, validated, one line for every mistake (as `hdl.config`)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hdl.config import ConfigError, _first_line, _illegal

__all__ = ["ConfigError", "Count", "UnitConfig", "Width", "illegal"]

Width = Annotated[int, Field(strict=True, ge=2, le=16)]
Count = Annotated[int, Field(strict=True, ge=1)]
illegal = _illegal


class UnitConfig(BaseModel):
    """A frozen configuration; `parse` takes a mapping and raises ConfigError, one line, on anything illegal."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def parse(cls, data):
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise ConfigError(_first_line(error, cls)) from None

"""N:M structured-sparse tensor hardware: Verilog, evidence and cost from one description.

    from tamis import ArrayConfig, generate, measure

    config = ArrayConfig.parse({"patterns": "2:4", "rows": 16, "cols": 16})
    generate(config).write("build/array")
    print(f"{measure(config).total.area:,.0f} transistors")

The names below load when they are first used, so that ``import tamis.golden`` needs numpy only.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamis.api import measure, select_target
    from tamis.errors import BadInput
    from tamis.golden.pattern import Pattern, Series
    from tamis.hdl.array.config import ArrayConfig
    from tamis.hdl.config import ConfigError
    from tamis.hdl.core.config import CoreConfig
    from tamis.hdl.emit.generate import Design, generate
    from tamis.regression import Verdict, verify

_HOMES = {
    "ArrayConfig": "tamis.hdl.array.config",
    "BadInput": "tamis.errors",
    "ConfigError": "tamis.hdl.config",
    "CoreConfig": "tamis.hdl.core.config",
    "Design": "tamis.hdl.emit.generate",
    "Pattern": "tamis.golden.pattern",
    "Series": "tamis.golden.pattern",
    "Verdict": "tamis.regression",
    "generate": "tamis.hdl.emit.generate",
    "measure": "tamis.api",
    "select_target": "tamis.api",
    "verify": "tamis.regression",
}

__all__ = [
    "ArrayConfig", "BadInput", "ConfigError", "CoreConfig", "Design", "Pattern", "Series", "Verdict", "generate",
    "measure", "select_target", "verify",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""The array's regression on every simulator here: each configuration, all scenarios, golden decides.

The configurations are corners of what is legal and random draws from it; the seed of the draws is fixed, that of the
scenarios differs by configuration.
"""

import functools

import numpy as np
import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError
from tamis.hdl.emit.generate import Design, generate
from tamis.testbench.array import scenarios
from tamis.testbench.run import runner, simulators

CORNERS = [
    {"patterns": "1:1", "rows": 1, "cols": 1},
    {"patterns": "2:4", "rows": 4, "cols": 4, "alpha": 2, "beta": 2},
    {"patterns": "1:8,2:8,4:8", "rows": 8, "cols": 6, "alpha": 3},
    {"patterns": "3:5", "rows": 6, "cols": 5, "beta": 1, "a_signed": False, "b_width": 5},
    {"patterns": "2:4", "rows": 4, "cols": 8, "alpha": 2, "beta": 4, "overflow": "saturate", "acc_width": 18},
    {"patterns": "1:32", "rows": 3, "cols": 2, "a_width": 16, "b_width": 16, "acc_width": 48},
    {"patterns": "1:1", "rows": 4, "cols": 4, "a_signed": False, "b_signed": False, "overflow": "saturate",
     "acc_width": 16},
    {"patterns": "4:8", "rows": 8, "cols": 3, "beta": 2, "a_width": 3, "b_width": 2, "acc_width": 4},
    {"patterns": "2:4", "rows": 8, "cols": 1, "beta": 8, "b_signed": False},
    {"patterns": "2:4", "rows": 8, "cols": 4, "alpha": 2, "beta": 2, "pipeline": "select"},
    {"patterns": "1:1", "rows": 4, "cols": 4, "alpha": 2, "overflow": "saturate", "acc_width": 17,
     "pipeline": "multiply"},
    {"patterns": "1:8,2:8,4:8", "rows": 8, "cols": 6, "alpha": 3, "pipeline": "both", "b_signed": False},
]


def random_configurations(count, seed=20):
    """Legal configurations, small enough to build in seconds."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        m = int(rng.integers(1, 33))
        n = int(rng.integers(1, min(m, 6) + 1))
        rows = n * int(rng.integers(1, 4))
        cols = int(rng.integers(1, 5))
        try:
            fields = {"patterns": f"{n}:{m}", "rows": rows, "cols": cols,
                      "alpha": int(rng.integers(1, cols + 1)), "beta": int(rng.integers(1, 5)),
                      "a_width": int(rng.integers(2, 17)), "a_signed": bool(rng.integers(2)),
                      "b_width": int(rng.integers(2, 17)), "b_signed": bool(rng.integers(2)),
                      "acc_width": int(rng.integers(4, 49)), "overflow": str(rng.choice(["wrap", "saturate"]))}
            ArrayConfig.parse(fields)
        except ConfigError:
            continue
        found.append(fields)
    return found


TESTS = "tamis.testbench.array.tests"
CONFIGURATIONS = CORNERS + random_configurations(9)


@functools.cache
def design_of(number):
    return generate(ArrayConfig.parse(CONFIGURATIONS[number]))


@pytest.mark.parametrize("simulator", simulators.available(), ids=lambda s: s.name)
@pytest.mark.parametrize("number", range(len(CONFIGURATIONS)), ids=lambda n: CONFIGURATIONS[n]["patterns"] + f"-{n}")
def test_every_scenario(number, simulator, tmp_path):
    outcomes = runner.run(design_of(number), simulator, tmp_path, tests=TESTS, seed=1000 + number)
    assert [outcome for outcome in outcomes if outcome.failure] == []
    assert [outcome.test for outcome in outcomes] == [*scenarios.CORNERS, scenarios.RANDOM]


@pytest.mark.parametrize("old, new", [
    ("load ? a[9:0] :", "1'h1 ? a[9:0] :"),         # entries are taken without being told to
    ("c_out <= ", "c_out <= 32'd1 + "),             # every sum is one too large
    ("valid_skew <= ", "valid_skew <= 1'h1 | "),    # valid never goes away
    ("entry_0[9] ?", "entry_1[9] ?"),               # one MAC uses its neighbour's index
    ("rst ?", "1'h0 ?"),                            # reset does nothing
])
def test_a_broken_design_is_caught_with_its_seed_and_waves(old, new, tmp_path):
    design = design_of(1)
    files = {name: text.replace(old, new) if name.endswith(".v") else text for name, text in design.files.items()}
    assert files != design.files
    simulator = simulators.available()[-1]
    outcomes = runner.run(Design(design.manifest, files), simulator, tmp_path, tests=TESTS, seed=7)
    failed = [outcome for outcome in outcomes if outcome.failure]
    assert failed
    assert all("seed 7" in outcome.failure and "patterns=" in outcome.failure for outcome in failed)
    assert list((tmp_path / "waves").rglob("*.fst")) + list((tmp_path / "waves").rglob("*.vcd"))

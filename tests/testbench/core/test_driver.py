"""The driver on the RTL through buses of every kind (`tamis.testbench.core.driver_tests`)."""

from pathlib import Path

from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import generate
from tamis.testbench.core import driver_tests
from tamis.testbench.run import runner, simulators

FAST = simulators.available()[-1]  # to build


def test_driver_on_every_bus(tmp_path: Path) -> None:
    outcomes = runner.run(generate(CoreConfig.preset("tiny-n:2")), FAST, tmp_path, tests=driver_tests.__name__, seed=5)
    assert [outcome for outcome in outcomes if outcome.failure] == []
    assert {outcome.test for outcome in outcomes} == set(driver_tests.TESTS)

"""What all tests share: which are long, and a filter of warnings."""

import re
import warnings

import pytest
from amaranth.hdl import UnusedElaboratable

# Amaranth says so of a component whose parameters were refused, when it is freed: that may be after the last test,
# where the filter of pyproject.toml no longer holds.
warnings.filterwarnings("ignore", category=UnusedElaboratable)

# Tests that `make test` leaves to `make long` (CI runs both): patterns of "file::test[parameters]". Each has a sibling
# of the same test that stays, with a smaller design, the faster simulator or a cheaper command. Tests of broken designs
# all stay.
LONG = re.compile("|".join((
    r"hdl/units/test_mvue\.py::test_to_the_bit_under_stalls\[fields(?![019]-)",
    r"hdl/units/test_condensed\.py::test_to_the_bit_under_stalls\[fields[024567]\]",
    r"hdl/core/test_lint\.py::test_no_warning\[(default|vegeta-512|stc-2:4|int16|saturate|M = 32|compressed)",
    r"hdl/core/test_output\.py::test_tiles\[(m8-stall1|m8, one|m16|m4, int16|m4-)",
    r"hdl/core/test_engine\.py::test_random_jobs\[\w+-(n:8|wide|blocks|masks|stc|int4)",
    r"hdl/core/test_engine\.py::test_cycles\[(n:8|wide|blocks|masks|stc|int4)",
    r"hdl/emit/test_generate\.py::test_different_configurations_share",
    r"testbench/core/test_core\.py::test_(other_cores\[dense|regression_and_full_coverage\[icarus)",
    r"testbench/array/test_array\.py::test_every_scenario\[.*-icarus\]",
    r"testbench/units/test_units\.py::test_regression_and_full_coverage\[.*-icarus\]",
    r"bench/test_core_work\.py::test_(convolution|network_as_predicted)",
    r"tamis/test_events\.py::test_a_signal.*\[(2-130-(?!generate)|15-143-(?!verify))",
    r"tamis/test_events\.py::test_two_at_once.*\[(demo|sweep|report)",
    r"tamis/test_events\.py::test_output_that_exists_is_left_alone\[(demo|sweep|verify)",
    r"tamis/test_sweep_run\.py::test_(two_workers_killed|the_sweep_itself|one_file_that_duckdb|a_point_that_fails)",
    r"tamis/test_sweep_cluster\.py::test_(tls|plain_tcp|a_scheduler)",
    r"tamis/test_wheel\.py::test_installed_wheel_generates",
)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if LONG.search(item.nodeid):
            item.add_marker(pytest.mark.long)

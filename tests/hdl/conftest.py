"""What the lint tests share."""

import pytest

from tamis.testbench.fuzz.lint import verilator


@pytest.fixture
def lint(tmp_path):
    """Verilator, all warnings on, has nothing to say of a text whose top is `unit`, and every signal has a name."""
    def check(text):
        assert "$signal" not in text, "a Signal without a name"
        assert verilator(text, "unit", tmp_path) == ""
    return check

"""testbench/run: what Verilator counted is read whole, or refused."""

import pytest

from tamis.testbench.run import lines
from tamis.testbench.run.results import RegressionError

HEAD = "# SystemC::Coverage-3\n"


def point(page, line, count, file="unit.v", what="block", instance="dut"):
    fields = {"f": f"/a/{file}", "l": line, "n": 3, "page": f"v_{page}/unit", "o": what, "h": instance}
    return "C '" + "".join(f"\x01{name}\x02{value}" for name, value in fields.items()) + f"' {count}\n"


def test_instances_are_merged_and_other_files_left_out(tmp_path):
    (tmp_path / lines.FILE).write_text(
        HEAD + point("line", 7, 0) + point("line", 7, 4, instance="dut.other") + point("line", 9, 0)
        + point("toggle", 2, 1, what="x[0]:0->1") + point("line", 1, 5, file="tamis_tb.v"))
    found = lines.read(tmp_path, ["unit.v"])
    assert lines.totals(found) == {"line": (1, 2), "toggle": (1, 1)}
    assert lines.holes(found, "line") == [lines.Point("line", "unit.v", 9, 3, "block")]


@pytest.mark.parametrize("text", [None, "", HEAD, point("line", 1, 1), HEAD + point("line", 1, 1)[:-9] + "\n",
                                  HEAD + point("line", 1, 1, file="other.v")])
def test_a_missing_damaged_or_empty_file_is_refused(text, tmp_path):
    if text is not None:
        (tmp_path / lines.FILE).write_text(text)
    with pytest.raises(RegressionError, match=r"code coverage '.*coverage\.dat'"):
        lines.read(tmp_path, ["unit.v"])

"""synth/target.py: which targets there are and what their scripts say."""

import pytest

from tamis.synth.target import TARGETS, select


@pytest.mark.parametrize("name", ["", "fpga", "Uniform", None])
def test_unknown(name):
    with pytest.raises(ValueError, match="target must be one of uniform, sky130, liberty, not"):
        select(name)


def test_liberty_file_goes_with_liberty_only():
    with pytest.raises(ValueError, match="target 'liberty' must have a Liberty file"):
        select("liberty")
    for name in TARGETS[:2]:
        with pytest.raises(ValueError, match=f"target '{name}' must not have a Liberty file"):
            select(name, "x.lib")


def test_units():
    assert (select("uniform").unit, select("sky130").unit) == ("tr", "um2")
    assert select("uniform").inputs == {}
    assert list(select("sky130").inputs) == ["cells.lib"]


def test_script():
    script = select("uniform").script(["s0.v", "s1.sv"], "top", flatten=True).splitlines()
    assert script[:2] == ["read_verilog /job/s0.v", "read_verilog -sv /job/s1.sv"]
    order = ["async2sync", "dffunmap -ce-only", "dfflegalize -cell $_DFF_P_ x", "abc -g cmos2"]
    assert [line for line in script if line in order] == order
    assert any("-flatten" in line for line in script)
    assert not any("flatten" in line for line in select("sky130").script(["s0.v"], "top", flatten=False).splitlines())

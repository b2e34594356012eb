"""synth/schema/: the published JSON Schema says of a report what the code does, and a real report fits it."""

import json
from importlib import resources

import jsonschema
import pytest

from tamis.synth.area import SCHEMA, AreaReport
from tamis.synth.flow import measure
from tamis.synth.target import select

PUBLISHED = json.loads((resources.files("synth") / "schema" / f"area-report-{SCHEMA}.json").read_text(encoding="utf-8"))


def test_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(PUBLISHED)


@pytest.mark.parametrize("name", ["uniform", "sky130"])
def test_a_report_fits(name, verilog):
    text = "module f(input clk, a, b, output reg q); always @(posedge clk) q <= ~(a & b); endmodule"
    report = measure(verilog(text), "f", select(name), flatten=True)
    data = json.loads(report.with_figures(1, ["2:4"], report).to_json())
    validator = jsonschema.Draft202012Validator(PUBLISHED)
    validator.validate(data)
    for broken in (data | {"schema": 1}, data | {"extra": 0}, {k: v for k, v in data.items() if k != "path"}):
        assert not validator.is_valid(broken)


def test_published_is_current():
    """Every field in the code is in the file, and the other way round; a change is a new version."""
    assert fields(PUBLISHED) == fields(AreaReport.model_json_schema(by_alias=True))


def fields(schema):
    parts = {"": schema} | schema["$defs"]
    return {name: (sorted(part["properties"]), sorted(part.get("required", []))) for name, part in parts.items()}

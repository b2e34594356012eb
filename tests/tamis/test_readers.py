"""Every reader of a file, and the parser of arguments: a result, or status 2 and one line; never a traceback or a wait.

The configuration that a command reads is used for nothing here: a name that is no identifier ends `generate` after the
configuration was read, and a folder that does not exist ends `synth`.
"""

import json
import os
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamis.hdl.emit import kinds
from tamis.hdl.emit.generate import Design
from tamis.report import evidence
from tamis.sweep import results, store
from tamis.sweep.spec import Spec
from tamis.synth import store as reports
from tamis.synth.liberty import Library
from tamis.synth.sky130 import liberty_text
from tamis.testbench.run import coverage
from tamis.testbench.run import results as outcomes
from tamis.testbench.run.results import RegressionError
from tamis.tools.inputs import Unreadable, toml_of
from tests.support.cli import is_one_line, is_refused, tamis
from tests.support.damage import damaged, tables
from tests.tamis.test_report import ABOUT, made, outcome

EXAMPLES = int(os.environ.get("TAMIS_EXAMPLES", "15"))  # of each test; more are for a long run
few = settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 15, deadline=None,
               suppress_health_check=[HealthCheck.function_scoped_fixture])
UNUSED = ("-o", "out", "--name", "2fast")  # no identifier
GOOD = {
    "array": 'patterns = ["1:2", "2:2"]\nrows = 2\ncols = 2\noverflow = "wrap"\n',
    "core": 'b_slots = 2\n[array]\npatterns = "1:2,2:2"\nrows = 4\ncols = 4\n',
    "tasd-pool": "blocks_per_cycle = 1\nunits = 8\n[unit]\nm = 4\n",
    "sas": "m = 4\nmax_channels = 64\n",
}
SPEC = """workloads = ["mine"]\ntarget = "uniform"\n[base]\nrows = 4\n[grid]\ncols = [2, 4]\npatterns = ["1:2", "2:4"]
[[points]]\nrows = 8\n[[workload]]\nname = "mine"\nlayers = [{name = "a", i = 1, k = 2, j = 3}]\n"""
HOSTILE = {
    "empty": b"", "zeros": bytes(100), "binary": bytes(range(256)), "UTF-16": "rows = 2".encode("utf-16"),
    "nested lists": b"rows = " + b"[" * 20_000, "nested tables": b"rows = " + b"{a=" * 5000,
    "dotted": b"rows" + b".a" * 20_000 + b" = 1", "digits": b"rows = " + b"9" * 5000,
    "hexadecimal digits": b"rows = 0x" + b"f" * 6000, "long": b"rows = '" + b"x" * 1_000_000 + b"'",
    "JSON, nested": b"[" * 100_000, "XML, nested": b"<a>" * 100_000,
    "entities": b'<!DOCTYPE a [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "&a%d;&a%d;&a%d;&a%d;">' % (n + 1, n, n, n, n) for n in range(30)) + b"]><a>&a30;</a>",
    "comments": b"library (x) {" + b"/*" * 200_000, "groups": b"library(" * 100_000,
    "spaces": b"library(" + b" " * 100_000,
}
READERS = {  # how a person names a file
    **{f"generate {kind}": ["generate", kind, "--config", "FILE", *UNUSED] for kind in kinds.KINDS},
    "sweep": ["sweep", "FILE", "-o", "full"],
    "sweep --results": ["sweep", "--results", "FILE"],
    "report": ["report", "FILE", "-o", "page.html"],
    "synth --liberty": ["synth", "tiny-1:2", "--liberty", "FILE", "-o", "out"],
    "verify --liberty": ["verify", "tiny-1:2", "--gates", "--liberty", "FILE"],
    "demo --weights": ["demo", "--weights", "FILE", "--a-width", "7"],
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder, but for `full`, whose results exist; the cache is in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAMIS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "results.parquet").touch()
    (tmp_path / "file").touch()
    return tmp_path


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files(content, place):
    (place / "file").write_bytes(content)
    for words in READERS.values():
        began = time.perf_counter()
        ended = tamis(*["file" if word == "FILE" else word for word in words])
        assert is_refused(ended), (words, ended)
        assert time.perf_counter() - began < 2, words


@pytest.mark.parametrize("name", ["", ".", "none", "/dev/zero", "/dev/full", "pipe", "\0", "x" * 5000, "a\nb\x1b[31m"])
def test_what_is_no_file_is_refused_at_once(name, place):
    os.mkfifo(place / "pipe")
    for words in READERS.values():
        assert is_refused(tamis(*[name if word == "FILE" else word for word in words])), words


def test_a_file_too_large_is_not_read(place):
    os.truncate(place / "file", 1 << 40)
    for words in READERS.values():
        if "--liberty" not in words:  # such a file may have 1 GiB
            assert is_refused(tamis(*["file" if word == "FILE" else word for word in words])), words


@few
@given(data=st.data())
def test_arguments(data, place):
    """Words that are options, values, kinds and anything else, in any order."""
    kind = data.draw(st.sampled_from(sorted(kinds.KINDS)))
    fields = [f"--{field.replace('_', '-')}" for field in kinds.KINDS[kind].Config.model_fields]
    word = st.one_of(st.sampled_from([*fields, kind, "--json", "--force", "--help", "--", "-x", "--config", "2:4", "16",
                                      "0", "-1", "1e9", "9" * 5000, "tiny-1:2", "none"]), st.text(max_size=6))
    words = data.draw(st.lists(word.filter(lambda text: "\0" not in text), max_size=6))
    ended = tamis("generate", *words, *UNUSED)
    assert is_refused(ended) or (ended.status == 0 and "--help" in words and not ended.said), (words, ended)
    ended = tamis("generate", kind, *words, *UNUSED)
    assert is_refused(ended) or (ended.status == 0 and "--help" in words and not ended.said), (words, ended)


@few
@given(data=st.data())
@pytest.mark.parametrize("kind", GOOD)
def test_configurations(kind, data, place):
    fields = [*kinds.KINDS[kind].Config.model_fields, "rows", "m"]
    (place / "file").write_bytes(data.draw(st.one_of(damaged(GOOD[kind].encode()), tables(fields).map(str.encode))))
    assert is_refused(tamis("generate", kind, "--config", "file", *UNUSED))


@few
@given(data=st.data())
def test_sweeps(data, place):
    fields = st.one_of(tables(Spec.model_fields), tables(["rows", "cols", "patterns", "nan"]).map("[base]\n{}".format),
                       tables(["rows", "cols", "patterns"]).map("[grid]\n{}".format))
    (place / "file").write_bytes(data.draw(st.one_of(damaged(SPEC.encode()), fields.map(str.encode))))
    assert is_refused(tamis("sweep", "file", "-o", "full"))


@few
@given(data=st.data())
def test_liberty_files(data, place):
    text = liberty_text()
    start, end = text.index("cell"), text.rindex("cell")
    content = data.draw(damaged((text[:start + 600] + text[end:]).encode()))
    (place / "file").write_bytes(content)
    try:
        assert Library.read("file").costs
    except ValueError as error:
        assert "'file'" in str(error) and "\n" not in str(error), error


@few
@given(data=st.data())
def test_results(data, place):
    """Damaged bytes, and rows with any values."""
    results.write(place / "good", made(), ABOUT)
    (place / "file").write_bytes(data.draw(damaged((place / "good").read_bytes())))
    ended = tamis("sweep", "--results", "file", "--top", "2", "--pareto", "area,throughput", "--json")
    assert is_refused(ended) or (ended.status in (0, 1) and json.loads(ended.output)), ended
    ended = tamis("report", "file", "-o", "page.html", "--force", "--design", "none")
    assert is_refused(ended), ended


@few
@given(data=st.data())
def test_rows_that_no_sweep_writes(data, place):
    """Values of the right types that mean nothing together."""
    rows = made()
    values = st.one_of(st.none(), st.floats(), st.integers(-5, 5), st.sampled_from(["", "nan", "2:4", "[[", EVIL]))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(rows[0])), values, max_size=4))
    for name, value in changed.items():
        if isinstance(rows[0][name], float) and isinstance(value, int | float):
            value = float(value)
        if value is None or type(value) is type(rows[0][name]):
            rows[0][name] = value
    results.write(place / "file", rows, ABOUT)
    for words in (["sweep", "--results", "file", "--top", "3", "--pareto", "area,throughput"],
                  ["report", "file", "-o", "page.html", "--force", "--design", "none"]):
        ended = tamis(*words)
        assert ended.status in (0, 1) or is_refused(ended), ended


EVIL = "<script>\x1b[31m\n"
LEFT = {"results.xml": b'<testsuites><testsuite><testcase name="a" time="1"/></testsuite></testsuites>',
        "coverage.json": b'{"point": {"bin": 3}}', "proofs.json": b'[{"proof": "a", "verdict": "proven"}]'}


@pytest.mark.parametrize("name", LEFT)
def test_what_verification_left(name, place):
    """A file is taken, or named as unreadable; the regression's own readers take it or fail the run."""
    @few
    @given(content=st.one_of(damaged(LEFT[name]), st.sampled_from([*HOSTILE.values()])))
    def check(content):
        (place / "full" / name).write_bytes(content)
        found = evidence.read(place / "full")
        assert len(found.tests) + len(found.coverage) + len(found.unreadable) <= 1
        for read in (lambda: coverage.holes(coverage.read(place / "full")),
                     lambda: outcomes.read(place / "full" / "results.xml", "verilator", ["a"])):
            try:
                read()
            except RegressionError as error:
                assert "\n" not in str(error)
    check()


def test_stores_take_whole_outcomes_only(place):
    """A damaged file of a store is as good as none."""
    good = json.dumps(outcome(1000.0)).encode()

    @few
    @given(content=st.one_of(damaged(good), st.sampled_from([*HOSTILE.values()])))
    def check(content):
        for path, load in ((place / "cache" / "points" / "00" / f"{'0' * 64}.json", store.load),
                           (place / "cache" / "synth" / "reports" / f"{'0' * 64}.json", reports.load)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            found = load("0" * 64)
            assert found is None or (load is store.load and set(found) >= {"status", "area"})
    check()


def test_manifests_of_others(place):
    """A file that is no manifest is the user's, and stays."""
    design = Design({"top": "mine"}, {"mine.v": "", "mine.json": "{}"})
    good = json.dumps(dict.fromkeys(("schema", "kind", "top", "config", "hash"), "mine")
                      | {"files": {"manifest": "other.json", "verilog": ["old.v"]}}).encode()

    @few
    @given(content=st.one_of(damaged(good), st.sampled_from([*HOSTILE.values()])))
    def check(content):
        (place / "full" / "other.json").write_bytes(content)
        design.write(place / "full", force=True)
        assert (place / "full" / "mine.v").is_file() and (place / "full" / "results.parquet").is_file()
    check()


def test_toml_integers_have_64_bits(place):
    (place / "file").write_text(f"a = {-(1 << 63)}\nb = {(1 << 63) - 1}\n")
    assert toml_of("file") == {"a": -(1 << 63), "b": (1 << 63) - 1}
    (place / "file").write_text(f"a = [[{1 << 63}]]")
    with pytest.raises(Unreadable, match="more than 64 bits"):
        toml_of("file")


def test_weights_of_any_members(place):
    for name, array in {"text": np.array(["x"]), "huge": np.zeros(2_000_000, np.int8), "none": np.array([])}.items():
        np.savez_compressed(place / f"{name}.npz", w1=array, seed=array)
        ended = tamis("demo", "--weights", f"{name}.npz")
        assert is_refused(ended) and is_one_line(ended.said), ended

"""docs/papers: its examples run, and every function it names exists."""

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "papers").glob("*.md"))
MODULES = ("mvue", "pattern", "prune", "quant", "sas", "srigl", "tasd", "tasder", "variance", "metadata")


@pytest.mark.skipif(int(np.__version__.split(".")[0]) < 2, reason="numpy 1 prints scalars otherwise")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples(page):
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text(), re.S))
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_names(page):
    names = re.findall(rf"\b({'|'.join(MODULES)})\.([a-z_0-9]+)", page.read_text())
    assert names
    for module, name in names:
        assert hasattr(importlib.import_module(f"tamis.golden.{module}"), name), f"{module}.{name}"


def test_the_four_papers_have_pages():
    assert [page.stem for page in PAGES] == ["mvue", "sas", "srigl", "tasd"]

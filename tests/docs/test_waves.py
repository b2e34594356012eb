"""The timing diagrams of the documentation show what the hardware does today."""

from pathlib import Path

import pytest

from docs.waves.__main__ import files
from docs.waves.diagrams import DIAGRAMS

PAGES = Path(__file__).resolve().parents[2] / "docs"


def test_committed_diagrams_are_those_of_a_simulation():
    made = files()
    assert len(made) == 2 * len(DIAGRAMS)
    stale = [file.name for file, text in made.items() if file.read_text(encoding="utf-8") != text]
    assert stale == [], "python -m docs.waves draws them again"


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_diagram_is_on_a_page(name):
    pages = [page for page in PAGES.rglob("*.md") if f"{name}.svg" in page.read_text(encoding="utf-8")]
    assert pages

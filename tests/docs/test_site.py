"""The documentation site: builds without a warning, its derived pages and its navigation are complete."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import site_hooks
from tamis.hdl.emit import kinds
from tamis.hdl.emit.generate import generate

ROOT = Path(__file__).resolve().parents[2]


def build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Not with --quiet, which drops the warnings before they are counted."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(source / "mkdocs.yml"),
               "--site-dir", str(site)]
    return subprocess.run(command, cwd=source, env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    run = build(ROOT, folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def test_every_page_is_on_the_site(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").is_file(), page


def test_derived_pages(site: Path) -> None:
    text = (site / "reference" / "command-line.html").read_text(encoding="utf-8")
    assert all(f"tamis generate {kind}" in text for kind in kinds.KINDS) and "--b-pattern" in text
    assert "DESCRIPTOR2" in (site / "reference" / "registers.html").read_text(encoding="utf-8")
    assert "tamis_array_m2_4x4" in (site / "reference" / "manifest.html").read_text(encoding="utf-8")
    assert "safe_k" in (site / "reference" / "api.html").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_the_network(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loads = re.findall(r"<(?:script|img|link)[^>]*(?:src|href)=\"?(https?://[^\s\">]+)", text)
        assert not loads, (page, loads)


def test_a_broken_link_fails(tmp_path: Path) -> None:
    """The strict build refuses a page that links to a page which does not exist."""
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "site_hooks.py", tmp_path / "docs")
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(text.partition("\nnav:")[0].replace("not_in_nav: core.md\n", ""))
    (tmp_path / "docs" / "index.md").write_text("[a page](missing.md)\n")
    run = build(tmp_path, tmp_path / "site")
    assert run.returncode != 0 and "missing.md" in run.stdout + run.stderr


def test_manifest_page_names_every_key() -> None:
    page = (ROOT / "docs" / "reference" / "manifest.md").read_text(encoding="utf-8")
    listed = {name for row in re.findall(r"^\| (`.*?`) \|", page, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert listed == {key for component in kinds.KINDS.values() for key in generate(component.Config()).manifest}


def test_derived_name_must_exist() -> None:
    with pytest.raises(KeyError, match="nothing"):
        site_hooks.expand("<!-- derived: nothing -->")


def test_links_out_of_docs_become_paths() -> None:
    text = site_hooks.outside_as_paths("[figures](../bench/array.md), [core](core.md)", ROOT / "docs")
    assert text == "figures (`bench/array.md`), [core](core.md)"

"""README and docs: links lead to files, Python examples run, commands exist, the configuration page is right."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from tamis.cli.main import cli
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.emit import kinds
from tests.support.page import COPY, commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")),
         *sorted((ROOT / "bench").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert "://" in link or (page.parent / link).exists(), link


WITH_COMMANDS = [page for page in PAGES if commands(text := page.read_text(encoding="utf-8")) and COPY not in text]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_commands_parse(page):
    """Every `tamis ...` line of a code block names a command and options that exist, also where it does not run."""
    for line in commands(page.read_text(encoding="utf-8")):
        name, *words = shlex.split(line, comments=True)[1:]
        assert name in cli.commands, line
        command = cli.commands[name]
        if isinstance(command, click.Group):
            command = command.commands[words[0] if words and words[0] in kinds.KINDS else "array"]
        known = {text for option in command.params for text in (*option.opts, *option.secondary_opts)} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known, line


def test_configuration_page():
    text = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    example, = re.findall(r"```toml[^\n]*\n(.*?)```", text, re.S)
    ArrayConfig.parse(tomllib.loads(example))
    rows = re.findall(r"^\| `([\w:-]+)` \| ([\d:, ]+) \| (\d+)x(\d+) \|$", text, re.M)
    assert [name for name, *_ in rows] == list(ArrayConfig.presets)
    for name, patterns, height, width in rows:
        config = ArrayConfig.preset(name)
        assert (config.pattern_text, config.rows, config.cols) == (patterns.replace(", ", ","), int(height), int(width))


def test_one_version():
    """The package, CITATION.cff and the newest section of CHANGELOG.md that has a date name the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    dated = re.search(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert cited and dated and project == cited[1] == dated[1]

"""MkDocs hooks: text that is derived from the code, and links to files outside docs/.

A page asks for derived text with a line ``<!-- derived: NAME -->``; NAME is a key of `DERIVED`. A link that leaves
docs/, to bench/ or to source code, has no page on the site; the site shows the path of the file instead.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from tamis.cli import effects
from tamis.cli.main import cli
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.core.config import CoreConfig
from tamis.hdl.emit.generate import generate

DOCS = Path(__file__).resolve().parent


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The Markdown of a page with its derived text, and without links that leave docs/."""
    return outside_as_paths(expand(markdown), (DOCS / page.file.src_uri).parent)


def expand(markdown: str) -> str:
    """The Markdown with every derived section put in. Raises KeyError for a name that is not in `DERIVED`."""
    return re.sub(r"^<!-- derived: ([\w-]+) -->$", lambda found: DERIVED[found[1]](), markdown, flags=re.MULTILINE)


def outside_as_paths(markdown: str, folder: Path) -> str:
    """The Markdown of a page in `folder`, each link to a file outside docs/ as its text and the path of the file."""
    def path(found: re.Match[str]) -> str:
        target = (folder / found[2]).resolve()
        if "://" in found[2] or target.is_relative_to(DOCS):
            return found[0]
        name = str(target.relative_to(DOCS.parent))
        return f"`{name}`" if found[1].strip("`") in (name, target.name) else f"{found[1]} (`{name}`)"
    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)\)", path, markdown)


def command_line() -> str:
    """The `--help` text of every command and kind."""
    return "\n".join(f"## `{name}`\n\n```text\n{text}\n```\n" for name, text in helps(cli, "tamis"))


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """(command line, help text) of a command and of every command below it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for child, below in command.commands.items():
            yield from helps(below, f"{name} {child}")


def register_page() -> str:
    """The register page that `tamis generate core` writes for the default preset, below its title."""
    design = generate(CoreConfig())
    return design.files[design.manifest["files"]["register_page"]].partition("\n")[2]


def manifest() -> str:
    """The manifest of the smallest array, as JSON."""
    return f"```json\n{json.dumps(generate(ArrayConfig.preset('tiny-1:2')).manifest, indent=1)}\n```"


DERIVED: dict[str, Callable[[], str]] = {
    "command-line": command_line,
    "commands-and-files": effects.markdown,
    "registers": register_page,
    "manifest": manifest,
}

"""Code blocks of a page, and the commands in them.

A page runs like this: blocks of the language `sh` and Python blocks run in their order, in one empty folder; a block
with `title="FILE"` is written to that file first. A `text` block after an `sh` block is part of what that block
prints. A comment `<!-- not run: REASON -->` on the line before a block says why the block does not run.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE_PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?```(?P<info>[^\n]*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
COPY = "<!-- runs in a copy of the repository -->"  # of a page that changes the package
LANGUAGES = {"sh", "python", "text", "toml", "json", "systemverilog"}


@dataclass(frozen=True)
class Block:
    """`language` and `title` of the fence, `text` between the fences, `reason` of a block that does not run or ""."""

    language: str
    title: str
    text: str
    reason: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found = []
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        language, _, rest = match["info"].partition(" ")
        title = re.search(r'title="([^"]+)"', rest)
        found.append(Block(language, title[1] if title else "", match["text"], match["reason"] or ""))
    return found


def commands(text: str) -> list[str]:
    """The `tamis ...` commands of a shell block, without comments; continued lines are joined."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("tamis ")]

"""The examples of README and docs run as a reader runs them, and print what the page says."""

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.page import COPY, LANGUAGES, ROOT, SITE_PAGES, Block, blocks

OWN = {"build", "dist", "examples"}  # not linked into the folder of a run; examples/ gets links one level down
COPIED = {"bench", "golden", "hdl", "host", "model", "synth", "tamis", "testbench", "tests", "tools"}
RUNNABLE = {"sh", "python"}
PAGES = [page for page in SITE_PAGES
         if any(b.language in RUNNABLE and not b.reason for b in blocks(page)) and page.parent.name != "papers"]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def copy_of_the_repository(folder: Path) -> None:
    """Copy the package into a folder, without what a run leaves behind."""
    ignored = shutil.ignore_patterns("__pycache__", "build", ".*")
    for file in ROOT.iterdir():
        if file.is_dir() and file.name in COPIED:
            shutil.copytree(file, folder / file.name, symlinks=True, ignore=ignored)


def linked_repository(folder: Path) -> None:
    """Show the repository's files in a folder by links, so that the reader's relative paths work."""
    for file in ROOT.iterdir():
        if not file.name.startswith(".") and file.name not in OWN:
            (folder / file.name).symlink_to(file)
    (folder / "examples").mkdir()
    for file in (ROOT / "examples").iterdir():
        (folder / "examples" / file.name).symlink_to(file)


def shell(block: Block, folder: Path) -> str:
    """What a shell block prints. Its commands stop at the first that fails."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block.text], cwd=folder, capture_output=True,
                          text=True, env=os.environ | {"PATH": path, "PYTHONPATH": str(folder)}, check=False)
    assert done.returncode == 0, f"{block.text}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def python(text: str, names: dict[str, object], page: Path) -> None:
    """Run a Python block: as a doctest if it has prompts, else as a program."""
    if ">>> " not in text:
        exec(compile(text, name(page), "exec"), names)
        return
    example = doctest.DocTestParser().get_doctest(text, names, page.name, str(page), 0)
    assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
    names.update(example.globs)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path
    (copy_of_the_repository if COPY in page.read_text(encoding="utf-8") else linked_repository)(folder)
    (folder / "build").mkdir()
    monkeypatch.chdir(folder)
    names: dict[str, object] = {"__name__": "__page__"}
    printed = ""
    for block in blocks(page):
        if block.title:
            file = folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        if block.reason or (block.title and block.language != "sh"):
            continue
        if block.language == "sh":
            printed = " ".join(shell(block, folder).split())
        elif block.language == "python":
            python(block.text, names, page)
        elif block.language == "text" and printed:
            for line in block.text.splitlines():
                assert " ".join(line.split()) in printed, (line, printed)


@pytest.mark.parametrize("page", SITE_PAGES, ids=name)
def test_every_block_names_its_language(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


def test_a_wrong_example_fails(tmp_path: Path) -> None:
    """The judges of this file see a command that fails and a printed line that differs."""
    with pytest.raises(AssertionError, match="no such command"):
        shell(Block("sh", "", "tamis nothing 2>&1 | sed 's/^/no such command: /'\n", ""), tmp_path)
    with pytest.raises(AssertionError):
        python(">>> 1 + 1\n3\n", {}, ROOT / "README.md")

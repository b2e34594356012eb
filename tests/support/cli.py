"""The command line inside the test's own process: what it printed, and how it ended."""

import contextlib
import io
from dataclasses import dataclass

from tamis.cli.main import main


@dataclass(frozen=True)
class Ended:
    """Exit status, and the text on standard output and standard error."""

    status: int
    output: str
    said: str


def tamis(*words: str) -> Ended:
    """Run `tamis WORDS`; an exception other than SystemExit is the caller's."""
    output, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(said):
        try:
            main([*words])
        except SystemExit as end:
            return Ended(end.code if isinstance(end.code, int) else 1, output.getvalue(), said.getvalue())
    raise AssertionError("the command did not end in SystemExit")


def is_refused(ended: Ended) -> bool:
    """Whether the command ended with status 2, one line on standard error, and nothing on standard output."""
    return (ended.status, ended.output) == (2, "") and is_one_line(ended.said)


def is_one_line(said: str) -> bool:
    return said.startswith("tamis: ") and said.count("\n") == 1 and said.endswith("\n") and len(said) < 1100

"""Where the commands print: the terminal at its width, a file or a pipe at 110 columns."""

from rich.console import Console

PIPE_WIDTH = 110


def console(*, stderr=False):
    """A rich Console."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=PIPE_WIDTH)

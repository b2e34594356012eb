"""What each command writes, and what is left of that, whatever happens while it works.

One table for two readers: the page docs/reference/commands-and-files.md shows it, and tests/tamis/test_events.py holds
every cell of it to the real command.
"""

__all__ = ["COMMANDS", "EVENTS", "OUTCOMES", "markdown", "of"]

COMMANDS = {  # what it writes, and where
    "generate": "Verilog, manifest, FuseSoC core, LibreLane and SDC files; of a core registers too: folder `-o`",
    "verify": "JUnit XML, logs, coverage and, on failure, waves: folder `-o`, else a temporary folder, which stays "
              "only if a test failed",
    "synth": "the report as JSON: file `-o`; the treemap: file `--svg`",
    "demo": "Verilog and the simulation of the layer: a folder of the design's name in folder `-o`",
    "sweep": "`results.parquet`: folder `-o`; every point that is finished: the cache",
    "report": "the page: file `-o`",
}
_ALL = tuple(COMMANDS)


OUTCOMES = {  # what a person sees
    "ended": "ends with one line, its child processes too; no output, no temporary file is left",
    "whole": "the same; the Verilog, if it was written, is whole and stays",
    "nothing": "one line, status 1 or 2; no half-written file is left",
    "refused": "the second is refused in one line, status 2",
    "last": "both succeed; each writes the whole file, and the last one stays",
    "left alone": "refused in one line, status 2; `--force` replaces it",
    "replaced": "the demo's own files are replaced, and no other",
    "named": "refused in one line that names the folder, status 2",
    "helped": "refused in one line that says to set `TAMIS_CACHE`, status 2",
    "unaffected": "succeeds; it keeps nothing in the cache",
}
_OTHERS = tuple(name for name in _ALL if name != "demo")
# {event: {outcome: commands}}
EVENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "interrupt: Ctrl-C, status 130": {"ended": _OTHERS, "whole": ("demo",)},
    "termination: SIGTERM, status 143": {"ended": _OTHERS, "whole": ("demo",)},
    "full disk": {"nothing": _ALL},
    "two at once": {"refused": ("generate", "verify", "demo"), "last": ("synth", "sweep", "report")},
    "output that exists": {"left alone": _OTHERS, "replaced": ("demo",)},
    "read-only output folder": {"named": _ALL},
    "read-only cache": {"helped": ("verify", "synth", "demo", "sweep"), "unaffected": ("generate", "report")},
}


def of(event: str, *outcomes: str) -> list[str]:
    """The commands that have one of those outcomes in that event, in the order of `COMMANDS`."""
    return [name for name in COMMANDS if any(name in EVENTS[event].get(outcome, ()) for outcome in outcomes)]


def markdown() -> str:
    """The two tables of the page: what each command writes, and a row of outcomes for each event."""
    lines = ["| command | writes |", "|---|---|",
             *(f"| `tamis {name}` | {what} |" for name, what in COMMANDS.items()), "",
             f"| what happens | {' | '.join(f'`{name}`' for name in COMMANDS)} |", f"|---{'|---' * len(COMMANDS)}|"]
    for event, outcomes in EVENTS.items():
        cells = [next(outcome for outcome, commands in outcomes.items() if name in commands) for name in COMMANDS]
        lines.append(f"| {event} | {' | '.join(cells)} |")
    lines += ["", "| word | meaning |", "|---|---|",
              *(f"| {word} | {meaning} |" for word, meaning in OUTCOMES.items())]
    return "\n".join(lines)

"""The options that describe a design, the same for every command and kind: a preset, a TOML file, or flags over either.

A command is a `ByKind`: its first argument may be a kind, and each kind has the flags of its configuration's fields,
with their documentation and defaults. Without a kind the command is the array's.
"""

import functools
from collections.abc import Callable
from typing import Any

import click

from tamis.cli.fields import flags_of, nested
from tamis.hdl.array.config import ArrayConfig
from tamis.hdl.config import ConfigError
from tamis.hdl.emit import kinds

__all__ = ["ByKind", "by_kind", "with_config"]

ARRAY = kinds.of(ArrayConfig()).kind
Command = Callable[..., Any]


class ByKind(click.Group):
    """A command with a subcommand for each kind; arguments that do not begin with a kind are the array's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first in self.commands:
            return super().parse_args(ctx, args)
        if first and not first.startswith("-") and first not in ArrayConfig.presets:
            raise ConfigError(f"preset must be one of {', '.join(ArrayConfig.presets)}, or the kind one of "
                              f"{', '.join(self.commands)}, not {first!r}")
        return super().parse_args(ctx, [ARRAY, *args])


def by_kind(name: str, callback: Command, example: str, **others: Command) -> ByKind:
    """The `ByKind` of one command.

    Parameters
    ----------
    name : str
    callback : callable (config, ...)
        With click's options; what it does for every kind, its docstring the help.
    example : str
        Arguments behind the command's name in the help, such as "-o build/out".
    others : callable
        What it does for a kind for which it is something else.
    """
    group = ByKind(name, help=_first_line(callback))
    group.short_help = _first_line(callback)
    for kind, component in kinds.KINDS.items():
        command = with_config(component, others.get(kind, callback))
        text = f"\b\nExample:\n  tamis {name} {'' if kind == ARRAY else f'{kind} '}{example}"
        if kind == ARRAY:
            text += (f"\n\nAnother KIND has options of its own: `tamis {name} KIND --help`, KIND one of "
                     f"{', '.join(k for k in kinds.KINDS if k != kind)}.")
        group.add_command(click.command(kind, epilog=text)(command))
    return group


def with_config(component: Any, command: Command) -> Command:
    """Adds PRESET, --config and a flag for each field; the command gets one `config` in their place."""
    Config = component.Config
    flags = flags_of(Config())

    @functools.wraps(command)
    def configured(config_file: str | None, preset_name: str | None = None, **arguments: Any) -> Any:
        chosen = nested({flag.path: value for flag in flags if (value := arguments.pop(flag.name)) is not None})
        if preset_name and config_file is not None:
            raise ConfigError(f"design must be a preset or a --config file, not both: {preset_name!r} and "
                              f"{config_file!r}")
        if config_file is not None:
            config = Config.load(config_file, **chosen)
        elif Config.presets:
            config = Config.preset(preset_name or "default", **chosen)
        else:
            config = Config.parse(chosen)
        return command(config=config, **arguments)

    configured.__click_params__ = list(getattr(command, "__click_params__", []))  # type: ignore[attr-defined]
    configured.__doc__ = f"{command.__doc__}\n\n    The design: {_title(component)}." + (
        f"\n\n    PRESET is one of {', '.join(Config.presets)}." if Config.presets else "")
    for flag in reversed(flags):
        configured = click.option(flag.option, flag.name, type=flag.type, default=None, metavar=flag.metavar,
                                  help=flag.help)(configured)
    configured = click.option("--config", "config_file", metavar="FILE", help="A TOML file of fields.")(configured)
    if Config.presets:
        configured = click.argument("preset_name", metavar="[PRESET]", required=False)(configured)
    return configured


def _title(component: Any) -> str:
    title = component.title
    return title if isinstance(title, str) else _first_line(component).rstrip(".")


def _first_line(documented: Any) -> str:
    return str(documented.__doc__).partition("\n")[0]

"""The options that describe a design, the same for every command: a preset, a TOML file, or flags over either.

A command is a `ByKind`: its first argument may be a kind, and each kind has the flags of its configuration's fields,
with their documentation and defaults. Without a kind it is the array's.
"""

import functools
from dataclasses import replace

import click

from tamis.cli.fields import flags_of, nested
from tamis.hdl.array.config import PRESETS, ArrayConfig, preset
from tamis.hdl.config import ConfigError
from tamis.hdl.emit import kinds

FLAGS = {
    "pattern": ("patterns", str, "N:M patterns of A, all of one M, such as 2:4 or 1:8,2:8,4:8; 1:1 is dense."),
    "rows": ("rows", int, "MACs along K."),
    "cols": ("cols", int, "MACs along I."),
    "alpha": ("alpha", int, "Columns that share a block register."),
    "beta": ("beta", int, "Rows reduced inside a PE."),
    "a-width": ("a_width", int, "Bits of A, 2 to 16."),
    "b-width": ("b_width", int, "Bits of B, 2 to 16."),
    "acc-width": ("acc_width", int, "Bits of a partial sum, 4 to 48."),
    "overflow": ("overflow", str, "wrap or saturate."),
    "pipeline": ("pipeline", str, "Registers in a PE: none, select, multiply or both."),
    "safe-k": ("safe_k", int, "Refuse an accumulator that K of this depth could overflow."),
}
SWITCHES = {
    "a-signed/--a-unsigned": ("a_signed", "Two's complement or unsigned A."),
    "b-signed/--b-unsigned": ("b_signed", "Two's complement or unsigned B."),
}
_OF_ARRAY = {field: (f"--{flag}", text) for flag, (field, *_, text) in (*FLAGS.items(), *SWITCHES.items())}


class ByKind(click.Group):
    """A command with a subcommand for each kind; what does not begin with a kind is the array's."""

    def parse_args(self, ctx, args):
        first = args[0] if args else ""
        if first in self.commands:
            return super().parse_args(ctx, args)
        if first and not first.startswith("-") and first not in PRESETS:
            raise ConfigError(f"preset must be one of {', '.join(PRESETS)}, or the kind one of "
                              f"{', '.join(self.commands)}, not {first!r}")
        return super().parse_args(ctx, [ARRAY, *args])


ARRAY = kinds.of(ArrayConfig()).kind


def by_kind(name, callback, example, **others):
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
    group = ByKind(name, help=callback.__doc__.partition("\n")[0])
    group.short_help = callback.__doc__.partition("\n")[0]
    for kind, component in kinds.KINDS.items():
        if kind == ARRAY:
            made = design_options(others.get(kind, callback))
            shown = ""
            epilog = (f"\n\nPRESET is one of {', '.join(PRESETS)}.\n\nAnother KIND has options of its own: `tamis "
                      f"{name} KIND --help`, KIND one of {', '.join(k for k in kinds.KINDS if k != kind)}.")
        else:
            made, shown, epilog = _unit_options(component, others.get(kind, callback)), f"{kind} ", ""
        text = f"\b\nExample:\n  tamis {name} {shown}{example}{epilog}"
        group.add_command(click.command(kind, epilog=text)(made))
    return group


def design_options(command):
    """Adds PRESET, --config and the flags; the command gets one `config` (ArrayConfig) in their place."""

    @functools.wraps(command)
    def with_config(preset_name, config_file, **arguments):
        fields = {field: arguments.pop(field) for field, *_ in (*FLAGS.values(), *SWITCHES.values())}
        return command(config=_config(preset_name, config_file, fields), **arguments)

    with_config.__click_params__ = list(getattr(command, "__click_params__", []))
    for flag, (field, help_text) in reversed(SWITCHES.items()):
        with_config = click.option(f"--{flag}", field, default=None, help=help_text)(with_config)
    for flag, (field, kind, help_text) in reversed(FLAGS.items()):
        with_config = click.option(f"--{flag}", field, type=kind, help=help_text)(with_config)
    with_config = click.option("--config", "config_file", metavar="FILE", help="A TOML file of fields.")(with_config)
    return click.argument("preset_name", metavar="[PRESET]", required=False)(with_config)


def _config(name, file, fields):
    if name and file is not None:
        raise ConfigError(f"design must be a preset or a --config file, not both: {name!r} and {file!r}")
    chosen = {field: value for field, value in fields.items() if value is not None}
    return preset(name or "default", **chosen) if file is None else ArrayConfig.load(file, **chosen)


def _unit_options(component, command):
    """As `design_options`, for another kind: a flag for each field of its configuration."""
    flags = [_as_array(flag, component.Config()) for flag in flags_of(component.Config)]
    presets = getattr(component.Config, "presets", {})

    @functools.wraps(command)
    def with_config(config_file, preset_name=None, **arguments):
        chosen = nested({flag.path: value for flag in flags if (value := arguments.pop(flag.name)) is not None})
        if preset_name and config_file is not None:
            raise ConfigError(f"design must be a preset or a --config file, not both: {preset_name!r} and "
                              f"{config_file!r}")
        if preset_name and preset_name not in presets:
            raise ConfigError(f"preset must be one of {', '.join(presets)}, not {preset_name!r}")
        if config_file is not None:
            return command(config=component.Config.load(config_file, **chosen), **arguments)
        over = presets.get(preset_name or "default", {})
        return command(config=component.Config.parse(nested(over, chosen)), **arguments)

    with_config.__click_params__ = list(getattr(command, "__click_params__", []))
    with_config.__doc__ = (f"{command.__doc__}\n\n    KIND {component.kind}: {component.__doc__.partition(chr(10))[0]}"
                           + (f"\n\n    PRESET is one of {', '.join(presets)}." if presets else ""))
    for flag in reversed(flags):
        with_config = click.option(flag.option, flag.name, type=flag.type, default=None, help=flag.help)(with_config)
    with_config = click.option("--config", "config_file", metavar="FILE", help="A TOML file of fields.")(with_config)
    if presets:
        with_config = click.argument("preset_name", metavar="[PRESET]", required=False)(with_config)
    return with_config


def _as_array(flag, config):
    """A flag of an array inside another configuration goes by the name and words that the array's own has."""
    if flag.path[0] != "array" or flag.path[-1] not in _OF_ARRAY:
        return flag
    option, text = _OF_ARRAY[flag.path[-1]]
    default = functools.reduce(getattr, flag.path, config)
    shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else shown
    return replace(flag, option=option, help=text + (f"  [default: {shown}]" if shown is not None else ""))

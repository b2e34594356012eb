"""The options that describe a design, the same for every command: a preset, a TOML file, or flags over either."""

import functools

import click

from hdl.config import ArrayConfig, ConfigError, preset

_FLAGS = {
    "pattern": ("patterns", str, "N:M patterns of A, all of one M, such as 2:4 or 1:8,2:8,4:8; 1:1 is dense."),
    "rows": ("rows", int, "MACs along K."),
    "cols": ("cols", int, "MACs along I."),
    "alpha": ("alpha", int, "Columns that share a block register."),
    "beta": ("beta", int, "Rows reduced inside a PE."),
    "a-width": ("a_width", int, "Bits of A, 2 to 16."),
    "b-width": ("b_width", int, "Bits of B, 2 to 16."),
    "acc-width": ("acc_width", int, "Bits of a partial sum, 4 to 48."),
    "overflow": ("overflow", str, "wrap or saturate."),
    "safe-k": ("safe_k", int, "Refuse an accumulator that K of this depth could overflow."),
}
_SWITCHES = {
    "a-signed/--a-unsigned": ("a_signed", "Two's complement or unsigned A."),
    "b-signed/--b-unsigned": ("b_signed", "Two's complement or unsigned B."),
}


def design_options(command):
    """Adds PRESET, --config and the flags; the command gets one `config` (ArrayConfig) in their place."""

    @functools.wraps(command)
    def with_config(preset_name, config_file, **arguments):
        fields = {field: arguments.pop(field) for field, *_ in (*_FLAGS.values(), *_SWITCHES.values())}
        return command(config=_config(preset_name, config_file, fields), **arguments)

    for flag, (field, help_text) in reversed(_SWITCHES.items()):
        with_config = click.option(f"--{flag}", field, default=None, help=help_text)(with_config)
    for flag, (field, kind, help_text) in reversed(_FLAGS.items()):
        with_config = click.option(f"--{flag}", field, type=kind, help=help_text)(with_config)
    with_config = click.option("--config", "config_file", metavar="FILE", help="A TOML file of fields.")(with_config)
    return click.argument("preset_name", metavar="[PRESET]", required=False)(with_config)


def _config(name, file, fields):
    if name and file:
        raise ConfigError(f"design must be a preset or a --config file, not both: {name!r} and {file!r}")
    chosen = {field: value for field, value in fields.items() if value is not None}
    return ArrayConfig.load(file, **chosen) if file else preset(name or "default", **chosen)

"""tamis/cli/fields.py: every field of every kind is a flag, with a line of documentation and its default."""

import pytest

from tamis.cli.fields import flags_of, nested
from tamis.hdl.emit.kinds import KINDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("array", "core")])  # a core's array has others
def test_every_field_has_a_flag_with_its_own_words(kind):
    config = KINDS[kind].Config
    flags = flags_of(config)
    assert {flag.path[0] for flag in flags} == set(config.model_fields)
    assert len({flag.name for flag in flags}) == len(flags)
    for flag in flags:
        default = config()
        for name in flag.path:
            default = getattr(default, name)
        shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
        assert flag.help.endswith(f"  [default: {shown}]")


def test_words_come_from_the_docstring():
    words = {flag.name: flag.help for flag in flags_of(KINDS["tasd"].Config)}
    assert words["m"].startswith("4, 8 or 16. Elements of a block.")
    assert words["signed"].startswith("Two's complement or unsigned.")
    assert {flag.name: flag.option for flag in flags_of(KINDS["tasd"].Config)}["signed"] == "--signed/--no-signed"


def test_nested_fields_keep_what_is_not_said():
    assert nested({("unit", "m"): 4, "units": 2}) == {"unit": {"m": 4}, "units": 2}
    preset = {"unit": {"m": 4, "width": 8}}
    assert nested(preset, {"unit": {"m": 16}}) == {"unit": {"m": 16, "width": 8}}
    assert preset == {"unit": {"m": 4, "width": 8}}

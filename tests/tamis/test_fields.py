"""tamis/cli/fields.py: every field of every kind is a flag, with a line of documentation and its default."""

import functools

import pytest

from tamis.cli.fields import flags_of, nested
from tamis.hdl.emit.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_flag_with_its_own_words(kind):
    config = KINDS[kind].Config()
    flags = flags_of(config)
    assert {flag.path[0] for flag in flags} == set(type(config).model_fields)
    assert len({flag.name for flag in flags}) == len(flags) == len({flag.option for flag in flags})
    for flag in flags:
        default = functools.reduce(getattr, flag.path, config)
        shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else shown
        says = f"  [default: {shown}]"
        assert flag.help.endswith(says) or default is None or "default" in flag.help.removesuffix(says)
        assert len(flag.help.removesuffix(says)) > len(flag.name) + 1


def test_words_come_from_the_docstring():
    flags = {flag.name: flag for flag in flags_of(KINDS["tasd"].Config())}
    assert flags["m"].help == "Elements of a block.  [default: 8]" and flags["m"].metavar == "4|8|16"
    assert flags["signed"].help.startswith("Two's complement or unsigned elements.")
    assert flags["signed"].option == "--signed/--no-signed" and flags["width"].metavar is None


def test_nested_fields():
    assert nested({("unit", "m"): 4, ("units",): 2, ("unit", "style"): "tree"}) == {
        "unit": {"m": 4, "style": "tree"}, "units": 2}

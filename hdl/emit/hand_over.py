"""Files that hand a design over to other tools: FuseSoC core, LibreLane configuration, SDC.

All three are templates of the manifest. The clock in them is where to begin, not what was reached: 10 ns, and a fifth
of it for what is outside on either side of the design.
"""

from dataclasses import dataclass

__all__ = ["CLOCK_NS", "files", "names"]

CLOCK_NS = 10


@dataclass(frozen=True)
class _File:
    """What the manifest calls it, the end of its name, its template."""

    key: str
    suffix: str
    template: str


_FILES = (
    _File("fusesoc", ".core", "fusesoc.core.j2"),
    _File("librelane", ".librelane.yaml", "librelane.yaml.j2"),
    _File("sdc", ".sdc", "clock.sdc.j2"),
)


def names(top):
    """{what the manifest calls it: file name}"""
    return {file.key: top + file.suffix for file in _FILES}


def files(manifest, templates):
    """{file name: text} from the jinja2 environment `templates`."""
    return {manifest["files"][file.key]: templates.get_template(file.template).render(manifest=manifest, clock=CLOCK_NS)
            for file in _FILES}

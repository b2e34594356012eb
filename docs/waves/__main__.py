"""``python -m docs.waves``: simulate, and write every diagram again as WaveJSON and as SVG."""

from pathlib import Path

from docs.waves.diagrams import DIAGRAMS
from docs.waves.wavejson import as_json, as_svg

FOLDER = Path(__file__).resolve().parent
IMAGES = FOLDER.parent / "images"


def files() -> dict[Path, str]:
    """{file: text} of every diagram, from a simulation that runs now."""
    waves = {name: make() for name, make in DIAGRAMS.items()}
    return ({FOLDER / f"{name}.json": as_json(wave) for name, wave in waves.items()}
            | {IMAGES / f"{name}.svg": as_svg(wave) for name, wave in waves.items()})


if __name__ == "__main__":
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
        print(file)

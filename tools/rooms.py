"""Draw the rooms of the package as they are: a band a layer, a box a room with its modules and lines of code.

    python -m tools.rooms docs/images/rooms.svg

Layers are those of ``pyproject.toml``, the lowest at the top; a room imports only from rooms above it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from tools.imports import ROOT, layers

#: What a newcomer finds in each room.
SUBJECTS = {
    "errors": "the exceptions", "records": "checks of records", "receipt": "Receipt, Field",
    "document": "Document, Page, Line",
    "runtime": "cores, threads, options", "polygons": "polygon rules", "io": "pictures and PDFs to pixels",
    "prepare": "clean-up of pages", "engine": "models, sessions, cache", "detection": "maps to regions",
    "recognition": "crops to text", "layout": "rows, several receipts", "receipts": "lines to checked fields",
    "pipeline": "reader, many inputs", "writers": "output formats", "datasets": "annotations, synthetic receipts",
    "metrics": "CLEval, CER, fields", "models": "networks", "configs": "Hydra groups",
    "training": "training and export",
    "bench": "speed, memory, peers", "app": "workbench", "server": "service, review page",
    "batch": "buckets to Parquet", "cli": "commands",
    "ocrmypdf": "plugin of OCRmyPDF",
}  # fmt: skip
_WIDTH, _HEIGHT, _GAP, _LEFT = 300, 38, 8, 20


def size(room: str) -> tuple[int, int]:
    """Modules and lines of code of a room."""
    place = ROOT / "src" / "ocr" / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return len(files), sum(len(file.read_text("utf-8").splitlines()) for file in files)


def drawing(rows: list[list[str]]) -> Iterator[str]:
    """The lines of an SVG file of rooms in rows."""
    width = 2 * _LEFT + 2 * _WIDTH + _GAP
    height = 2 * _LEFT + len(rows) * (_HEIGHT + _GAP)
    view = f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {view}>'
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for number, row in enumerate(rows):
        y = _LEFT + number * (_HEIGHT + _GAP)
        wide = (2 * _WIDTH + _GAP - (len(row) - 1) * _GAP) / len(row)
        for place, room in enumerate(row):
            x = _LEFT + place * (wide + _GAP)
            modules, lines = size(room)
            counted = f"{modules} module{'s' * (modules > 1)}, {lines} lines"
            yield f'<rect x="{x}" y="{y}" width="{wide}" height="{_HEIGHT}" rx="6" fill="#eef4f1" stroke="#1f6f5c"/>'
            yield f'<text x="{x + 10}" y="{y + 16}" font-weight="bold" fill="#123">{escape(room)}</text>'
            yield f'<text x="{x + 10}" y="{y + 31}" fill="#345">{escape(SUBJECTS[room])}</text>'
            right = f'x="{x + wide - 10}" y="{y + 16}" text-anchor="end"'
            yield f'<text {right} fill="#678" font-size="10">{counted}</text>'
    yield "</svg>"


def main() -> None:
    """Write the picture."""
    whole = next(contract for contract in layers(ROOT / "pyproject.toml") if "ocr.errors" in contract)
    rows = [[name.strip().removeprefix("ocr.") for name in line.split("|")] for line in reversed(whole)]
    Path(sys.argv[1]).write_text("\n".join(drawing(rows)) + "\n", "utf-8")


if __name__ == "__main__":
    main()

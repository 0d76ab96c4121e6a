"""``ocr synth``: synthetic receipts with exact annotations, as files."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated

import typer


class _Format(str, enum.Enum):
    sroie = "sroie"
    words_json = "words-json"


class _Split(str, enum.Enum):
    train = "train"
    validation = "validation"
    all = "all"


class _Setting(str, enum.Enum):
    scan = "scan"
    photo = "photo"


class _Printing(str, enum.Enum):
    thermal = "thermal"
    laser = "laser"
    matrix = "matrix"


def synth(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write into; made where it is missing.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many receipts.")] = 100,
    seed: Annotated[
        int, typer.Option(help="The same seed gives the same bytes, on any number of workers.")
    ] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes that make receipts.")] = 1,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write a contact sheet, preview.png, too.")
    ] = False,
    format: Annotated[
        _Format, typer.Option(help="Annotations: boxes/NAME.txt with x1,y1,…,x4,y4,text, or one words.json.")
    ] = _Format.sroie,
    split: Annotated[
        _Split, typer.Option(help="Fonts: those for training, those held out, or all.")
    ] = _Split.all,
    fonts: Annotated[
        Path | None, typer.Option(help="Folder of .ttf and .otf files to use instead of the font packages.")
    ] = None,
    system_fonts: Annotated[
        bool, typer.Option("--system-fonts", help="Add the fonts that the operating system has installed.")
    ] = False,
    setting: Annotated[_Setting | None, typer.Option(help="Only scans, or only photos.")] = None,
    printing: Annotated[_Printing | None, typer.Option(help="Only receipts printed this way.")] = None,
    locale: Annotated[str | None, typer.Option(help="Only receipts of this country, as in de_DE.")] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="JPEG quality of the files.")] = 88,
) -> None:
    """Make synthetic receipts: pictures, polygons with transcripts, and fields.

    Writes images/NNNN.jpg, boxes/NNNN.txt (or words.json) and fields/NNNN.json, which `ocr train` and
    `ocr eval` read, and receipts.json with the values and items of all receipts: `ocr eval OUT/receipts.json`
    measures how well receipts are understood.
    """
    from ocr.cli.progress import bar
    from ocr.datasets.synthetic.receipts import Fixed
    from ocr.datasets.synthetic.writing import Order, write_receipts
    from ocr.io.files import refuse_filled

    refuse_filled(out)

    fixed = Fixed(
        setting.value if setting else None,
        printing.value if printing else None,
        locale,
    )
    order = Order(seed, count, split.value, folder=fonts, system=system_fonts, fixed=fixed, quality=quality)
    with bar(count, "Making receipts") as advance:
        names = write_receipts(order, out, format.value, workers, 24 if preview else 0, advance)
    print(f"{len(names)} receipts in {out}", file=sys.stderr)

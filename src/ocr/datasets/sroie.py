"""SROIE and ICDAR text files: lines of ``x1,y1,x2,y2,x3,y3,x4,y4,transcript``, one file per picture.

Two layouts are read::

    images/NAME.jpg  boxes/NAME.txt  fields/NAME.json    (optional)
    NAME.jpg  NAME.txt or gt_NAME.txt                    beside each other

The folder of the boxes may also be called annotations, labels or gt, that of the fields entities.
Commas after the eighth belong to the transcript, which is never quoted; ``###`` marks an unreadable line.
Files are UTF-8 with or without a byte order mark, or else Latin-1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ocr.datasets.outgoing import Losses, Outgoing, coordinate, marked, quad
from ocr.datasets.pictures import IMAGE_SUFFIXES
from ocr.datasets.sample import UNREADABLE, LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, InputNotFound, InputUnreadable
from ocr.io.files import write_whole

_BOX_FOLDERS = ("boxes", "annotations", "labels", "gt")
_FIELD_FOLDERS = ("fields", "entities")


@dataclass(frozen=True)
class _Entry:
    name: str
    image: Path
    boxes: Path
    fields: Path | None


class SroieDataset(LazyDataset[_Entry]):
    """Pictures with ``x1,…,y4,transcript`` files, sorted by name."""

    format = "sroie"

    @classmethod
    def open(cls, folder: Path) -> SroieDataset:
        """List a folder in either layout.

        Raises:
            AnnotationInvalid: where there is no annotation file in it.
        """
        if not folder.is_dir():
            raise AnnotationInvalid(
                f"{folder} is no folder; the sroie format is a folder with images and text files."
            )
        boxes_folder = _first_folder(folder, _BOX_FOLDERS)
        images_folder = folder / "images" if (folder / "images").is_dir() else folder
        fields_folder = _first_folder(folder, _FIELD_FOLDERS)
        images = {p.stem: p for p in sorted(images_folder.iterdir()) if p.suffix.lower() in IMAGE_SUFFIXES}
        entries: list[_Entry] = []
        for file in sorted((boxes_folder or images_folder).glob("*.txt")):
            name = file.stem
            if name not in images and name.startswith("gt_"):
                name = name.removeprefix("gt_")
            elif name not in images and boxes_folder is None:
                continue  # a readme or a list of files, beside the pictures
            fields = fields_folder / f"{name}.json" if fields_folder else None
            image = images.get(name, images_folder / f"{name}.jpg")
            entries.append(_Entry(name, image, file, fields if fields and fields.is_file() else None))
        if not entries:
            raise AnnotationInvalid(
                f"{folder} holds no annotations: expected boxes/NAME.txt, or NAME.txt or gt_NAME.txt "
                f"beside NAME.jpg."
            )
        return cls(entries, sorted(images.keys() - {entry.name for entry in entries}))

    def _name(self, entry: _Entry) -> str:
        return entry.name

    def _parse(self, entry: _Entry) -> Sample:
        lines = read_lines(entry.boxes)
        fields = read_fields(entry.fields) if entry.fields else {}
        return Sample(entry.image, lines, fields, entry.name)


def recognises(path: Path) -> bool:
    """Whether the path looks like a dataset of this format."""
    if not path.is_dir():
        return False
    try:
        return len(SroieDataset.open(path)) > 0
    except AnnotationInvalid:
        return False


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``boxes/NAME.txt`` and ``fields/NAME.json``; every polygon becomes a quad."""
    losses = Losses()
    for item in samples:
        name = Path(item.file).stem
        write_whole(out / "boxes" / f"{name}.txt", boxes_text(item.sample, losses))
        if item.sample.fields:
            fields = json.dumps(dict(item.sample.fields), ensure_ascii=False, indent=1)
            write_whole(out / "fields" / f"{name}.json", fields + "\n")
    return +losses


def boxes_text(sample: Sample, losses: Losses) -> str:
    """The lines of a sample as ``x1,…,y4,transcript``, to a hundredth of a pixel. Leading and trailing
    spaces and line breaks of transcripts, which the format cannot represent, are counted as losses."""
    rows = []
    for line in sample.lines:
        text = marked(line.text, losses)
        held = " ".join(part.strip() for part in text.replace("\r", "\n").split("\n")).strip()
        losses["texts_respaced"] += held != text
        corners = ",".join(str(coordinate(value)) for value in quad(line.polygon, losses).ravel())
        rows.append(f"{corners},{held}\n")
    return "".join(rows)


def read_lines(file: Path) -> tuple[LineAnnotation, ...]:
    """Parse one ``x1,…,y4,transcript`` file; empty lines are skipped.

    Raises:
        AnnotationInvalid: a line without eight numbers; the message names the file and the line.
    """
    lines: list[LineAnnotation] = []
    # splitlines() would also split at characters that transcripts may contain, such as U+0085 or U+2028.
    for number, raw in enumerate(
        _read_text(file).replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1
    ):
        if not raw.strip():
            continue
        parts = raw.split(",", 8)
        try:
            points = np.array([float(part) for part in parts[:8]], np.float32).reshape(4, 2)
        except ValueError:
            raise AnnotationInvalid(
                f"{file}, line {number}: expected x1,y1,x2,y2,x3,y3,x4,y4,transcript with eight numbers, "
                f"got {raw[:80]!r}."
            ) from None
        text = parts[8].strip() if len(parts) == 9 else ""
        lines.append(LineAnnotation(points, None if text == UNREADABLE else text))
    return tuple(lines)


def read_fields(file: Path) -> Mapping[str, str]:
    """Parse a JSON object of field names and values; null values are skipped.

    Raises:
        AnnotationInvalid: where the file is no JSON object of strings or numbers.
    """
    try:
        content = json.loads(_read_text(file))
    except json.JSONDecodeError as error:
        raise AnnotationInvalid(f"{file}, line {error.lineno}: not valid JSON ({error.msg}).") from None
    except RecursionError:
        raise AnnotationInvalid(f"{file}: not valid JSON (nested too deep).") from None
    except ValueError as error:
        # A whole number of thousands of digits.
        raise AnnotationInvalid(f"{file}: not valid JSON ({error}).") from None
    if not isinstance(content, dict) or any(isinstance(value, (dict, list)) for value in content.values()):
        raise AnnotationInvalid(f'{file}: expected one JSON object such as {{"total": "9.00"}}.')
    return {name: str(value) for name, value in content.items() if value is not None}


def _first_folder(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _read_text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise InputNotFound(f"There is no annotation file {file}.") from None
    except OSError as error:
        raise InputUnreadable(f"{file} cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")

"""The JSON of docTR for detection: one entry per picture, with polygons in pixels::

    {"a.jpg": {"img_dimensions": [height, width], "img_hash": "…",
               "polygons": [[[x, y], …], …], "labels": ["TOTAL", …]}}

``polygons`` is a list, or an object of such lists by class. ``labels`` is an addition that docTR ignores:
one transcript per polygon in the same order (``null`` for an unreadable one), by class if the polygons are by class.
Without it only the places are annotated. Pictures are in ``images`` beside the file, or beside it. For docTR's
recognition layout see `ocr.datasets.doctr_recognition`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ocr.datasets import json_file
from ocr.datasets.json_dataset import Entry, JsonDataset
from ocr.datasets.outgoing import Losses, Outgoing, count_fields, point_list, quad
from ocr.datasets.sample import Sample, lines_of
from ocr.errors import AnnotationInvalid

#: File name in docTR's documentation.
LABEL_FILE = "labels.json"


class DoctrDataset(JsonDataset):
    """The pictures of one docTR detection file, in its order."""

    format = "doctr"
    layout = '{file: {"polygons": [[[x, y], …], …]}, …}'

    @staticmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout; single faulty pictures do not matter."""
        if not isinstance(content, dict):
            return False
        return any(isinstance(value, dict) and "polygons" in value for value in content.values())

    @classmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        return content.items()  # type: ignore[no-any-return]

    def _parse(self, entry: Entry) -> Sample:
        if not isinstance(entry.content, Mapping) or "polygons" not in entry.content:
            raise AnnotationInvalid(f'{entry.where}: expected an object with "polygons".')
        lines, drops = lines_of(
            (json_file.points(outline, f"{entry.where}, polygon {number}"), text)
            for number, (outline, text) in enumerate(_regions(entry.content, entry.where), start=1)
        )
        image = entry.locate("images", "", "../images")
        return Sample(image, lines, name=entry.file, drops=drops)


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``labels.json`` with labels; docTR stacks the polygons, so each is written as a quad."""
    losses = Losses()

    def entries() -> Iterator[tuple[str, Any]]:
        for item in samples:
            count_fields(item.sample, losses)
            yield (
                item.file,
                {
                    "img_dimensions": [item.height, item.width],
                    "img_hash": item.sha256,
                    "polygons": [point_list(quad(line.polygon, losses)) for line in item.sample.lines],
                    "labels": [line.text for line in item.sample.lines],
                },
            )

    json_file.write(out / LABEL_FILE, "", entries(), "")
    return +losses


def _regions(content: Mapping[str, Any], where: str) -> list[tuple[Any, str | None]]:
    outlines, labels = content["polygons"], content.get("labels")
    if isinstance(outlines, list):
        outlines, labels = {"": outlines}, None if labels is None else {"": labels}
    if not isinstance(outlines, Mapping) or not all(isinstance(group, list) for group in outlines.values()):
        raise AnnotationInvalid(f'{where}: expected "polygons" as a list, or as lists by class.')
    if labels is not None and not isinstance(labels, Mapping):
        raise AnnotationInvalid(f'{where}: expected "labels" by class, as the polygons are.')
    regions: list[tuple[Any, str | None]] = []
    for name, group in outlines.items():
        texts = [""] * len(group) if labels is None else labels.get(name)
        if not isinstance(texts, list) or len(texts) != len(group):
            count = len(texts) if isinstance(texts, list) else "none"
            raise AnnotationInvalid(f"{where}: expected one label per polygon, got {count} for {len(group)}.")
        if not all(text is None or isinstance(text, str) for text in texts):
            raise AnnotationInvalid(f"{where}: expected strings or null as labels.")
        regions.extend(zip(group, texts, strict=True))
    return regions

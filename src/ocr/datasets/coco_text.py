"""COCO-Text: one JSON file with images and annotations, linked by ids::

    {"imgs": {"7": {"id": 7, "file_name": "a.jpg", "width": 640, "height": 480, "set": "train"}},
     "anns": {"1": {"image_id": 7, "utf8_string": "TOTAL", "legibility": "legible",
                    "bbox": [x, y, width, height], "mask": [x1, y1, x2, y2, …]}},
     "imgToAnns": {"7": [1]}}

The outline is called ``mask`` in version 2, ``polygon`` in version 1 and ``points`` in TextOCR; without it,
the box is used. Legibility other than ``legible`` marks an unreadable region, and so does TextOCR's transcript ``.`` if
the file has no legibility. Pictures are beside the file, or in images, train2014 or train_images there or one level
up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ocr import polygons
from ocr.datasets import json_file
from ocr.datasets.json_dataset import Entry, JsonDataset
from ocr.datasets.outgoing import Losses, Outgoing, coordinate, count_fields, point_list
from ocr.datasets.sample import LineAnnotation, Sample, lines_of
from ocr.errors import AnnotationInvalid
from ocr.io.files import write_whole

_OUTLINES = ("mask", "polygon", "points")
_FOLDERS = ("images", "train2014", "train_images")
_TEXTOCR_UNREADABLE = "."


class _Content(NamedTuple):
    key: str
    image: Any
    regions: tuple[tuple[str, Any], ...]


class CocoTextDataset(JsonDataset):
    """The pictures of one COCO-Text file, in its order."""

    format = "coco_text"
    layout = 'an object with "imgs" and "anns", each of which maps ids to objects'

    @staticmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout."""
        return isinstance(content, dict) and all(
            isinstance(content.get(key), dict) for key in ("imgs", "anns")
        )

    @classmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        of_image: dict[str, list[tuple[str, Any]]] = {key: [] for key in content["imgs"]}
        for key, region in content["anns"].items():
            image = str(region.get("image_id")) if isinstance(region, Mapping) else ""
            if image not in of_image:
                raise AnnotationInvalid(
                    f'{source}, annotation {key!r}: its "image_id" is no image of the file.'
                )
            of_image[image].append((key, region))
        for key, image in content["imgs"].items():
            yield _file(image) or key, _Content(key, image, tuple(of_image[key]))

    def _parse(self, entry: Entry) -> Sample:
        key, image, regions = entry.content
        if not _file(image):
            raise AnnotationInvalid(f'{entry.source}, image {key!r}: expected an object with "file_name".')
        lines, drops = lines_of(
            _line(region, f"{entry.source}, annotation {key!r}") for key, region in regions
        )
        image = entry.locate("", *_FOLDERS, *(f"../{folder}" for folder in _FOLDERS))
        return Sample(image, lines, name=entry.file, drops=drops)


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``coco_text.json`` in the layout of version 2; polygons keep all points."""
    losses = Losses()
    images: dict[str, Any] = {}
    regions: dict[str, Any] = {}
    of_image: dict[str, list[int]] = {}
    for image_id, item in enumerate(samples, start=1):
        count_fields(item.sample, losses)
        images[str(image_id)] = {
            "id": image_id,
            "file_name": item.file,
            "width": item.width,
            "height": item.height,
            "set": "train",
        }
        of_image[str(image_id)] = []
        for line in item.sample.lines:
            key = len(regions) + 1
            regions[str(key)] = _region(key, image_id, line)
            of_image[str(image_id)].append(key)
    content = {
        "info": {"description": "written by ocr data convert", "version": "2"},
        "cats": {},
        "imgs": images,
        "anns": regions,
        "imgToAnns": of_image,
    }
    write_whole(out / "coco_text.json", json_file.dump(content) + "\n")
    return +losses


def _region(key: int, image_id: int, line: LineAnnotation) -> dict[str, Any]:
    x0, y0, x1, y1 = polygons.bounds(line.polygon)
    return {
        "id": key,
        "image_id": image_id,
        "mask": [value for point in point_list(line.polygon) for value in point],
        "bbox": [coordinate(x0), coordinate(y0), coordinate(x1 - x0), coordinate(y1 - y0)],
        "area": coordinate(polygons.area(line.polygon)),
        "utf8_string": line.text or "",
        "legibility": "illegible" if line.ignore else "legible",
        "language": "na",
        "class": "machine printed",
    }


def _file(image: object) -> str:
    name = image.get("file_name") if isinstance(image, Mapping) else None
    return name if isinstance(name, str) else ""


def _line(region: Mapping[str, Any], where: str) -> tuple[polygons.Polygon, str | None]:
    return _outline(region, where), _text(region, where)


def _outline(region: Mapping[str, Any], where: str) -> polygons.Polygon:
    outline = next((region[key] for key in _OUTLINES if region.get(key)), None)
    if outline is not None:
        return json_file.points(outline, where)
    box = region.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        raise AnnotationInvalid(f'{where}: expected "mask", "polygon" or "bbox" of [x, y, width, height].')
    x, y, width, height = json_file.points(box, where).ravel().tolist()
    return json_file.points([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], where)


def _text(region: Mapping[str, Any], where: str) -> str | None:
    text = region.get("utf8_string", "")
    if not isinstance(text, str):
        raise AnnotationInvalid(f'{where}: expected a string as "utf8_string", got {str(text)[:80]}.')
    legibility = region.get("legibility")
    if legibility is None:
        return None if text == _TEXTOCR_UNREADABLE else text
    return text if legibility == "legible" else None

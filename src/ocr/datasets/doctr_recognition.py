"""The JSON of docTR for recognition: pictures of single lines and their transcripts::

    {"1.png": "TOTAL", "2.png": "12.90"}

Pictures are in ``images`` beside the file, or beside it. Each is a sample with one line that fills it.
The writer cuts out each line upright; unreadable lines, and those without a transcript, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ocr.datasets import json_file
from ocr.datasets.json_dataset import Entry, JsonDataset
from ocr.datasets.outgoing import Losses, Outgoing, count_fields, quad
from ocr.datasets.sample import LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, OcrError

#: File name in docTR's documentation.
LABEL_FILE = "labels.json"


class DoctrRecognitionDataset(JsonDataset):
    """The line pictures of one docTR recognition file, in its order."""

    format = "doctr_recognition"
    layout = "{file: transcript, …}"

    @staticmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout; single faulty entries do not matter."""
        if not isinstance(content, dict) or any(
            isinstance(value, (dict, list)) for value in content.values()
        ):
            return False
        return any(isinstance(value, str) and Path(key).suffix for key, value in content.items())

    @classmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        return content.items()  # type: ignore[no-any-return]

    def _parse(self, entry: Entry) -> Sample:
        """The sample; the header of its picture is read, because the line fills it."""
        if not isinstance(entry.content, str):
            raise AnnotationInvalid(f"{entry.where}: expected a string, got {str(entry.content)[:80]}.")
        from ocr.datasets.frames import read_frame

        image = entry.locate("images", "")
        width, height = read_frame(image).upright_size
        outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        return Sample(image, (LineAnnotation(outline, entry.content),), name=entry.file)


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``labels.json`` and one PNG per line into ``images``.

    Raises:
        ocr.errors.InputError: a picture cannot be decoded.
    """
    losses = Losses()

    def entries() -> Iterator[tuple[str, Any]]:
        for item in samples:
            count_fields(item.sample, losses)
            image = item.sample.load()
            for number, line in enumerate(item.sample.lines, start=1):
                if not line.text:
                    losses["lines_left_out"] += 1
                    continue
                file = f"{Path(item.file).stem}-{number:04d}.png"
                _write_crop(out / "images" / file, image, quad(line.polygon, losses))
                yield file, line.text

    json_file.write(out / LABEL_FILE, "", entries(), "")
    return +losses


def _write_crop(path: Path, image: Any, outline: Any) -> None:
    import cv2

    from ocr import polygons
    from ocr.datasets.measure import text_size
    from ocr.io.files import write_whole

    height = max(1, round(text_size(outline)[1]))
    crop = polygons.crop(image, outline, height)
    fine, data = cv2.imencode(".png", crop[..., ::-1])
    if not fine:
        raise OcrError(f"{path.name} could not be encoded as PNG.")
    write_whole(path, data.tobytes())

"""One JSON file with the values of receipts::

    {NAME: {"merchant": "…", "date": "2020-04-23", "total": "19.90", "items": 3}}

NAME is that of a picture beside the file or in an ``images`` folder, with or without its suffix. Names of values are
those of `ocr.datasets.receipt_truth.from_mapping`; ``items`` is their number or a list of ``{"description",
"amount"}``. Lines are annotated where ``boxes/NAME.txt`` lies beside the file, as `ocr synth` writes it: see
`ocr.datasets.sroie`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ocr.datasets import receipt_truth
from ocr.datasets.json_dataset import Entry, JsonDataset
from ocr.datasets.pictures import IMAGE_SUFFIXES
from ocr.datasets.sample import Sample
from ocr.datasets.sroie import read_lines
from ocr.errors import AnnotationInvalid

#: A JSON object with one of these names is an annotation of a receipt.
_RECEIPT_NAMES = frozenset({"merchant", "company", "date", "total", "items"})


class ReceiptsJsonDataset(JsonDataset):
    """The pictures of one JSON file, with lines where a folder ``boxes`` beside it has them."""

    format = "receipts_json"
    layout = '{file: {"merchant", "date", "total", "items"}}'

    @staticmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout."""
        return isinstance(content, dict) and any(
            isinstance(value, dict) and _RECEIPT_NAMES & value.keys() for value in content.values()
        )

    @classmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        folders = (source.parent, source.parent / "images")
        files = {file.name for folder in folders if folder.is_dir() for file in folder.iterdir()}
        for name, value in content.items():
            named = (name, *(name + suffix for suffix in sorted(IMAGE_SUFFIXES)))
            yield next((file for file in named if file in files), name), value

    def _parse(self, entry: Entry) -> Sample:
        truth = receipt_truth.from_mapping(entry.content) if isinstance(entry.content, dict) else None
        if truth is None:
            raise AnnotationInvalid(f"{entry.where}: expected an object such as {self.layout}.")
        boxes = entry.source.parent / "boxes" / f"{Path(entry.file).stem}.txt"
        annotated = boxes.is_file()
        lines = read_lines(boxes) if annotated else ()
        return Sample(
            entry.locate("", "images"), lines, name=entry.file, receipt=truth, lines_annotated=annotated
        )

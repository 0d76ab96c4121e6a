"""One JSON file for many pictures::

    {"images": {file: {"words": {id: {"points": [[x, y], …], "transcription": "TOTAL"}},
                       "fields": {"total": "9.00"}}}}

Pictures are beside the JSON file, or in an ``images`` folder beside it or one level up. A transcription of
null or ``###``, or ``"illegibility": true``, marks an unreadable region. ``fields`` is optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ocr.datasets import json_file
from ocr.datasets.json_dataset import Entry, JsonDataset
from ocr.datasets.outgoing import Losses, Outgoing, point_list
from ocr.datasets.sample import UNREADABLE, Sample, lines_of
from ocr.errors import AnnotationInvalid

#: File name of the writer.
LABEL_FILE = "words.json"


class WordsJsonDataset(JsonDataset):
    """The pictures of one JSON file, in its order."""

    format = "words_json"
    layout = '{"images": {file: {"words": {id: {"points", "transcription"}}}}}'

    @staticmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout."""
        return isinstance(content, dict) and isinstance(content.get("images"), dict)

    @classmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        return content["images"].items()  # type: ignore[no-any-return]

    def _parse(self, entry: Entry) -> Sample:
        words = entry.content.get("words") if isinstance(entry.content, dict) else None
        if not isinstance(words, dict):
            raise AnnotationInvalid(f'{entry.where}: expected an object with the key "words".')
        lines, drops = lines_of(
            (_points(word, f"{entry.where}, word {key!r}"), _text(word, f"{entry.where}, word {key!r}"))
            for key, word in words.items()
        )
        image = entry.locate("", "images", "../images")
        fields = _fields(entry.content.get("fields"), entry.where)
        return Sample(image, lines, fields, entry.file, drops=drops)


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``words.json``, one line per picture; polygons keep all points, and fields are kept."""
    losses = Losses()

    def entries() -> Iterator[tuple[str, Any]]:
        for item in samples:
            content: dict[str, Any] = {"words": words_of(item.sample)}
            losses["texts_taken_for_unreadable"] += sum(x.text == UNREADABLE for x in item.sample.lines)
            if item.sample.fields:
                content["fields"] = dict(item.sample.fields)
            yield item.file, content

    json_file.write(out / LABEL_FILE, '{"images": ', entries(), "}")
    return +losses


def words_of(sample: Sample) -> dict[str, dict[str, Any]]:
    """The lines of a sample as the words of this format, numbered from 1, to a hundredth of a pixel."""
    return {
        str(number): {"points": point_list(line.polygon), "transcription": line.text}
        for number, line in enumerate(sample.lines, start=1)
    }


def _fields(value: object, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or any(isinstance(entry, (dict, list)) for entry in value.values()):
        raise AnnotationInvalid(f'{where}: expected "fields" as an object such as {{"total": "9.00"}}.')
    return {str(name): str(entry) for name, entry in value.items() if entry is not None}


def _points(word: object, where: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    if not isinstance(word, Mapping) or "points" not in word:
        raise AnnotationInvalid(f'{where}: expected an object with "points" and "transcription".')
    return json_file.points(word["points"], where)


def _text(word: Mapping[str, object], where: str) -> str | None:
    text = word.get("transcription")
    if text is not None and not isinstance(text, str):
        raise AnnotationInvalid(f"{where}: expected a string as transcription, got {str(text)[:80]}.")
    return None if text is None or text == UNREADABLE or word.get("illegibility") is True else text

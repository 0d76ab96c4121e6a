"""One JSON file for many pictures::

    {"images": {file: {"words": {id: {"points": [[x, y], …], "transcription": "TOTAL"}},
                       "fields": {"total": "9.00"}}}}

Pictures lie beside the JSON file, or in an ``images`` folder beside it or one level up. A transcription of
null or ``###``, or ``"illegibility": true``, marks an unreadable region. ``fields`` is optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ocr.datasets import json_file, pictures
from ocr.datasets.outgoing import Losses, Outgoing, point_list
from ocr.datasets.sample import UNREADABLE, LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid

#: The name that the writer gives the file.
LABEL_FILE = "words.json"


@dataclass(frozen=True)
class _Entry:
    source: Path
    file: str
    content: Any


class WordsJsonDataset(LazyDataset[_Entry]):
    """The pictures of one JSON file, in its order."""

    format = "words_json"

    @classmethod
    def open(cls, path: Path) -> WordsJsonDataset:
        """Read the JSON file, or the only one in a folder; its polygons are built on access.

        Raises:
            AnnotationInvalid: no JSON file, several of them, or one of another shape.
        """
        source = json_file.find(path)
        if source is None:
            raise AnnotationInvalid(
                f"{path} is no words_json dataset: expected a JSON file, or a folder with exactly one, "
                f"which holds "
                '{"images": {file: {"words": {id: {"points", "transcription"}}}}}.'
            )
        content = json_file.load(source)
        if not matches(content):
            raise AnnotationInvalid(
                f'{source}: expected an object with the key "images" that maps files to words.'
            )
        return cls.from_json(source, content)

    @classmethod
    def from_json(cls, source: Path, content: Any) -> WordsJsonDataset:
        """The dataset of a parsed file for which `matches` holds."""
        entries = [_Entry(source, str(file), words) for file, words in content["images"].items()]
        return cls(entries, pictures.unlisted(source.parent, content["images"]))

    def _name(self, entry: _Entry) -> str:
        return entry.file

    def _copy(self, entries: Sequence[_Entry]) -> WordsJsonDataset:
        return WordsJsonDataset(entries, self.unannotated)

    def _parse(self, entry: _Entry) -> Sample:
        where = f"{entry.source}, image {entry.file!r}"
        words = entry.content.get("words") if isinstance(entry.content, dict) else None
        if not isinstance(words, dict):
            raise AnnotationInvalid(f'{where}: expected an object with the key "words".')
        lines: list[LineAnnotation] = []
        drops: list[str] = []
        for key, word in words.items():
            points = _points(word, f"{where}, word {key!r}")
            if len(points) < 3:
                drops.append("too_few_points")
            else:
                lines.append(LineAnnotation(points, _text(word, f"{where}, word {key!r}")))
        folder = entry.source.parent
        image = pictures.locate([folder, folder / "images", folder.parent / "images"], entry.file)
        fields = _fields(entry.content.get("fields"), where)
        return Sample(image, tuple(lines), fields, entry.file, drops=tuple(drops))


def matches(content: Any) -> bool:
    """Whether parsed JSON has this layout."""
    return isinstance(content, dict) and isinstance(content.get("images"), dict)


def write(samples: Iterable[Outgoing], out: Path) -> Losses:
    """Write ``words.json``, a picture a line; polygons of any number of points and the fields are kept."""
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
    if not isinstance(value, Mapping) or any(isinstance(found, (dict, list)) for found in value.values()):
        raise AnnotationInvalid(f'{where}: expected "fields" as an object such as {{"total": "9.00"}}.')
    return {str(name): str(found) for name, found in value.items() if found is not None}


def _points(word: object, where: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    if not isinstance(word, Mapping) or "points" not in word:
        raise AnnotationInvalid(f'{where}: expected an object with "points" and "transcription".')
    return json_file.points(word["points"], where)


def _text(word: Mapping[str, object], where: str) -> str | None:
    text = word.get("transcription")
    if text is not None and not isinstance(text, str):
        raise AnnotationInvalid(f"{where}: expected a string as transcription, got {str(text)[:80]}.")
    return None if text is None or text == UNREADABLE or word.get("illegibility") is True else text

"""One JSON file for many pictures::

    {"images": {file: {"words": {id: {"points": [[x, y], …], "transcription": "TOTAL"}}}}}

Pictures lie beside the JSON file, or in an ``images`` folder beside it or one level up. A transcription of
null or ``###``, or ``"illegibility": true``, marks an unreadable region.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ocr.datasets.sample import UNREADABLE, LazyDataset, LineAnnotation, Sample
from ocr.errors import AnnotationInvalid, InputUnreadable


@dataclass(frozen=True)
class _Entry:
    source: Path
    file: str
    content: Any


class WordsJsonDataset(LazyDataset[_Entry]):
    """The pictures of one JSON file, in its order."""

    @classmethod
    def open(cls, path: Path) -> WordsJsonDataset:
        """Read the JSON file, or the only one in a folder; its polygons are built on access.

        Raises:
            AnnotationInvalid: no JSON file, several of them, or one of another shape.
        """
        source = _find(path)
        if source is None:
            raise AnnotationInvalid(
                f"{path} is no words_json dataset: expected a JSON file, or a folder with exactly one, "
                f"which holds "
                '{"images": {file: {"words": {id: {"points", "transcription"}}}}}.'
            )
        try:
            content = json.loads(source.read_text(encoding="utf-8-sig"))
        except json.JSONDecodeError as error:
            raise AnnotationInvalid(f"{source}, line {error.lineno}: not valid JSON ({error.msg}).") from None
        except UnicodeDecodeError:
            raise AnnotationInvalid(f"{source} is not UTF-8.") from None
        except OSError as error:
            raise InputUnreadable(f"{source} cannot be read: {error.strerror}.") from error
        images = content.get("images") if isinstance(content, dict) else None
        if not isinstance(images, dict):
            raise AnnotationInvalid(
                f'{source}: expected an object with the key "images" that maps files to words.'
            )
        return cls([_Entry(source, str(file), words) for file, words in images.items()])

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
        return Sample(_image(entry.source, entry.file), tuple(lines), name=entry.file, drops=tuple(drops))


def recognises(path: Path) -> bool:
    """Whether the path is a JSON file, or a folder with exactly one and no text annotations beside it."""
    return _find(path) is not None and not (
        path.is_dir() and ((path / "boxes").is_dir() or any(path.glob("*.txt")))
    )


def _find(path: Path) -> Path | None:
    if path.is_file():
        return path if path.suffix.lower() == ".json" else None
    found = sorted(path.glob("*.json"))
    return found[0] if len(found) == 1 else None


def _image(source: Path, file: str) -> Path:
    """Where the picture lies; the first place looked at where it lies in none of them."""
    places = [source.parent / file, source.parent / "images" / file, source.parent.parent / "images" / file]
    return next((place for place in places if place.is_file()), places[0])


def _points(word: object, where: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    if not isinstance(word, Mapping) or "points" not in word:
        raise AnnotationInvalid(f'{where}: expected an object with "points" and "transcription".')
    try:
        points = np.asarray(word["points"], np.float32)
        if points.ndim == 1:
            points = points.reshape(-1, 2)
    except (TypeError, ValueError):
        points = np.empty(0, np.float32)
    if points.ndim != 2 or points.shape[1] != 2:
        raise AnnotationInvalid(f"{where}: expected points as [[x, y], …], got {str(word['points'])[:80]}.")
    return points


def _text(word: Mapping[str, object], where: str) -> str | None:
    text = word.get("transcription")
    if text is not None and not isinstance(text, str):
        raise AnnotationInvalid(f"{where}: expected a string as transcription, got {str(text)[:80]}.")
    return None if text is None or text == UNREADABLE or word.get("illegibility") is True else text

"""Base of the datasets with one JSON file: opening it, and its pictures as entries."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ocr.datasets import json_file, pictures
from ocr.datasets.sample import LazyDataset
from ocr.errors import AnnotationInvalid

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Entry:
    """A picture of a JSON file.

    Attributes:
        source: the JSON file.
        file: name of the picture in it.
        content: annotation of the picture, unchecked.
    """

    source: Path
    file: str
    content: Any

    @property
    def where(self) -> str:
        """Prefix of messages about it."""
        return f"{self.source}, image {self.file!r}"

    def locate(self, *folders: str) -> Path:
        """The path of the picture, searched in folders relative to the JSON file in this order."""
        return pictures.locate([self.source.parent / folder for folder in folders], self.file)


class JsonDataset(LazyDataset[Entry]):
    """The pictures of one JSON file, in its order; polygons are built on access.

    Attributes:
        layout: of the file, for messages.
    """

    layout: ClassVar[str]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the JSON file, or the only one in a folder.

        Raises:
            AnnotationInvalid: no JSON file, several of them, or one of another shape.
        """
        source = json_file.find(path)
        if source is None:
            raise AnnotationInvalid(
                f"{path} is no {cls.format} dataset: expected a JSON file, or a folder with exactly one, "
                f"of the layout {cls.layout}."
            )
        content = json_file.load(source)
        if not cls.matches(content):
            raise AnnotationInvalid(f"{source}: expected {cls.layout}.")
        return cls.from_json(source, content)

    @classmethod
    def from_json(cls, source: Path, content: Any) -> Self:
        """The dataset of a parsed file for which `matches` holds.

        Raises:
            AnnotationInvalid: parts of the file do not fit together.
        """
        entries = [Entry(source, file, value) for file, value in cls._pictures(source, content)]
        return cls(entries, pictures.unlisted(source.parent, [entry.file for entry in entries]))

    @staticmethod
    @abstractmethod
    def matches(content: Any) -> bool:
        """Whether parsed JSON has this layout; single faulty pictures do not matter."""

    @classmethod
    @abstractmethod
    def _pictures(cls, source: Path, content: Any) -> Iterable[tuple[str, Any]]:
        """The name and annotation of each picture."""

    def _name(self, entry: Entry) -> str:
        return entry.file

"""What ``ocr read --output`` wrote, as annotations to correct: a JSON document a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr import polygons
from ocr.datasets.sample import LazyDataset, LineAnnotation, Sample
from ocr.document import Document, Line
from ocr.errors import AnnotationInvalid, DocumentInvalid, InputNotFound, InputUnreadable
from ocr.io.files import is_file


@dataclass(frozen=True)
class _Entry:
    source: Path
    least: float


class ReadingsDataset(LazyDataset[_Entry]):
    """The documents of one folder, by name. Pictures of a single page alone are samples."""

    format = "readings"

    @classmethod
    def open(cls, folder: Path, least: float = 0.0) -> ReadingsDataset:
        """List the documents of a folder.

        Args:
            folder: of ``ocr read --output``.
            least: lines that were read with less confidence are marked as unreadable.

        Raises:
            InputNotFound: there is no such folder.
            AnnotationInvalid: it holds no JSON file.
        """
        if not folder.is_dir():
            raise InputNotFound(f"There is no folder {folder} with what `ocr read --output {folder}` writes.")
        files = sorted(folder.glob("*.json"))
        if not files:
            raise AnnotationInvalid(
                f"{folder} holds no documents; `ocr read … --output {folder}` writes them."
            )
        return cls([_Entry(file, least) for file in files])

    def _name(self, entry: _Entry) -> str:
        return entry.source.stem

    def _parse(self, entry: _Entry) -> Sample:
        document = read(entry.source)
        if len(document.pages) != 1:
            raise AnnotationInvalid(
                f"{entry.source} has {len(document.pages)} pages; only pictures of one page become annotations."
            )
        kept = _enclosing(document)
        lines = tuple(
            LineAnnotation(line.polygon, line.text if line.confidence >= entry.least else None)
            for line in kept
        )
        dropped = ("encloses_nothing",) * (len(document.lines) - len(kept))
        return Sample(_picture(document, entry.source), lines, name=entry.source.stem, drops=dropped)

    def lines(self, index: int) -> Sequence[Line]:
        """The lines of a sample with their confidences, in the order of its annotation."""
        return _enclosing(read(self._entries[index].source))

    def store(self, index: int) -> str:
        """The name of the shop on a receipt, letters alone; its own name where none was read."""
        document = read(self._entries[index].source)
        names = [receipt.merchant.name for receipt in document.receipts if receipt.merchant.name]
        letters = "".join(c for c in str(names[0].value).casefold() if c.isalnum()) if names else ""
        return letters or f"?{self.name_of(index)}"


def _enclosing(document: Document) -> tuple[Line, ...]:
    """The lines that have a place: what the polygon rules would drop is no annotation to correct."""
    page = document.pages[0]
    checked = polygons.validate_all([line.polygon for line in document.lines], page.width, page.height)
    return tuple(line for line, one in zip(document.lines, checked, strict=True) if one.polygon is not None)


def read(file: Path) -> Document:
    """The document of a file.

    Raises:
        AnnotationInvalid: it is none.
        InputUnreadable: it cannot be read.
    """
    try:
        return Document.from_json(file.read_bytes())
    except DocumentInvalid as error:
        raise AnnotationInvalid(f"{file} is no document of `ocr read`: {error}.") from error
    except OSError as error:
        raise InputUnreadable(f"{file} cannot be read: {error.strerror or error}.") from error


def split(dataset: ReadingsDataset, share: float) -> tuple[list[int], list[int]]:
    """Samples to train with and samples to choose by; all receipts of a store are on the same side.

    Args:
        dataset: whose faulty documents are left to whoever reads them: they count as stores of their own.
        share: of the samples that the second part has at least, where there are stores enough, in [0, 1).
    """
    stores: dict[str, list[int]] = {}
    for index in range(len(dataset)):
        try:
            store = dataset.store(index)
        except (AnnotationInvalid, InputUnreadable):
            store = f"?{dataset.name_of(index)}"
        stores.setdefault(store, []).append(index)
    held: list[int] = []
    # Small stores first: what is chosen by should be of many.
    for _, members in sorted(stores.items(), key=lambda item: (len(item[1]), item[0])):
        if len(held) >= share * len(dataset):
            break
        held += members
    kept = set(held)
    return [index for index in range(len(dataset)) if index not in kept], sorted(held)


def _picture(document: Document, source: Path) -> Path:
    """The picture of a document: where it was read, or beside the document."""
    if not document.source:
        raise AnnotationInvalid(f"{source} does not say which picture it was read from.")
    read_from = Path(document.source)
    beside = source.parent / read_from.name
    return read_from if is_file(read_from) or not is_file(beside) else beside

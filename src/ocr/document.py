"""The result of reading: Document > Page > Line > Word, and the receipts; frozen, checked when made, JSON in and out.

Plain dataclasses check themselves, because importing a validation library would cost more than reading a page's header.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from ocr import receipt, records
from ocr.errors import DocumentInvalid
from ocr.receipt import Receipt
from ocr.records import Polygon, require

#: Name and number of the JSON layout. Keys are added within a number, never renamed or given another meaning.
SCHEMA = "ocr.document/2"
#: The layout before: pages without rows, a mapping of fields instead of receipts. It is still read.
_SCHEMA_1 = "ocr.document/1"


class _Text:
    """What words and lines share: a text with its place, compared by value."""

    text: str
    confidence: float
    polygon: Polygon

    def __post_init__(self) -> None:
        records.text(self.text, "text")
        object.__setattr__(self, "confidence", records.probability(self.confidence))
        object.__setattr__(self, "polygon", records.polygon(self.polygon))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.text, self.confidence, self.polygon.shape, self.polygon.tobytes()

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"text": self.text, "confidence": self.confidence, "polygon": records.points(self.polygon)}


@dataclass(frozen=True, eq=False)
class Word(_Text):
    """A word of a line.

    Attributes:
        text: what is written, without spaces.
        confidence: how sure the reader is, 0 to 1.
        polygon: (N, 2) float32 in pixels of the upright page, clockwise from the text's own top-left corner;
            not writable.
    """

    text: str
    confidence: float
    polygon: Polygon

    @classmethod
    def checked(cls, text: str, confidence: float, polygon: Polygon) -> Word:
        """A word of values that were checked together with those of others, which takes a fraction of the time.

        Args:
            text: as of the class.
            confidence: as of the class.
            polygon: (N, 2) float32, finite, without negative zeros, not writable.
        """
        word = object.__new__(cls)
        word.__dict__.update(text=text, confidence=confidence, polygon=polygon)
        return word


@dataclass(frozen=True, eq=False)
class Line(_Text):
    """A text region with its text.

    Attributes:
        text: what is written.
        confidence: probability that the text is right, 0 to 1.
        polygon: (N, 2) float32 in pixels of the upright page, clockwise from the text's own top-left corner;
            not writable.
        words: the words of the line in order; empty where they are not known.
    """

    text: str
    confidence: float
    polygon: Polygon
    words: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "words", records.records(self.words, Word, "words"))

    @classmethod
    def with_words(cls, text: str, confidence: float, polygon: Polygon, words: tuple[Word, ...]) -> Line:
        """A line of values that were checked together with those of others, as `Word.checked` has them."""
        line = object.__new__(cls)
        line.__dict__.update(text=text, confidence=confidence, polygon=polygon, words=words)
        return line

    def _key(self) -> tuple[Any, ...]:
        return (*super()._key(), self.words)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {**super().to_dict(), "words": [word.to_dict() for word in self.words]}


@dataclass(frozen=True)
class Page:
    """One upright page.

    Attributes:
        width: pixels.
        height: pixels.
        lines: in reading order: receipt by receipt, rows from top to bottom, left to right inside a row.
        rows: indices of the lines that stand side by side, a tuple a row; every line is in exactly one. Decided while
            the page is read, in the frame in which it was read; a row a line where they are not given.
        receipts: indices of the rows of each receipt on the page; one receipt with all rows where they are not given.
    """

    width: int
    height: int
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()
    receipts: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            require(
                isinstance(value, int) and not isinstance(value, bool) and value > 0,
                f"{name} is {value!r:.40}; expected a whole number of pixels above 0",
            )
        object.__setattr__(self, "lines", records.records(self.lines, Line, "lines"))
        count = len(self.lines)
        rows = self.rows or [(k,) for k in range(count)]
        object.__setattr__(self, "rows", _partition(rows, count, "rows", "lines"))
        receipts = self.receipts or ([range(len(self.rows))] if count else [])
        object.__setattr__(self, "receipts", _partition(receipts, len(self.rows), "receipts", "rows"))

    @property
    def row_texts(self) -> tuple[str, ...]:
        """The text of each row; texts of one row are separated by a space."""
        return tuple(" ".join(self.lines[k].text for k in row) for row in self.rows)

    @property
    def text(self) -> str:
        """The text, a row of the page a line; receipts are separated by an empty line."""
        rows = self.row_texts
        return "\n\n".join("\n".join(rows[k] for k in receipt) for receipt in self.receipts)

    @property
    def confidence(self) -> float | None:
        """How much of the text is right, 0 to 1: the mean of the lines' confidences, weighted by their characters.

        ``None`` without any text.
        """
        weights = [len(line.text) for line in self.lines]
        if not any(weights):
            return None
        confidences = (line.confidence * weight for line, weight in zip(self.lines, weights, strict=True))
        return round(sum(confidences) / sum(weights), 4)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values; the page's confidence is worked out anew where it is read."""
        return {
            "width": self.width,
            "height": self.height,
            "confidence": self.confidence,
            "lines": [line.to_dict() for line in self.lines],
            "rows": [list(row) for row in self.rows],
            "receipts": [list(rows) for rows in self.receipts],
        }


@dataclass(frozen=True)
class ReadWarning:
    """Something that a caller should know about a result.

    Attributes:
        code: stable identifier.
        message: a sentence.
        page: index of the page that it concerns, ``None`` for the whole document.
    """

    code: str
    message: str
    page: int | None = None

    def __post_init__(self) -> None:
        records.text(self.code, "code of a warning")
        records.text(self.message, "message of a warning")
        if self.page is not None:
            records.index(self.page, "page of a warning")

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"code": self.code, "message": self.message, "page": self.page}


@dataclass(frozen=True)
class Document:
    """What was read from one input.

    Attributes:
        pages: in order.
        receipts: in the order of the pages.
        warnings: what was left out or is in doubt.
        source: path or name of the input, ``None`` where it has none.
    """

    pages: tuple[Page, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    warnings: tuple[ReadWarning, ...] = ()
    source: str | None = None

    #: A document is a success; see `ocr.Failure` for what stands in its place.
    ok: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", records.records(self.pages, Page, "pages"))
        object.__setattr__(self, "receipts", records.records(self.receipts, Receipt, "receipts"))
        object.__setattr__(self, "warnings", records.records(self.warnings, ReadWarning, "warnings"))
        if self.source is not None:
            records.text(self.source, "source")
        counts = [len(page.lines) for page in self.pages]
        for one in self.receipts:
            require(
                all(page < len(counts) for page in one.pages), "a receipt stands on a page that is not there"
            )
            for name, value in one.all_fields():
                require(
                    all(page < len(counts) and line < counts[page] for page, line in value.lines),
                    f"field {name!r} refers to a line that is not there",
                )

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all pages."""
        return tuple(line for page in self.pages for line in page.lines)

    @property
    def text(self) -> str:
        """The text of all pages; pages are separated by an empty line."""
        return "\n\n".join(page.text for page in self.pages)

    def corrected(self, texts: Mapping[int, str]) -> Document:
        """The document with texts that a person has put right.

        Args:
            texts: by the index of the line, counted over all pages; a corrected line has confidence 1 and no words.

        Raises:
            DocumentInvalid: there is no line of an index.
        """
        count = len(self.lines)
        require(
            all(0 <= k < count for k in texts), f"got lines {sorted(texts)}; the document has {count} of them"
        )
        number = itertools.count()
        pages = tuple(
            replace(
                page,
                lines=tuple(
                    Line(texts[k], 1.0, line.polygon) if (k := next(number)) in texts else line
                    for line in page.lines
                ),
            )
            for page in self.pages
        )
        return replace(self, pages=pages)

    def save(self, path: str | os.PathLike[str], image: Any = None, *, password: str | None = None) -> Path:
        """Write the document as a file of the format that the suffix asks for, whole or not at all.

        Suffixes are ``.txt``, ``.json``, ``.csv`` (items), ``.receipts.csv``, ``.lines.csv``, ``.xlsx``, ``.md``,
        ``.html``, ``.hocr``, ``.xml`` (ALTO), ``.pdf``, ``.png`` and ``.beancount``; ``.receipt.txt`` is a summary.

        Args:
            path: the file; its folder is made where it is missing.
            image: what was read, in any form that `ocr.read` takes, for the formats that show it (``.pdf``, ``.png``,
                ``.html``); the file `source` where ``None``.
            password: of that input, where it is an encrypted PDF.

        Returns:
            The path.

        Raises:
            BadConfiguration: no format has this suffix, or a format shows the picture and there is none.
            MissingExtra: the format needs a package that is not installed.
            OutputFailed: the file cannot be written.
            InputError: the picture cannot be read again.
        """
        saved: Path = _outputs().save(self, path, image, password)
        return saved

    def to_markdown(self) -> str:
        """The document as Markdown: receipts as headings and tables, the rows of each page as a table."""
        text: str = _outputs().to_markdown(self)
        return text

    def to_dataframe(self, level: str = "items") -> Any:
        """The document as a `pandas.DataFrame`.

        Args:
            level: what a row stands for: ``"items"``, ``"receipts"``, ``"checks"``, ``"lines"`` or ``"words"``.

        Raises:
            BadConfiguration: there is no such level.
            MissingExtra: pandas is not installed.
        """
        return _outputs().to_dataframe(self, level)

    def show(self, image: Any = None, *, password: str | None = None) -> Path:
        """Open the picture with the lines that were read, as a page in the browser; see `save` for the arguments.

        Returns:
            The page, a temporary file that the system clears away.
        """
        page: Path = _outputs().show(self, image, password)
        return page

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON values, by the layout `SCHEMA`."""
        return {
            "schema": SCHEMA,
            "source": self.source,
            "pages": [page.to_dict() for page in self.pages],
            "receipts": [receipt.to_dict() for receipt in self.receipts],
            "warnings": [warning.to_dict() for warning in self.warnings],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """The document as JSON; on one line unless ``indent`` is given."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    @classmethod
    def from_json(cls, data: str | bytes) -> Document:
        """Read what `to_json` wrote, of this layout or the one before; keys that are not known are passed over.

        Raises:
            DocumentInvalid: no JSON, another schema, or values that cannot be.
        """
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise DocumentInvalid(f"the text is no JSON: {error}") from error
        return cls.from_dict(found)

    @classmethod
    def from_dict(cls, found: Any) -> Document:
        """Build a document from JSON values.

        Raises:
            DocumentInvalid: another schema, or values that cannot be.
        """
        schema = found.get("schema") if isinstance(found, dict) else type(found).__name__
        require(schema in (SCHEMA, _SCHEMA_1), f"got schema {schema!r:.60}; expected {SCHEMA!r}")
        try:
            warnings = [
                ReadWarning(w["code"], w["message"], w.get("page")) for w in found.get("warnings", ())
            ]
            if schema == _SCHEMA_1 and found.get("fields"):
                names = ", ".join(map(str, found["fields"]))
                warnings.append(
                    ReadWarning("fields_left_out", f"fields of the layout {_SCHEMA_1} are not read: {names}")
                )
            return cls(
                tuple(_page(page, schema) for page in found["pages"]),
                tuple(receipt.from_dict(one) for one in found.get("receipts", ())),
                tuple(warnings),
                found.get("source"),
            )
        except KeyError as error:
            raise DocumentInvalid(f"key {error} is missing") from error
        except (TypeError, AttributeError, RecursionError) as error:
            raise DocumentInvalid(f"a value has the wrong type: {error}") from error
        except ValueError as error:
            if isinstance(error, DocumentInvalid):
                raise
            raise DocumentInvalid(f"a value cannot be: {error}") from error


def _outputs() -> Any:
    """`ocr.writers.outputs`, which is built on this module: loaded when a document is first written, not before."""
    return importlib.import_module("ocr.writers.outputs")


def _page(found: Mapping[str, Any], schema: object) -> Page:
    lines = tuple(
        Line(
            line["text"],
            line["confidence"],
            line["polygon"],
            tuple(Word(w["text"], w["confidence"], w["polygon"]) for w in line.get("words", ())),
        )
        for line in found["lines"]
    )
    if schema == _SCHEMA_1:
        return Page(found["width"], found["height"], lines, _rows_of_order(lines))
    return Page(found["width"], found["height"], lines, found.get("rows", ()), found.get("receipts", ()))


def _rows_of_order(lines: Sequence[Line]) -> tuple[tuple[int, ...], ...]:
    """The rows of a document that did not store them: its lines stand row by row, left to right inside a row."""
    rows: list[list[int]] = []
    for k, line in enumerate(lines):
        if rows:
            (_, top), (right, bottom) = lines[k - 1].polygon.min(axis=0), lines[k - 1].polygon.max(axis=0)
            (left, upper), (_, lower) = line.polygon.min(axis=0), line.polygon.max(axis=0)
            shared = min(bottom, lower) - max(top, upper)
            if left >= (lines[k - 1].polygon[:, 0].min() + right) / 2 and 2 * shared > min(
                bottom - top, lower - upper
            ):
                rows[-1].append(k)
                continue
        rows.append([k])
    return tuple(tuple(row) for row in rows)


def _partition(
    groups: Iterable[Iterable[int]], count: int, name: str, of: str
) -> tuple[tuple[int, ...], ...]:
    """Groups of indices in which each of ``count`` stands exactly once."""
    found = tuple(tuple(records.index(k, name) for k in group) for group in groups)
    require(
        sorted(k for group in found for k in group) == list(range(count)),
        f"{name} are not a division of the {count} {of} of the page: each index stands exactly once",
    )
    return found

"""The result of reading: Document > Page > Line > Word, and Field; frozen, checked when made, JSON in and
out.

Plain dataclasses check themselves, because importing a validation library would cost more than reading a
page's header.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from ocr.errors import InputError

#: Name and number of the JSON layout. Keys are added within a number, never renamed or given another meaning.
SCHEMA = "ocr.document/1"

Polygon = npt.NDArray[np.float32]


class DocumentInvalid(InputError, ValueError):
    """A record with values that cannot be, or JSON that is no document."""

    code = "document_invalid"


@dataclass(frozen=True, eq=False)
class Word:
    """A text with its place on the page.

    Attributes:
        text: what is written.
        confidence: how sure the reader is, 0 to 1.
        polygon: (N, 2) float32 in pixels of the upright page, clockwise from the text's own top-left corner;
            not writable.
    """

    text: str
    confidence: float
    polygon: Polygon

    def __post_init__(self) -> None:
        _require(isinstance(self.text, str), f"text is {type(self.text).__name__}; expected a string")
        object.__setattr__(self, "confidence", _share(self.confidence))
        object.__setattr__(self, "polygon", _polygon(self.polygon))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.text, self.confidence, self.polygon.shape, self.polygon.tobytes()

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        # The shortest decimals that give the same float32 back.
        points = [[float(str(x)), float(str(y))] for x, y in self.polygon]
        return {"text": self.text, "confidence": self.confidence, "polygon": points}


@dataclass(frozen=True, eq=False)
class Line(Word):
    """A text region with its text.

    Attributes:
        words: the words of the line in order, where they are known.
    """

    words: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "words", _records(self.words, Word, "words"))

    def _key(self) -> tuple[Any, ...]:
        return (*super()._key(), self.words)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        found = super().to_dict()
        if self.words:
            found["words"] = [word.to_dict() for word in self.words]
        return found


@dataclass(frozen=True)
class Page:
    """One upright page.

    Attributes:
        width: pixels.
        height: pixels.
        lines: in reading order: rows from top to bottom, left to right inside a row.
    """

    width: int
    height: int
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            _require(
                isinstance(value, int) and not isinstance(value, bool) and value > 0,
                f"{name} is {value!r}; expected a whole number of pixels above 0",
            )
        object.__setattr__(self, "lines", _records(self.lines, Line, "lines"))

    @property
    def text(self) -> str:
        """The text, a row of the page a line; texts of one row are separated by a space."""
        from ocr import polygons

        rows = polygons.rows([line.polygon for line in self.lines])
        return "\n".join(" ".join(self.lines[k].text for k in row) for row in rows)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"width": self.width, "height": self.height, "lines": [line.to_dict() for line in self.lines]}


@dataclass(frozen=True)
class Field:
    """A checked value of the receipt, such as its total.

    Attributes:
        value: normalised value, for instance ``2018-03-25`` or ``12.90``.
        text: what is written on the receipt.
        confidence: 0 to 1.
        lines: indices of the lines that it was read from, counted over all pages of the document.
    """

    value: str
    text: str
    confidence: float
    lines: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("value", "text"):
            found = getattr(self, name)
            _require(
                isinstance(found, str), f"{name} of a field is {type(found).__name__}; expected a string"
            )
        object.__setattr__(self, "confidence", _share(self.confidence))
        _require(
            all(isinstance(k, int) and k >= 0 for k in self.lines),
            "lines of a field are indices of 0 and above",
        )
        object.__setattr__(self, "lines", tuple(self.lines))

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {
            "value": self.value,
            "text": self.text,
            "confidence": self.confidence,
            "lines": list(self.lines),
        }


@dataclass(frozen=True)
class Warning_:  # noqa: N801 (Warning is a built-in)
    """Something that a caller should know about a result.

    Attributes:
        code: stable identifier.
        message: a sentence.
        page: index of the page that it concerns, ``None`` for the whole document.
    """

    code: str
    message: str
    page: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"code": self.code, "message": self.message, "page": self.page}


@dataclass(frozen=True)
class Document:
    """What was read from one input.

    Attributes:
        pages: in order.
        fields: checked values by name; not writable.
        warnings: what was left out or is in doubt.
    """

    pages: tuple[Page, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    warnings: tuple[Warning_, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pages", _records(self.pages, Page, "pages"))
        object.__setattr__(self, "warnings", _records(self.warnings, Warning_, "warnings"))
        fields = dict(self.fields)
        _records(fields.values(), Field, "fields")
        count = sum(len(page.lines) for page in self.pages)
        for name, value in fields.items():
            _require(
                all(k < count for k in value.lines),
                f"field {name!r} refers to a line beyond the {count} of the document",
            )
        object.__setattr__(self, "fields", MappingProxyType(fields))

    def __hash__(self) -> int:
        return hash((self.pages, tuple(sorted(self.fields)), self.warnings))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled or copied; results cross process borders.
        return Document, (self.pages, dict(self.fields), self.warnings)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all pages, which the indices of fields count."""
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
        _require(
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

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON values, by the layout `SCHEMA`."""
        return {
            "schema": SCHEMA,
            "pages": [page.to_dict() for page in self.pages],
            "fields": {name: value.to_dict() for name, value in self.fields.items()},
            "warnings": [warning.to_dict() for warning in self.warnings],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """The document as JSON; on one line unless ``indent`` is given."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    @classmethod
    def from_json(cls, data: str | bytes) -> Document:
        """Read what `to_json` wrote; keys that are not known are passed over.

        Raises:
            DocumentInvalid: no JSON, another schema, or values that cannot be.
        """
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as fault:
            raise DocumentInvalid(f"the text is no JSON: {fault}") from fault
        return cls.from_dict(found)

    @classmethod
    def from_dict(cls, found: Any) -> Document:
        """Build a document from JSON values.

        Raises:
            DocumentInvalid: another schema, or values that cannot be.
        """
        schema = found.get("schema") if isinstance(found, dict) else type(found).__name__
        _require(schema == SCHEMA, f"got schema {schema!r}; expected {SCHEMA!r}")
        try:
            return cls(
                tuple(_page(page) for page in found["pages"]),
                {
                    name: Field(f["value"], f["text"], f["confidence"], tuple(f.get("lines", ())))
                    for name, f in found.get("fields", {}).items()
                },
                tuple(Warning_(w["code"], w["message"], w.get("page")) for w in found.get("warnings", ())),
            )
        except KeyError as fault:
            raise DocumentInvalid(f"key {fault} is missing") from fault
        except (TypeError, AttributeError) as fault:
            raise DocumentInvalid(f"a value has the wrong type: {fault}") from fault


def _page(found: Mapping[str, Any]) -> Page:
    lines = (
        Line(
            line["text"],
            line["confidence"],
            line["polygon"],
            tuple(Word(w["text"], w["confidence"], w["polygon"]) for w in line.get("words", ())),
        )
        for line in found["lines"]
    )
    return Page(found["width"], found["height"], tuple(lines))


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise DocumentInvalid(message)


def _share(value: Any) -> float:
    _require(
        isinstance(value, (int, float, np.floating)) and not isinstance(value, bool),
        f"confidence is {value!r}; expected a number from 0 to 1",
    )
    _require(
        math.isfinite(value) and 0 <= value <= 1, f"confidence is {value!r}; expected a number from 0 to 1"
    )
    return float(value)


def _polygon(points: Any) -> Polygon:
    try:
        found = np.array(points, dtype=np.float32)
    except (TypeError, ValueError) as fault:
        raise DocumentInvalid(f"the polygon is no list of points: {fault}") from fault
    _require(
        found.ndim == 2 and found.shape[1] == 2 and len(found) >= 3,
        f"the polygon has the shape {found.shape}; expected (N, 2) with N of 3 and above",
    )
    _require(bool(np.isfinite(found).all()), "the polygon holds numbers that are not finite")
    # Negative zero would compare equal but hash and print differently.
    found += np.float32(0.0)
    found.flags.writeable = False
    return found


def _records(found: Iterable[Any], kind: type, name: str) -> tuple[Any, ...]:
    records = tuple(found)
    _require(
        all(isinstance(record, kind) for record in records),
        f"{name} holds something else than {kind.__name__}",
    )
    return records

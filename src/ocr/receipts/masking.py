"""Private data masked in lines, words, receipts and pictures, before anything is written.

Every letter and digit of it becomes `MASK`, which no model reads, so that texts keep their length and a document says
itself what was masked: `painted` needs nothing else, also after a document came back from a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.document import Document, Line, Page, ReadWarning, Word
from ocr.io import drawing
from ocr.receipt import Code
from ocr.receipts.private_text import GAP, Span, spans

Image = npt.NDArray[np.uint8]
R = TypeVar("R")

#: Stands for a masked letter or digit.
MASK = "█"
_BLACK = (0, 0, 0)
#: Repeats of masked texts are looked for from so many letters and digits on; shorter ones stand anywhere.
_LEAST_REPEATED = 5
#: Without the places of words, masked texts are painted so many letters wider: letters differ in width.
_MARGIN = 1.5
#: Painted regions are this share of their height higher.
_HIGHER = 0.1


class Masker:
    """Masks one document, page by page as it is read, then its receipts.

    What was masked once is masked wherever it is repeated, also without the label that gave it away.

    Args:
        kinds: of `ocr.receipts.private_text.KINDS`; nothing is masked without any.
    """

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = tuple(kinds)
        self._secrets: set[str] = set()
        self._counts: Counter[str] = Counter()

    def page(self, page: Page) -> Page:
        """The page with private data masked in its lines and words."""
        if not self._kinds:
            return page
        lines = list(page.lines)
        rows = [_Row([lines[k].text for k in row]) for row in page.rows]
        for row in rows:
            row.hide(spans(row.text, self._kinds))
            for span in row.hidden_spans:
                self._counts["card" if span.kind == "card_last4" else span.kind] += 1
                self._remember(row.text[span.start : span.end])
        for row, places in zip(rows, page.rows, strict=True):
            row.hide(self._repeats(row.text))
            for k, masked in zip(places, row.texts(), strict=True):
                lines[k] = _masked_line(lines[k], masked)
        return replace(page, lines=tuple(lines))

    def document(self, document: Document) -> Document:
        """The document with private data masked in its pages, receipts and the messages of its checks and warnings.

        Pages that `page` masked are masked once more: what a later one gave away may stand on an earlier one.
        """
        if not self._kinds:
            return document
        pages = tuple(self.page(page) for page in document.pages)
        receipts = tuple(self._record(receipt) for receipt in document.receipts)
        warnings = tuple(self._record(warning) for warning in document.warnings)
        if self._counts:
            counts = ", ".join(f"{kind} {count}" for kind, count in sorted(self._counts.items()))
            warnings = (*warnings, ReadWarning("masked", f"private data was masked: {counts}"))
        return replace(document, pages=pages, receipts=receipts, warnings=warnings)

    def text(self, text: str) -> str:
        """A text with private data masked."""
        row = _Row([text])
        row.hide(spans(text, self._kinds))
        row.hide(self._repeats(text))
        return row.texts()[0]

    def code(self, code: Code) -> Code:
        """A code with private data masked in its payload."""
        return replace(code, text=self.text(code.text))

    def _remember(self, text: str) -> None:
        secret = _plain(text)
        if len(secret) >= _LEAST_REPEATED:
            self._secrets.add(secret)

    def _repeats(self, text: str) -> list[Span]:
        """Where secrets stand in a text, whatever stands between their letters and digits."""
        places = [k for k, c in enumerate(text) if c.isalnum()]
        plain = "".join(_folded(text[k]) for k in places)
        repeats: list[Span] = []
        for secret in self._secrets:
            at = plain.find(secret)
            while at >= 0:
                piece = Span(places[at], places[at + len(secret) - 1] + 1, "repeat")
                # A name is a word of its own, figures can stand in a longer one.
                if any(c.isdigit() for c in secret) or _stands_alone(text, piece):
                    repeats.append(piece)
                at = plain.find(secret, at + 1)
        return repeats

    def _record(self, record: R) -> R:
        """A record with all its strings masked; names of kinds, checks and formats are no text of the receipt."""
        changes: dict[str, Any] = {}
        for one in fields(record):  # type: ignore[arg-type]
            value = getattr(record, one.name)
            masked = value if one.name in _WORDS else self._value(value)
            if masked is not value:
                changes[one.name] = masked
        return replace(record, **changes) if changes else record  # type: ignore[type-var]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            masked = self.text(value)
            return value if masked == value else masked
        if isinstance(value, tuple):
            parts = tuple(self._value(part) for part in value)
            return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
        return self._record(value) if is_dataclass(value) and not isinstance(value, type) else value


#: Attributes of records whose strings are words of this package.
_WORDS = frozenset({"source", "status", "kind", "format"})


def mask(document: Document, kinds: Collection[str]) -> Document:
    """A document with private data masked.

    Args:
        document: as it was read.
        kinds: of `ocr.receipts.private_text.KINDS`.
    """
    return Masker(kinds).document(document)


def painted(image: Image, page: Page, codes: Iterable[Code] = ()) -> Image:
    """A picture of a page on which all that is masked is black.

    Args:
        image: RGB (H, W, 3) uint8 of the page; of another size than the page, it is painted at its own.
        page: with masked lines.
        codes: of this page; one with a masked payload is painted over as a whole.

    Returns:
        The picture itself where nothing is masked, else a copy.
    """
    regions = [region for line in page.lines for region in _regions(line)]
    regions += [polygons.to_quad(code.polygon) for code in codes if MASK in code.text]
    if not regions:
        return image
    scale = np.array([image.shape[1] / page.width, image.shape[0] / page.height])
    canvas: Image = image.copy()
    drawing.fill(canvas, [_higher(region) * scale for region in regions], _BLACK)
    return canvas


def pages_with_codes(document: Document) -> list[tuple[Page, tuple[Code, ...]]]:
    """The pages of a document with their codes, as `painted` takes them."""
    codes = [code for receipt in document.receipts for code in receipt.codes]
    return [(page, tuple(c for c in codes if c.page == k)) for k, page in enumerate(document.pages)]


def is_masked(document: Document) -> bool:
    """Whether anything is masked in the lines or codes of a document."""
    return any(MASK in line.text for line in document.lines) or any(
        MASK in code.text for receipt in document.receipts for code in receipt.codes
    )


class _Row:
    """The texts of one row as one, and what of it is hidden."""

    def __init__(self, texts: Sequence[str]) -> None:
        # Every kind of space counts as one, and the tab parts lines alone.
        self._parts = ["".join(" " if c.isspace() else c for c in text) for text in texts]
        self._texts = texts
        self.text = GAP.join(self._parts)
        self._hidden = [False] * len(self.text)
        self.hidden_spans: list[Span] = []

    def hide(self, pieces: Iterable[Span]) -> None:
        """Hide pieces; those that hide something new are in `hidden_spans`."""
        for piece in pieces:
            places = [k for k in range(piece.start, piece.end) if self.text[k].isalnum()]
            if any(not self._hidden[k] for k in places):
                self.hidden_spans.append(piece)
            for k in places:
                self._hidden[k] = True

    def texts(self) -> list[str]:
        """The texts with what is hidden as `MASK`."""
        masked: list[str] = []
        start = 0
        for text in self._texts:
            hidden = self._hidden[start : start + len(text)]
            masked.append("".join(MASK if gone else c for c, gone in zip(text, hidden, strict=True)))
            start += len(text) + 1
        return masked


def _masked_line(line: Line, text: str) -> Line:
    if text == line.text:
        return line
    return replace(line, text=text, words=_masked_words(line, text))


def _masked_words(line: Line, text: str) -> tuple[Word, ...]:
    """The words of a line with the letters that its text lost; a word that is not found in the text loses all."""
    words: list[Word] = []
    place = 0
    for word in line.words:
        at = line.text.find(word.text, place)
        if at < 0:
            masked = "".join(MASK if c.isalnum() else c for c in word.text)
        else:
            place = at + len(word.text)
            masked = text[at:place]
        words.append(replace(word, text=masked) if masked != word.text else word)
    return tuple(words)


def _regions(line: Line) -> list[npt.NDArray[np.float32]]:
    """Quads of the masked parts of a line."""
    if MASK not in line.text:
        return []
    masked_words = [word for word in line.words if MASK in word.text]
    if masked_words and "".join(w.text for w in line.words) == line.text.replace(" ", ""):
        return [polygons.to_quad(word.polygon) for word in masked_words]
    count = len(line.text)
    first, last = line.text.index(MASK), line.text.rindex(MASK) + 1
    low, high = max(0.0, first - _MARGIN) / count, min(float(count), last + _MARGIN) / count
    # Corners run clockwise from the top left of the text.
    a, b, c, d = polygons.to_quad(line.polygon).astype(np.float64)
    part = np.array([a + (b - a) * low, a + (b - a) * high, d + (c - d) * high, d + (c - d) * low])
    return [part.astype(np.float32)]


def _higher(quad: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    a, b, c, d = quad.astype(np.float64)
    left, right = (d - a) * _HIGHER, (c - b) * _HIGHER
    return np.array([a - left, b - right, c + right, d + left])


def _stands_alone(text: str, piece: Span) -> bool:
    return not (text[piece.start - 1 : piece.start].isalnum() or text[piece.end : piece.end + 1].isalnum())


def _plain(text: str) -> str:
    return "".join(_folded(c) for c in text if c.isalnum())


def _folded(character: str) -> str:
    # One character each, so that places stay: "ß".casefold() has two.
    lower = character.lower()
    return lower if len(lower) == 1 else character

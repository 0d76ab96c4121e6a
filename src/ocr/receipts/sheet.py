"""The rows of one receipt as the extraction looks at them: cells with places, text with numbers, labels and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from ocr.document import Line, Page
from ocr.polygons import to_quad
from ocr.receipts import labels, money
from ocr.receipts.dates import FoundDate, FoundTime, find_times
from ocr.receipts.dates import find as find_dates
from ocr.receipts.labels import Label
from ocr.receipts.money import Number
from ocr.receipts.text import words
from ocr.records import Polygon
from ocr.runtime.lazy import cached_property

#: Cells that stand closer than this, in heights of text, are words of one text.
_WORD_GAP = 0.9
#: Words of one line stand further apart where the print is spaced.
_WORD_GAP_IN_LINE = 1.7

#: Confidence from which a line is surely print, below which one is doubted beside sure ones, and below which anywhere.
_SURE, DOUBTFUL, HOPELESS = 0.7, 0.45, 0.36
#: Lines surely read, and share of hopeless ones, from which the back of the paper is taken to show through.
_SURE_LINES, _NOISY = 10, 0.2


@dataclass(frozen=True)
class Cell:
    """A line of the page, in the frame in which its receipt runs level.

    Attributes:
        text: what is written.
        place: (page, line) indices in the document.
        left, right, top, bottom: pixels.
        confidence: of the line.
        start: where its text begins in the text of its row.
    """

    text: str
    place: tuple[int, int]
    left: float
    right: float
    top: float
    bottom: float
    confidence: float
    start: int = 0


@dataclass(eq=False)
class Row:
    """A row of the receipt.

    Attributes:
        index: position on the receipt, from 0.
        cells: from left to right.
        text: their texts; a tab stands between cells that are columns of their own, a space between words of a text.
    """

    index: int
    cells: tuple[Cell, ...]
    text: str = ""
    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0
    #: Decided for the whole receipt: see `ocr.receipts.roles`.
    role: str = ""
    covered: float = 0.0
    #: Share of the letters that labels of some languages cover.
    coverage: dict[frozenset[str], float] = field(default_factory=dict, repr=False)
    _money: tuple[money.Style, list[Number]] | None = field(default=None, repr=False)
    _labels: dict[frozenset[str], tuple[Label, ...]] = field(default_factory=dict, repr=False)
    _kinds: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False)
    _word_kinds: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False)

    @cached_property
    def height(self) -> float:
        """Median height of its cells in pixels."""
        return median(cell.bottom - cell.top for cell in self.cells)

    @cached_property
    def dates(self) -> tuple[FoundDate, ...]:
        """Dates in its text."""
        return find_dates(self.text)

    @cached_property
    def times(self) -> tuple[FoundTime, ...]:
        """Times of day in its text, outside of its dates."""
        taken = self.dates
        return tuple(
            one
            for one in find_times(self.text)
            if all(one.end <= other.start or one.start >= other.end for other in taken)
        )

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """Numbers in its text, outside of its dates and times."""
        spans = [(one.start, one.end) for one in self.dates if not one.compact]
        spans += [(one.start, one.end) for one in self.times if one.sure]
        return tuple(
            number
            for number in money.find(self.text)
            if all(number.end <= start or number.start >= end for start, end in spans)
        )

    def money(self, style: money.Style) -> list[Number]:
        """Numbers that can be amounts in a style."""
        if self._money is None or self._money[0] != style:
            self._money = style, [number for number in self.numbers if money.is_money(number, style)]
        return self._money[1]

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """Labels of all languages in its text."""
        return labels.find(self.text)

    def labels_of(self, languages: frozenset[str]) -> tuple[Label, ...]:
        """Labels of some languages in its text."""
        own = self._labels.get(languages)
        if own is None:
            own = self._labels[languages] = labels.find(self.text, languages)
        return own

    def kinds_of(self, languages: frozenset[str]) -> frozenset[str]:
        """Kinds of the labels of some languages in its text."""
        own = self._kinds.get(languages)
        if own is None:
            found = {kind for label in self.labels_of(languages) for _, kind in label.kinds}
            own = self._kinds[languages] = frozenset(found)
        return own

    def word_kinds_of(self, languages: frozenset[str]) -> frozenset[str]:
        """Kinds of its words in some languages, each taken as a label by itself."""
        own = self._word_kinds.get(languages)
        if own is None:
            found = {kind for language, kind in self._meanings if language in languages}
            own = self._word_kinds[languages] = frozenset(found)
        return own

    @cached_property
    def _meanings(self) -> frozenset[tuple[str, str]]:
        return frozenset(meaning for word in words(self.text) for meaning in labels.meanings(word.skeleton))

    @cached_property
    def letters(self) -> int:
        """Letters in its text."""
        return sum(map(str.isalpha, self.text))

    def span(self, start: int, end: int) -> tuple[float, float]:
        """Left and right of a part of the text, in pixels."""
        left = right = None
        for cell in self.cells:
            first, last = max(start, cell.start), min(end, cell.start + len(cell.text))
            if first < last:
                width = (cell.right - cell.left) / max(1, len(cell.text))
                left = cell.left + (first - cell.start) * width if left is None else left
                right = cell.left + (last - cell.start) * width
        return (left if left is not None else self.left, right if right is not None else self.right)

    @cached_property
    def _confidence(self) -> float:
        return min([cell.confidence for cell in self.cells], default=0.0)

    def places(self, start: int = 0, end: int | None = None) -> tuple[tuple[int, int], ...]:
        """Indices in the document of the lines that a part of the text was read from."""
        end = len(self.text) if end is None else end
        return tuple(
            dict.fromkeys(
                cell.place for cell in self.cells if cell.start < end and cell.start + len(cell.text) > start
            )
        )

    def confidence(self, start: int = 0, end: int | None = None) -> float:
        """Least confidence of the lines that a part of the text was read from."""
        if end is None and not start:
            return self._confidence
        end = len(self.text) if end is None else end
        confidences = [c.confidence for c in self.cells if c.start < end and c.start + len(c.text) > start]
        return min(confidences, default=0.0)


@dataclass(eq=False)
class Sheet:
    """The rows of one receipt, from top to bottom.

    Attributes:
        pages: indices of the pages that it stands on.
        rows: its rows.
    """

    pages: tuple[int, ...]
    rows: list[Row]

    @cached_property
    def height(self) -> float:
        """Median height of text in pixels."""
        return median(row.height for row in self.rows) if self.rows else 1.0

    @cached_property
    def left(self) -> float:
        """Left edge in pixels."""
        return min((row.left for row in self.rows), default=0.0)

    @cached_property
    def right(self) -> float:
        """Right edge in pixels."""
        return max((row.right for row in self.rows), default=1.0)

    @property
    def width(self) -> float:
        """Width in pixels, at least 1."""
        return max(1.0, self.right - self.left)


def sheets(pages: Sequence[Page]) -> list[Sheet]:
    """The receipts of the pages of a document, a sheet each, in order."""
    return [
        sheet(number, page, group)
        for number, page in enumerate(pages)
        for group in page.receipts
        if any(page.lines[k].text.strip() for row in group for k in page.rows[row])
    ]


def sheet(number: int, page: Page, group: Iterable[int]) -> Sheet:
    """The rows of a receipt on a page.

    Args:
        number: index of the page.
        page: the page.
        group: indices of the receipt's rows.
    """
    indices = [[k for k in page.rows[row] if page.lines[k].text.strip()] for row in group]
    confidences = [page.lines[k].confidence for row in indices for k in row]
    hopeless = sum(confidence < HOPELESS for confidence in confidences)
    noisy = sum(confidence >= _SURE for confidence in confidences) >= _SURE_LINES and (
        hopeless >= _NOISY * len(confidences)
    )
    pieces = [[_pieces(page.lines[k]) for k in row] for row in indices]
    boxes = iter(_level([polygon for row in pieces for line in row for _, polygon in line]))
    rows: list[Row] = []
    for row, lines in zip(indices, pieces, strict=True):
        cells: list[Cell] = []
        for k, line in zip(row, lines, strict=True):
            confidence = page.lines[k].confidence
            cells += _cells([(text, next(boxes)) for text, _ in line], (number, k), confidence)
        kept = _without_noise(cells, noisy)
        if kept:
            rows.append(_row(len(rows), kept))
    return Sheet((number,), rows)


def _without_noise(cells: list[Cell], noisy: bool) -> list[Cell]:
    """The cells of a row without those that show the back of the paper or the ground through."""
    sure = any(cell.confidence >= _SURE for cell in cells)
    kept = [
        cell
        for cell in cells
        if cell.confidence >= (DOUBTFUL if sure else HOPELESS)
        or not (sure or noisy)
        or 3 * sum(map(str.isdigit, cell.text)) > sum(map(str.isalnum, cell.text))
        or any(label.exact and label.end - label.start >= 4 for label in labels.find(cell.text))
    ]
    # An amount beside words that are hard to read is still named by them.
    wordless = bool(kept) and not any(sum(map(str.isalpha, cell.text)) >= 3 for cell in kept)
    return cells if wordless else kept


Box = tuple[float, float, float, float]


def _pieces(line: Line) -> list[tuple[str, Polygon]]:
    """The words of a line with their places, the whole line where they are not known."""
    if len(line.words) > 1 and " ".join(word.text for word in line.words) == line.text:
        return [(word.text, word.polygon) for word in line.words]
    return [(line.text, line.polygon)]


def _cells(pieces: list[tuple[str, Box]], place: tuple[int, int], confidence: float) -> list[Cell]:
    """The words of a line as cells: those that stand close are one."""
    groups: list[tuple[list[str], Box]] = []
    for text, box in pieces:
        if groups:
            together, (left, top, right, bottom) = groups[-1]
            if box[0] - right < _WORD_GAP_IN_LINE * min(bottom - top, box[3] - box[1]):
                together.append(text)
                groups[-1] = together, (left, min(box[1], top), box[2], max(box[3], bottom))
                continue
        groups.append(([text], box))
    return [
        Cell(" ".join(texts), place, left, right, top, bottom, confidence)
        for texts, (left, top, right, bottom) in groups
    ]


def joined(first: Sheet, second: Sheet) -> Sheet:
    """Two pages of one receipt, the second below the first."""
    down = max((row.bottom for row in first.rows), default=0.0)
    rows = [*first.rows]
    for row in second.rows:
        cells = [
            Cell(c.text, c.place, c.left, c.right, c.top + down, c.bottom + down, c.confidence)
            for c in row.cells
        ]
        rows.append(_row(len(rows), cells))
    return Sheet((*first.pages, *second.pages), rows)


def replaced(sheet: Sheet, texts: Mapping[tuple[int, int], str]) -> Sheet:
    """The receipt with other texts in some of its lines."""
    rows = []
    for row in sheet.rows:
        cells: list[Cell] = []
        for cell in row.cells:
            if cell.place not in texts:
                cells.append(cell)
            elif cells and cells[-1].place == cell.place:
                cells[-1] = replace(cells[-1], right=cell.right)
            else:
                cells.append(replace(cell, text=texts[cell.place]))
        rows.append(_row(row.index, cells))
    return Sheet(sheet.pages, rows)


def _level(polygons: Sequence[np.ndarray]) -> list[Box]:
    """Left, top, right and bottom of polygons after their common direction is taken out."""
    if not polygons:
        return []
    corners = np.concatenate([p if len(p) == 4 else to_quad(p) for p in polygons])
    quads = corners.reshape(-1, 4, 2).astype(np.float64)
    along = ((quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])).sum(axis=0)
    length = float(np.hypot(*along)) or 1.0
    c, s = along / length
    turned = quads @ np.array([[c, -s], [s, c]])
    boxes = np.concatenate([turned.min(axis=1), turned.max(axis=1)], axis=1)
    return [(left, top, right, bottom) for left, top, right, bottom in boxes.tolist()]


def _row(index: int, cells: list[Cell]) -> Row:
    placed: list[Cell] = []
    text = ""
    for cell in cells:
        if placed:
            last = placed[-1]
            height = min(last.bottom - last.top, cell.bottom - cell.top)
            limit = _WORD_GAP_IN_LINE if cell.place == last.place else _WORD_GAP
            text += " " if cell.left - last.right < limit * height else "\t"
        placed.append(
            Cell(
                cell.text,
                cell.place,
                cell.left,
                cell.right,
                cell.top,
                cell.bottom,
                cell.confidence,
                len(text),
            )
        )
        text += cell.text
    return Row(
        index, tuple(placed), text, min(c.top for c in placed), max(c.bottom for c in placed),
        min(c.left for c in placed), max(c.right for c in placed),
    )  # fmt: skip

"""Rows to a flat page: ink on a canvas, with the place and the transcript of every text region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, NamedTuple

import numpy as np

from ocr.datasets.synthetic.fonts import Face, FontSet
from ocr.datasets.synthetic.graphics import draw_graphic
from ocr.datasets.synthetic.layout import Cell, Row
from ocr.datasets.synthetic.typeset import Ink, Mask, embolden, join, round_dots, typeface

Printing = Literal["thermal", "laser", "matrix"]

#: Characters as high as those of their scripts get, the commonest ones of receipts.
_FULL_HEIGHT = "금합를을金合税"

#: Texts nearer than this many text heights are one region, as people annotate; beyond it they are two.
_JOIN = 1.6


@dataclass(frozen=True)
class Printer:
    """How a receipt is printed.

    Attributes:
        face: of all text but headings.
        heading: of rows larger than the rest.
        printing: smooth as by a laser, in square dots as by a thermal head, or in round ones as by needles.
        em: size of the font in printer dots.
        x_scale, y_scale: pixels of the page for a dot.
        spacing: dots added after each character.
        pitch: distance of baselines, in cap heights.
        ink_gap: space left between ink and polygon in pixels, as annotators leave it.
    """

    face: Face
    heading: Face
    printing: Printing
    em: int
    x_scale: float
    y_scale: float
    spacing: float
    pitch: float
    ink_gap: float

    def set(self, text: str, row: Row) -> Ink:
        """The text as the row wants it, in pixels of the page."""
        face = self.heading if row.size > 1.2 else self.face
        grows = 1.0 if self.printing != "laser" else row.size
        em = max(8, round(self.em * grows))
        ink = typeface(face, em, self.printing != "laser").set(text, self.spacing * grows)
        factor = row.size / grows
        if self.printing == "matrix":
            ink = round_dots(ink, 3, 1.25)
            factor /= 3
        if row.bold:
            ink = Ink(
                embolden(ink.mask, 1 + max(1, round(ink.cap_height * 0.07))), ink.baseline, ink.cap_height
            )
        return ink.scaled(self.x_scale * factor * row.wide, self.y_scale * factor)

    def word_columns(self, text: str, row: Row, ink: Ink) -> list[tuple[float, float]]:
        """Begin and end of each word's ink in that of the whole text, in pixels of the page."""
        face = self.heading if row.size > 1.2 else self.face
        grows = 1.0 if self.printing != "laser" else row.size
        em = max(8, round(self.em * grows))
        columns = typeface(face, em, self.printing != "laser").word_columns(text, self.spacing * grows)
        if not columns:
            return []
        scale = ink.mask.shape[1] / columns[-1][1]
        return [(a * scale, b * scale) for a, b in columns]

    def width(self, text: str, row: Row) -> float:
        """Width of the text in pixels of the page, near enough for breaking lines."""
        face = self.heading if row.size > 1.2 else self.face
        return typeface(face, self.em, self.printing != "laser").advance(text, self.spacing) * (
            self.x_scale * row.size * row.wide
        )

    @property
    def cap_height(self) -> float:
        """Height of a capital letter of plain rows in pixels of the page."""
        return typeface(self.face, self.em, self.printing != "laser").cap_height * self.y_scale


class Span(NamedTuple):
    """Text with the box of its ink on the page, and where its words begin and end along it."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    words: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Region:
    """A text region on the page.

    Attributes:
        box: upright, (x0, y0, x1, y1) in pixels.
        text: the transcript.
        row: number of the printed row that it stands in, from the top.
        words: begin and end of the ink of each word of the text, x in pixels.
    """

    box: tuple[float, float, float, float]
    text: str
    row: int = 0
    words: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Page:
    """A flat page: `ink` (H, W) uint8 coverage, and the regions in the order of printing."""

    ink: Mask
    regions: tuple[Region, ...]


def make_printer(
    rng: Random, fonts: FontSet, text: str, width: int, printing: Printing | None = None
) -> Printer:
    """A printer for a page of this printed width in pixels, whose fonts cover the text where one does."""
    printing = printing or rng.choices(("thermal", "laser", "matrix"), (0.55, 0.33, 0.12))[0]
    monospaced = rng.random() < (0.35 if printing == "laser" else 0.75)
    face = fonts.choose(rng, text, monospaced) or fonts.choose(rng, monospaced=monospaced)
    heading = face if rng.random() < 0.6 else fonts.choose(rng, text, monospaced)
    if face is None:
        raise AssertionError("A font set holds at least one face.")
    columns = rng.choice((24, 30, 32, 34, 36, 38, 40, 42, 42, 44, 48))
    em = {"thermal": rng.choice((20, 22, 24, 26)), "matrix": rng.choice((11, 12, 13)), "laser": 30}[printing]
    sample = typeface(face, em, printing != "laser")
    # A monospaced grid has as many columns as characters; proportional text sets a fifth more on average.
    advance = sample.advance("n0eA") / 4
    x_scale = width / columns / advance
    cap = sample.cap_height
    # Printer fonts are from slightly wide to twice as tall as wide, whatever face they are made from.
    tall = rng.uniform(1.05, 1.75) * advance / cap if face.monospaced else rng.uniform(0.95, 1.3)
    if printing == "laser":
        em = max(9, round(em * x_scale))
        x_scale, y_scale = 1.0, (tall if face.monospaced else rng.uniform(0.95, 1.15))
        y_scale = min(y_scale, 1.3)
    else:
        y_scale = x_scale * tall
    pitch, ink_gap = rng.uniform(1.45, 2.3), rng.uniform(0.8, 2.2)
    tallest = next((c for c in _FULL_HEIGHT if c in text and c in face.characters), "")
    if tallest:  # these fill the em, and lines of them do not overlap either
        pitch = max(pitch, sample.glyph(tallest).mask.shape[0] / cap * rng.uniform(1.15, 1.6))
    return Printer(face, heading or face, printing, em, x_scale, y_scale, 0.0, pitch, ink_gap)


def print_page(
    rows: Sequence[Row], printer: Printer, width: int, margin: int, characters: frozenset[str], rng: Random
) -> Page:
    """The rows on a canvas.

    Args:
        rows: from top to bottom.
        printer: how they are printed.
        width: of the printed part in pixels.
        margin: white space on all four sides in pixels.
        characters: the only ones that are printed; those that the font lacks are left out too.
        rng: draws graphics.
    """
    allowed = characters & printer.face.characters & printer.heading.characters
    placed: list[tuple[int, int, Mask]] = []
    regions: list[Region] = []
    row_number = 0
    y = float(margin)
    box_top: float | None = None
    for row in rows:
        if row.boxed and box_top is None:
            y += 0.4 * printer.cap_height
            box_top = y
        elif not row.boxed and box_top is not None:
            placed += _box(printer, width, margin, box_top, y)
            box_top = None
            y += 0.5 * printer.cap_height
        y += row.gap * printer.cap_height * printer.pitch
        if row.graphic != "none":
            dash = printer.set(rng.choice("---=*_.") * 3, Row())
            mask = draw_graphic(row.graphic, printer.cap_height, width, rng, dash)
            placed.append((margin + (width - mask.shape[1]) // 2, round(y), mask))
            y += mask.shape[0] + printer.cap_height * 0.5 * printer.pitch
            continue
        for part in _broken(row, printer, width, allowed):
            baseline = y + printer.cap_height * part.size
            printed = _print_row(part, printer, width, margin, baseline, placed)
            regions += [replace(region, row=row_number) for region in printed]
            row_number += bool(printed)
            y = baseline + printer.cap_height * (printer.pitch - 1) * (0.5 + 0.5 * part.size)
    height = round(y) + margin
    canvas = np.zeros((height, width + 2 * margin), np.uint8)
    for left, top, mask in placed:
        join(canvas, mask, left, top)
    return Page(canvas, tuple(regions))


def _box(printer: Printer, width: int, margin: int, top: float, bottom: float) -> list[tuple[int, int, Mask]]:
    """The four lines around rows, a little outside of the printed width."""
    thick = max(1, round(printer.cap_height * 0.08))
    left, right = round(margin * 0.6), round(width + margin * 1.4)
    across = np.full((thick, right - left), 255, np.uint8)
    down = np.full((max(1, round(bottom - top)), thick), 255, np.uint8)
    return [
        (left, round(top), across),
        (left, round(bottom), across),
        (left, round(top), down),
        (right - thick, round(top), down),
    ]


def _broken(row: Row, printer: Printer, width: int, allowed: frozenset[str]) -> list[Row]:
    """The row without what cannot be printed, cut to its columns, or broken into several rows."""
    cells = []
    for cell in row.cells:
        text = " ".join("".join(c for c in cell.text if c in allowed).split())
        if text:
            cells.append(replace(cell, text=text))
    row = replace(row, cells=tuple(cells))
    if not cells:
        return []
    if len(cells) > 1:
        if cells[0].at * width + sum(printer.width(cell.text, row) for cell in cells) > 0.95 * width:
            row = replace(row, size=min(row.size, 1.0), wide=1.0)
        return [replace(row, cells=_side_by_side(cells, row, printer, width))]
    cell = cells[0]
    if printer.width(cell.text, row) > width:
        row = replace(row, size=min(row.size, 1.2), wide=1.0)
    lines, line = [], ""
    for word in cell.text.split(" "):
        candidate = f"{line} {word}".strip()
        if line and printer.width(candidate, row) > width * (1 - (cell.at if cell.anchor == "left" else 0)):
            lines.append(line)
            candidate = word
        line = candidate
    whole = replace(cell, room=1.0)
    return [
        replace(row, cells=(_shortened(replace(whole, text=part), row, printer, width),))
        for part in (*lines, line)
    ]


def _side_by_side(cells: list[Cell], row: Row, printer: Printer, width: int) -> tuple[Cell, ...]:
    """The cells cut to their columns, and those at the left further where the next one begins earlier."""
    fitted: list[Cell] = []
    start = 1.0
    for cell in reversed(cells):
        if cell.anchor == "left":
            cell = replace(cell, room=min(cell.room, max(0.05, start - cell.at - printer.cap_height / width)))
        else:  # amounts and dates are never cut; what has no room is left out
            cell = replace(cell, room=max(cell.room, 0.8))
        cell = _shortened(cell, row, printer, width)
        start = cell.at if cell.anchor == "left" else cell.at - printer.width(cell.text, row) / width
        fitted.append(cell)
    return tuple(reversed(fitted))


def _shortened(cell: Cell, row: Row, printer: Printer, width: int) -> Cell:
    text = cell.text
    while len(text) > 1 and printer.width(text, row) > cell.room * width:
        text = text[:-1].rstrip()
    return replace(cell, text=text)


def _print_row(
    row: Row,
    printer: Printer,
    width: int,
    margin: int,
    baseline: float,
    placed: list[tuple[int, int, Mask]],
) -> list[Region]:
    """The cells of one row side by side; where room lacks, the last one stays, and then the first."""
    spans: list[Span] = []
    for cell in (*row.cells[-1:], *row.cells[:-1]):
        ink = printer.set(cell.text, row)
        rows = np.flatnonzero(ink.mask.any(axis=1))
        if not len(rows):
            continue
        shift = {"left": 0.0, "right": 1.0, "centre": 0.5}[cell.anchor]
        left = round(margin + cell.at * width - shift * ink.mask.shape[1])
        left = max(1, min(left, margin + width + margin // 2 - ink.mask.shape[1]))
        right = left + ink.mask.shape[1]
        apart = 0.5 * printer.cap_height * row.size
        if any(left < span.x1 + apart and right > span.x0 - apart for span in spans):
            continue
        top = round(baseline - ink.baseline)
        placed.append((left, top, ink.mask))
        y0, y1 = float(top + rows[0]), float(top + rows[-1] + 1)
        if y1 - y0 < 0.6 * ink.cap_height:  # a dash alone: its region is that of a short letter
            y0, y1 = min(y0, baseline - 0.75 * ink.cap_height), max(y1, baseline)
        words = tuple((left + a, left + b) for a, b in printer.word_columns(cell.text, row, ink))
        spans.append(Span(float(left), y0, float(right), y1, cell.text, words))
    spans.sort()
    if spans and (row.inverse or row.underline):
        _mark(row, printer, spans, placed)
    return _regions(spans, printer, row)


def _regions(spans: list[Span], printer: Printer, row: Row) -> list[Region]:
    """One region for texts close to each other, several for texts far apart."""
    merged: list[Span] = []
    reach = _JOIN * 1.25 * printer.cap_height * row.size
    for span in spans:
        if merged and span.x0 - merged[-1].x1 < reach:
            last = merged.pop()
            text = f"{last.text} {span.text}"
            words = (*last.words, *span.words)
            span = Span(last.x0, min(last.y0, span.y0), span.x1, max(last.y1, span.y1), text, words)
        merged.append(span)
    gap = printer.ink_gap
    return [
        Region((x0 - gap, y0 - gap, x1 + gap, y1 + gap), text, words=words)
        for x0, y0, x1, y1, text, words in merged
    ]


def _mark(
    row: Row,
    printer: Printer,
    spans: list[Span],
    placed: list[tuple[int, int, Mask]],
) -> None:
    """A bar behind inverse text, or a line below underlined text."""
    x0, x1 = min(s.x0 for s in spans), max(s.x1 for s in spans)
    y0, y1 = min(s.y0 for s in spans), max(s.y1 for s in spans)
    pad = round(printer.cap_height * 0.25)
    if row.underline:
        thick = max(1, round(printer.cap_height * 0.08))
        placed.append((round(x0), round(y1) + 2, np.full((thick, round(x1 - x0)), 255, np.uint8)))
        return
    bar = np.full((round(y1 - y0) + 2 * pad, round(x1 - x0) + 2 * pad), 255, np.uint8)
    left, top = round(x0) - pad, round(y0) - pad
    for _ in spans:
        x, y, mask = placed.pop()
        place = bar[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]]
        place -= np.minimum(place, mask[: place.shape[0], : place.shape[1]])
    placed.append((left, top, bar))

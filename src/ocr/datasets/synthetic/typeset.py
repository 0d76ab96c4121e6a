"""Text to ink: glyphs of a face set along a baseline, smooth or in the dots of a print head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.fonts import Face

Mask = npt.NDArray[np.uint8]

Style = Literal["smooth", "thermal", "matrix"]
#: How a nought is told from a letter O: not at all beyond what the face does, by a slash, or by a dot.
Nought = Literal["plain", "slashed", "dotted"]


@dataclass(frozen=True)
class Glyph:
    """One character drawn: coverage (h, w) uint8, its place relative to the pen on the baseline, its
    advance."""

    mask: Mask
    left: int
    top: int
    advance: float


@dataclass(frozen=True)
class Ink:
    """A line of text as ink.

    Attributes:
        mask: (H, W) uint8 coverage, 0 where there is none.
        baseline: row of the baseline in the mask.
        cap_height: height of a capital letter in pixels of the mask.
    """

    mask: Mask
    baseline: float
    cap_height: float

    def scaled(self, width_factor: float, height_factor: float) -> Ink:
        """The ink stretched, by area averaging where it shrinks."""
        height, width = self.mask.shape
        size = (max(1, round(width * width_factor)), max(1, round(height * height_factor)))
        shrinks = width_factor < 1 or height_factor < 1
        kind = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        mask = np.asarray(cv2.resize(self.mask, size, interpolation=kind), np.uint8)
        return Ink(mask, self.baseline * size[1] / height, self.cap_height * size[1] / height)


class Typeface:
    """A face at one size, with its glyphs kept.

    Args:
        face: the face.
        size: em size in pixels.
        bilevel: whether glyphs are drawn in whole dots, as a print head does, instead of smoothly.
        nought: what the figure 0 is marked with.
    """

    def __init__(self, face: Face, size: int, bilevel: bool = False, nought: Nought = "plain") -> None:
        from PIL import ImageFont

        self.face = face
        self.size = size
        self.bilevel = bilevel
        self.nought = nought
        self._font = ImageFont.truetype(str(face.path), size, layout_engine=ImageFont.Layout.BASIC)
        if face.axes:
            self._font.set_variation_by_axes(list(face.axes))
        self._latin: Any = None
        if face.latin:
            self._latin = ImageFont.truetype(str(face.latin.path), size, layout_engine=ImageFont.Layout.BASIC)
            if face.latin.axes:
                self._latin.set_variation_by_axes(list(face.latin.axes))
        self._glyphs: dict[str, Glyph] = {}
        capital = self.glyph("H")
        self.cap_height = float(-capital.top) or size * 0.7
        self.ascent = max(-self.glyph(c).top for c in "Hdl|")
        self.descent = max(g.top + g.mask.shape[0] for g in map(self.glyph, "gpqy|,"))

    def glyph(self, character: str) -> Glyph:
        """The glyph of one character."""
        known = self._glyphs.get(character)
        if known is None:
            known = self._glyphs[character] = self._draw(character)
        return known

    def _draw(self, character: str) -> Glyph:
        from PIL import Image, ImageDraw

        own = self._latin is None or not character.isascii()
        font = self._font if own else self._latin
        left, top, right, bottom = (int(v) for v in font.getbbox(character, anchor="ls"))
        left, top, right, bottom = left - 1, top - 1, right + 1, bottom + 1
        image = Image.new("L", (right - left, bottom - top), 0)
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1" if self.bilevel else "L"
        draw.text((-left, -top), character, font=font, fill=255, anchor="ls")
        mask = np.asarray(image)
        rows = np.flatnonzero(mask.any(axis=1))
        columns = np.flatnonzero(mask.any(axis=0))
        advance = float(font.getlength(character)) if own else self.size / 2
        if not len(rows):
            return Glyph(np.zeros((0, 0), np.uint8), 0, 0, advance)
        cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
        if character == "0" and self.nought != "plain":
            cut = struck(cut, self.nought, self.bilevel)
        left += int(columns[0])
        if not own:  # in the middle of its cell
            widest = max(1, int(advance))
            if cut.shape[1] > widest:
                cut = np.asarray(
                    cv2.resize(cut, (widest, cut.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
                )
                if self.bilevel:
                    cut = np.where(cut > 96, 255, 0).astype(np.uint8)
            left = round((advance - cut.shape[1]) / 2)
        return Glyph(cut, left, top + int(rows[0]), advance)

    def advance(self, text: str, spacing: float = 0.0, space: float = 1.0) -> float:
        """Width of the text in pixels as `set` lays it out."""
        return sum(self.glyph(c).advance * (space if c == " " else 1.0) + spacing for c in text)

    def word_columns(self, text: str, spacing: float = 0.0) -> list[tuple[int, int]]:
        """First column of each word's ink and the one after its last, in the mask that `set` gives the text."""
        words: list[list[int]] = [[]]
        pen = 0.0
        for character in text:
            glyph = self.glyph(character)
            if glyph.mask.size:
                x = round(pen) + glyph.left
                words[-1] += [x, x + glyph.mask.shape[1]]
            elif words[-1]:
                words.append([])
            pen += glyph.advance + spacing
        low = min((min(word) for word in words if word), default=0)
        return [(min(word) - low, max(word) - low) for word in words if word]

    def set(self, text: str, spacing: float = 0.0, space: float = 1.0) -> Ink:
        """The text on one baseline.

        Args:
            text: characters that the face covers.
            spacing: pixels added after each character; negative ones crowd.
            space: factor on the width of spaces.

        Returns:
            Ink whose mask reaches from the ascent to the descent of the face at least, and from the left
            edge of the first glyph's ink to the right edge of the last one's.
        """
        placed: list[tuple[int, int, Mask]] = []
        pen = 0.0
        low, high, top, bottom = 10**9, -(10**9), -self.ascent, self.descent
        for character in text:
            glyph = self.glyph(character)
            if glyph.mask.size:
                x = round(pen) + glyph.left
                height, width = glyph.mask.shape
                placed.append((x, glyph.top, glyph.mask))
                low, high = min(low, x), max(high, x + width)
                top, bottom = min(top, glyph.top), max(bottom, glyph.top + height)
            pen += glyph.advance * (space if character == " " else 1.0) + spacing
        if not placed:
            return Ink(np.zeros((bottom - top, max(1, round(pen))), np.uint8), -top, self.cap_height)
        canvas = np.zeros((bottom - top, high - low), np.uint8)
        for x, y, mask in placed:
            place = canvas[y - top : y - top + mask.shape[0], x - low : x - low + mask.shape[1]]
            np.maximum(place, mask, out=place)
        return Ink(canvas, -top, self.cap_height)


@lru_cache(maxsize=1024)
def typeface(face: Face, size: int, bilevel: bool = False, nought: Nought = "plain") -> Typeface:
    """The face at this size, from a cache a process."""
    return Typeface(face, size, bilevel, nought)


def struck(mask: Mask, nought: Nought, bilevel: bool) -> Mask:
    """A nought with a slash or a dot in it, about as thick as its strokes."""
    height, width = mask.shape
    middle = mask[height // 2] > 127
    # Ink at mid-height is the two sides.
    stroke = max(1, round(float(middle.sum()) / 2))
    marked: Mask = mask.copy()
    kind = cv2.LINE_8 if bilevel else cv2.LINE_AA
    if nought == "slashed":
        inset = stroke // 2
        begin, end = (inset, height - 1 - round(0.18 * height)), (width - 1 - inset, round(0.18 * height))
        cv2.line(marked, begin, end, (255,), stroke, kind)
    else:
        centre = ((width - 1) // 2, (height - 1) // 2)
        cv2.ellipse(
            marked, centre, (max(1, stroke // 2), max(1, round(0.12 * height))), 0, 0, 360, (255,), -1, kind
        )
    return marked


def embolden(mask: Mask, amount: int = 2, vertical: bool = False) -> Mask:
    """The ink struck twice, as printers make bold: shifted by `amount - 1` pixels and joined."""
    kernel = np.ones((amount, 1) if vertical else (1, amount), np.uint8)
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def round_dots(ink: Ink, pitch: int, diameter: float) -> Ink:
    """The dots of a bilevel ink as round strikes of a needle.

    Args:
        ink: one pixel a dot.
        pitch: pixels between dot centres.
        diameter: of a dot, in pitches; above 1 neighbouring dots touch.
    """
    big = np.kron(ink.mask, np.ones((pitch, pitch), np.uint8))
    centre = (np.arange(pitch) - (pitch - 1) / 2) / pitch
    distance = np.hypot(centre[:, None], centre[None, :])
    disc = np.clip((diameter / 2 - distance) * pitch + 0.5, 0, 1).astype(np.float32)
    tiled = np.tile(disc, ink.mask.shape)
    return Ink((big * tiled).astype(np.uint8), ink.baseline * pitch, ink.cap_height * pitch)


def join(canvas: Mask, mask: Mask, x: int, y: int) -> None:
    """Add ink to a canvas at (x, y), in place, as far as it lies inside; ink on ink stays as dark as the darker."""
    top, left = max(0, y), max(0, x)
    bottom, right = min(canvas.shape[0], y + mask.shape[0]), min(canvas.shape[1], x + mask.shape[1])
    if bottom > top and right > left:
        place = canvas[top:bottom, left:right]
        np.maximum(place, mask[top - y : bottom - y, left - x : right - x], out=place)

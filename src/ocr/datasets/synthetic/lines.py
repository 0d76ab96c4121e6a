"""Line crops for recogniser training, made on the fly: what a perspective crop of a detected line looks
like."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.bitmap import FONTS, bitmap_font
from ocr.datasets.synthetic.fonts import Face, FontSet, Split, load_fonts
from ocr.datasets.synthetic.names import by_base
from ocr.datasets.synthetic.needle import CHARACTERS, MAKES, melted, needle_ink, with_worn_needles
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS, phrase, random_characters
from ocr.datasets.synthetic.scripts import LATIN, script_named
from ocr.datasets.synthetic.typeset import Ink, Nought, embolden, join, round_dots, typeface
from ocr.datasets.synthetic.wear import Noise, lay_on_paper, photograph, wear_ink
from ocr.errors import BadConfiguration

Grey = npt.NDArray[np.uint8]

_SPACES = re.compile(r" {2,}")

#: Em sizes that text is set in before it is scaled; few, so that fonts stay in the cache.
_SMOOTH_SIZES = (20, 28, 40)
_THERMAL_SIZES = (18, 24, 30)
#: Share of the lines in dots that a printer with a worn needle prints.
_WORN = 0.15
#: Share of the lines that stand between the borders of a table's cell.
_BORDERED = 0.05
_MATRIX_SIZES = (11, 13)
_DENSE_MATRIX_SIZES = (16, 20, 24)
#: Characters of scripts that need more dots than Latin letters.
_DENSE = "한あ漢"
#: Phrases that are drawn in search of one with a wanted character.
_MOST_TRIED = 12


class SyntheticLines:
    """An endless supply of line crops; the crop depends on (seed, index), the characters and the fonts alone.

    Args:
        seed: any integer; seeds of training and validation should differ, and so should the fonts.
        charset: the characters that transcripts may hold; others are never drawn.
        fonts: a font set, or a split of the ``[synth]`` packages' fonts.
        folder: fonts of this folder instead of the packages'.
        system: whether to add the fonts of the operating system.
        script: name of a script, whose phrases and fonts are used; see `ocr.datasets.synthetic.scripts`.
        random_share: share of crops with random characters of the charset instead of words, in [0, 1].
        beyond: characters of which every line holds another one at least, so that new ones are seen often; in half of
            the lines the words of a country have it, in the other half letters of any words are replaced by letters
            that are made of them. Empty for lines as they come.

    Raises:
        MissingExtra: where Pillow or fonts are not installed.
        BadConfiguration: where the character set is empty.
    """

    def __init__(
        self,
        seed: int,
        charset: str = DEFAULT_CHARACTERS,
        fonts: FontSet | Split = "all",
        *,
        folder: Path | None = None,
        system: bool = False,
        script: str = LATIN,
        random_share: float = 0.08,
        beyond: str = "",
    ) -> None:
        self.seed = seed
        self.script = script
        self.fonts = fonts if isinstance(fonts, FontSet) else load_fonts(fonts, folder, system, script)
        self.characters = frozenset(charset) & self.fonts.characters
        if not self.characters - {" "}:
            raise BadConfiguration("The character set has no character that the fonts can draw.")
        self._ordered = "".join(sorted(self.characters))
        self._basic = "".join(c for c in self._ordered if c.isascii()).strip()
        self._alphabets = _alphabets(self._ordered)
        self._random_share = random_share
        self._beyond = beyond
        self._wanted = frozenset(self.characters.difference(beyond) if beyond else "")
        self._replacements = by_base(self._wanted)
        if beyond and not self._wanted:
            raise BadConfiguration("The fonts and the character set have no character beyond the given ones.")
        self._noise = Noise()
        self._phrase = phrase if script == LATIN else script_named(script).phrase()
        self._smallest, self._longest = 10, 60
        if script != LATIN:
            self._smallest, self._longest = script_named(script).smallest, script_named(script).longest

    def __reduce__(self) -> tuple[Any, ...]:
        # Phrases of a script are closures, which do not pickle.
        return _lines, (
            self.seed,
            "".join(sorted(self.characters)),
            self.fonts,
            self.script,
            self._random_share,
            self._beyond,
        )

    def line(self, index: int) -> tuple[Grey, str]:
        """The crop (H, W) uint8 grey with 10 <= H <= 64, and its transcript, in which spaces stand alone."""
        rng = Random(f"line:{self.seed}:{index}")
        for _ in range(8):
            text = self._text(rng)
            face = self.fonts.choose(rng, text, monospaced=rng.random() < 0.35) if text.strip() else None
            if face is not None:
                break
        else:
            text = rng.choice(self._ordered.replace(" ", ""))
            face = self.fonts.choose(rng, text)
        if face is None:  # every drawable character comes from some face
            raise AssertionError(f"No face covers {text!r}.")
        return self.draw(rng, face, text), _SPACES.sub(" ", text).strip()

    def _text(self, rng: Random) -> str:
        if not self._wanted:
            return self._any_text(rng)
        natural = rng.random() < 0.5
        for _ in range(_MOST_TRIED if natural else 1):
            text = self._any_text(rng)
            if not self._wanted.isdisjoint(text):
                return text
        share = rng.choice((0.15, 0.3, 0.6))
        letters = [
            rng.choice(self._replacements[c]) if c in self._replacements and rng.random() < share else c
            for c in text
        ]
        if self._wanted.isdisjoint(letters):
            letters.insert(rng.randrange(len(letters) + 1), rng.choice(sorted(self._wanted)))
        return "".join(letters)

    def _any_text(self, rng: Random) -> str:
        if rng.random() < self._random_share:
            # As often of basic characters alone: a large charset would make figures and signs rare.
            text = random_characters(
                rng,
                self._basic if self._basic and rng.random() < 0.5 else _one_of(rng, self._alphabets),
            )
        else:
            text = "".join(c for c in self._phrase(rng) if c in self.characters)
        if " " in text and rng.random() < 0.12:  # columns set apart by spaces
            at = rng.choice([i for i, c in enumerate(text) if c == " "])
            text = text[:at] + " " * rng.randrange(2, 4) + text[at + 1 :]
        return text.strip()[: self._longest].strip()

    def draw(self, rng: Random, face: Face, text: str) -> Grey:
        """A text in a face: worn, photographed and cut out, (H, W) uint8 grey with 10 <= H <= 64."""
        ink = set_line(rng, face, _with_dashes(rng, face, text), _WORN)
        ink = Ink(_with_marks(rng, ink), ink.baseline, ink.cap_height)
        box = _text_box(rng, ink)
        canvas, box = self._with_neighbours(rng, face, ink, box)
        box = _with_borders(rng, canvas, box, ink.cap_height)
        target = min(64, max(self._smallest, round(27 * 2 ** rng.gauss(0.0, 0.42))))
        target = max(target, 12) if len(text) > 3 else target
        crop = _cut(rng, canvas, box, target)
        coverage = wear_ink(crop.astype(np.float32) * (1 / 255), rng, self._noise)
        grey = lay_on_paper(coverage, rng, self._noise)
        if rng.random() < 0.04:
            grey = 255.0 - grey  # white on black, as some printers head columns
        if rng.random() < 0.3:  # scanned small, and enlarged later
            factor = rng.uniform(0.45, 0.85)
            height, width = grey.shape
            small = cv2.resize(
                grey,
                (max(4, round(width * factor)), max(9, round(height * factor))),
                interpolation=cv2.INTER_AREA,
            )
            image = photograph(np.asarray(small, np.float32), rng, self._noise)
            kind = rng.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
            return np.asarray(cv2.resize(image, (width, height), interpolation=kind), np.uint8)
        return photograph(grey, rng, self._noise)

    def _with_neighbours(
        self, rng: Random, face: Face, ink: Ink, box: tuple[int, int, int, int]
    ) -> tuple[Grey, tuple[int, int, int, int]]:
        """The line on a canvas with room around it, and now and then the lines above and below."""
        height, width = ink.mask.shape
        pad = max(4, round(ink.cap_height * 0.8))
        canvas = np.zeros((height + 2 * pad, width + 2 * pad), np.uint8)
        canvas[pad : pad + height, pad : pad + width] = ink.mask
        if rng.random() < 0.3:
            pitch = round(ink.cap_height * rng.uniform(1.35, 2.0))
            for side in (-1, 1):
                if rng.random() < 0.6:
                    other = "".join(
                        c for c in self._phrase(rng)[:40] if c in face.characters and c in self.characters
                    )
                    neighbour = set_like(face, ink, other.strip() or "8")
                    shift = rng.randrange(-width // 2, max(1, width // 2)) if rng.random() < 0.5 else 0
                    join(
                        canvas,
                        neighbour.mask,
                        pad + shift,
                        round(pad + ink.baseline + side * pitch - neighbour.baseline),
                    )
        x0, y0, x1, y1 = box
        return canvas, (x0 + pad, y0 + pad, x1 + pad, y1 + pad)


def _alphabets(characters: str) -> tuple[str, ...]:
    """The characters, once for each script whose letters look alike, without those of the others."""
    alike = ("LATIN", "CYRILLIC", "GREEK")
    scripts = {c: unicodedata.name(c, "").split(" ")[0] for c in characters}
    further = [script for script in alike[1:] if script in scripts.values()]
    parts = ("".join(c for c in characters if scripts[c] not in alike or scripts[c] == s) for s in further)
    return tuple(parts) or (characters,)


def _one_of(rng: Random, alphabets: tuple[str, ...]) -> str:
    return alphabets[0] if len(alphabets) == 1 else rng.choice(alphabets)


def _lines(
    seed: int, charset: str, fonts: FontSet, script: str, random_share: float, beyond: str
) -> SyntheticLines:
    return SyntheticLines(seed, charset, fonts, script=script, random_share=random_share, beyond=beyond)


def set_line(rng: Random, face: Face, text: str, worn: float = 0.0) -> Ink:
    """The text in one of the styles of receipts: smooth, thermal dots, the bitmaps of a till, or needle dots,
    stretched and spaced; of the lines in dots the share ``worn`` lacks those of a needle."""
    if face.dots:
        return _set_dots(rng, face, text, worn)
    style = rng.random()
    nought: Nought = "plain"
    if "0" in text and rng.random() < 0.16:
        nought = rng.choice(("slashed", "slashed", "dotted"))
    if style < 0.40:
        size = rng.choice(_SMOOTH_SIZES)
        spacing = rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.05, 0.15) * size))
        if rng.random() < 0.05:
            spacing = rng.uniform(0.1, 0.3) * size
        ink = typeface(face, size, nought=nought).set(text, spacing, rng.uniform(0.7, 1.4))
    elif style < 0.68 or (style < 0.78 and not bitmap_font(FONTS[0]).covers(text)):
        size = rng.choice(_THERMAL_SIZES)
        spacing = rng.choice((0.0, 0.0, 1.0, 2.0, -1.0))
        ink = typeface(face, size, True, nought).set(text, spacing, rng.uniform(0.8, 1.2))
        ink = Ink(np.kron(ink.mask, np.ones((2, 2), np.uint8)), ink.baseline * 2, ink.cap_height * 2)
    elif style < 0.78:
        font = bitmap_font(rng.choice(FONTS))
        return _in_dots(rng, font.set(text, rng.choice((0, 0, 0, 1, 2)), nought), worn)
    elif style < 0.86 or not CHARACTERS.issuperset(text):
        sizes = _MATRIX_SIZES if face.characters.isdisjoint(_DENSE) else _DENSE_MATRIX_SIZES
        ink = typeface(face, rng.choice(sizes), True, nought).set(text, rng.choice((0.0, 1.0, 1.0, 2.0)))
        ink = round_dots(with_worn_needles(rng, ink, worn), 4, rng.uniform(0.9, 1.5))
    else:
        dots = needle_ink(text, rng.choice((6, 6, 6, 7, 8)), rng.randrange(MAKES))
        dots = with_worn_needles(rng, dots, worn)
        if rng.random() < 0.5:
            ink = round_dots(dots, 6, rng.uniform(0.9, 1.6))
        else:
            ink = melted(dots, 6, rng.uniform(0.35, 0.75))
        stretch = rng.uniform(0.55, 1.5)
        return ink.scaled(stretch, 1.0)
    bold = rng.random()
    if bold < 0.14:
        ink = Ink(embolden(ink.mask, 2 + (ink.cap_height > 30)), ink.baseline, ink.cap_height)
    elif bold < 0.18 and ink.cap_height > 24:
        ink = Ink(
            np.asarray(cv2.erode(ink.mask, np.ones((2, 1), np.uint8)), np.uint8), ink.baseline, ink.cap_height
        )
    if face.monospaced:
        stretch = rng.choice(
            (rng.uniform(0.62, 1.0), rng.uniform(0.62, 1.0), rng.uniform(0.85, 1.15), rng.uniform(1.2, 1.9))
        )
        if rng.random() < 0.16:  # the narrow letters of fiscal printers
            stretch = rng.uniform(0.42, 0.66)
    else:
        stretch = rng.choice((1.0, rng.uniform(0.72, 1.1), rng.uniform(0.9, 1.25)))
    return ink.scaled(stretch, 1.0) if abs(stretch - 1.0) > 0.03 else ink


def _with_dashes(rng: Random, face: Face, text: str) -> str:
    """The text as it is drawn: the minus of some printers is longer than the hyphen that it is written as."""
    if "-" not in text or rng.random() > 0.2:
        return text
    dash = rng.choice("−–")
    return text.replace("-", dash) if dash in face.characters else text


def _set_dots(rng: Random, face: Face, text: str, worn: float) -> Ink:
    """The text in a bitmap font."""
    return _in_dots(rng, typeface(face, face.dots, True).set(text, rng.choice((0.0, 0.0, 1.0))), worn)


def _in_dots(rng: Random, ink: Ink, worn: float) -> Ink:
    """Ink of one pixel a dot as it is printed: square dots, round ones, or run into each other."""
    ink = with_worn_needles(rng, ink, worn)
    draw = rng.random()
    if draw < 0.4:
        scale = rng.choice((3, 4))
        ink = Ink(
            np.kron(ink.mask, np.ones((scale, scale), np.uint8)), ink.baseline * scale, ink.cap_height * scale
        )
    elif draw < 0.7:
        ink = round_dots(ink, 4, rng.uniform(0.9, 1.5))
    else:
        ink = melted(ink, 5, rng.uniform(0.4, 0.65))
    if rng.random() < 0.14:
        ink = Ink(embolden(ink.mask, 2), ink.baseline, ink.cap_height)
    return ink.scaled(rng.choice((1.0, rng.uniform(0.6, 1.1), rng.uniform(0.9, 1.7))), 1.0)


def set_like(face: Face, ink: Ink, text: str) -> Ink:
    """Other text of about the size of the ink, for neighbouring lines."""
    face_at = typeface(face, _SMOOTH_SIZES[1])
    other = face_at.set(text)
    factor = ink.cap_height / max(1.0, other.cap_height)
    return other.scaled(factor, factor)


def _with_marks(rng: Random, ink: Ink) -> Grey:
    """The mask, rarely with an underline or a dotted rule close to the text."""
    draw = rng.random()
    if draw > 0.05:
        return ink.mask
    height, width = ink.mask.shape
    mask = ink.mask.copy()
    thickness = max(1, round(ink.cap_height * 0.06))
    y = min(height - thickness, round(ink.baseline + ink.cap_height * rng.uniform(0.1, 0.25)))
    row = np.full((thickness, width), 255, np.uint8)
    if draw < 0.025:
        period = max(3, round(ink.cap_height * rng.uniform(0.15, 0.5)))
        row[:, (np.arange(width) % period) > period // 2] = 0
    mask[y : y + thickness] = np.maximum(mask[y : y + thickness], row)
    return np.asarray(mask, np.uint8)


def _with_borders(
    rng: Random, canvas: Grey, box: tuple[int, int, int, int], cap_height: float
) -> tuple[int, int, int, int]:
    """The box, rarely with the upright borders of a table's cell, drawn in place, which are no letters."""
    draw = rng.random()
    if draw > _BORDERED:
        return box
    x0, y0, x1, y1 = box
    thick = max(1, round(cap_height * rng.uniform(0.05, 0.16)))
    if draw < 0.7 * _BORDERED:
        x1 = min(canvas.shape[1] - thick, x1 + round(cap_height * rng.uniform(0.15, 0.6)))
        canvas[:, x1 : x1 + thick] = 255
    if draw > 0.4 * _BORDERED:
        x0 = max(thick, x0 - round(cap_height * rng.uniform(0.15, 0.6)))
        canvas[:, x0 - thick : x0] = 255
    return x0, y0, x1, y1


def _text_box(rng: Random, ink: Ink) -> tuple[int, int, int, int]:
    """The box that a person would draw: around the ink as a rule, around the line's full height now and
    then."""
    height, width = ink.mask.shape
    rows = np.flatnonzero(ink.mask.any(axis=1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, height)
    if rng.random() < 0.2:
        return (
            0,
            round(ink.baseline - ink.cap_height * 1.15),
            width,
            round(ink.baseline + ink.cap_height * 0.35),
        )
    if bottom - top < 0.6 * ink.cap_height:  # a dash or a dot: nobody draws a box of its own height
        top = min(top, round(ink.baseline - ink.cap_height * rng.uniform(0.7, 1.05)))
        bottom = max(bottom, round(ink.baseline + ink.cap_height * rng.uniform(0.0, 0.2)))
    return 0, top, width, bottom


def _cut(rng: Random, canvas: Grey, box: tuple[int, int, int, int], height: int) -> Grey:
    """The box with jittered margins cut from the canvas by one warp, `height` rows tall, a little turned."""
    x0, y0, x1, y1 = box
    tall = y1 - y0
    top, bottom = (tall * rng.uniform(-0.07, 0.16) for _ in range(2))
    left, right = (tall * rng.uniform(-0.03, 0.22) for _ in range(2))
    if rng.random() < 0.12:
        left, right = (tall * rng.uniform(0.0, 0.8) for _ in range(2))
    corners = np.array(
        [[x0 - left, y0 - top], [x1 + right, y0 - top], [x1 + right, y1 + bottom], [x0 - left, y1 + bottom]],
        np.float32,
    )
    if rng.random() < 0.5:  # the polygon of a detector does not fit to the pixel, and paper is not straight
        corners += np.array(
            [[rng.gauss(0, 0.025) * tall, rng.gauss(0, 0.03) * tall] for _ in range(4)], np.float32
        )
    if rng.random() < 0.25:
        corners[:2, 0] += rng.gauss(0, 0.08) * tall  # slanted
    cut_width, cut_height = x1 + right - x0 + left, tall + top + bottom
    width = max(6, round(float(cut_width * height / cut_height)))
    scale = cut_height / height
    if scale > 1.5:  # the warp samples points; too few of them would lose thin strokes
        canvas = np.asarray(cv2.blur(canvas, (max(1, round(scale)),) * 2), np.uint8)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    return np.asarray(cv2.warpPerspective(canvas, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)

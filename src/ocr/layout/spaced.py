"""Text whose characters stand apart, ``T O T A L   2 4 . 9 5``, as tills set totals.

The detector finds its characters one by one and misses points between them. Such a stretch is read again in one piece,
and its characters are closed up to the words that a person would write.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from ocr import polygons
from ocr.layout.merging import Fragment, Quad, axes
from ocr.recognition.recognizer import ReadWord

#: Characters of a stretch at least: fewer may be columns. Of an amount so few figures may have been found, ``0 . 0 5``.
_LEAST, _LEAST_FIGURES = 4, 2
_AMOUNT = re.compile(r"\d+[.,]\d\d")
#: Spaces between the characters of a region that is set apart, as a share of the gaps.
_SPACES = 0.3
#: Least distance of such characters, and widest gap between neighbouring regions of a stretch, in heights of the line.
_PITCH, _GAP = 0.85, 3.6
#: Between two figures a point may have been missed, or one more figure with it; likewise.
_POINT_GAP = 6.5
#: Height of a point in that of the figures beside it, at most: by itself it is read as some letter.
_POINT = 0.5
#: Least usual distance of characters that are closed up, likewise, and least distance of two of them in usual ones.
_WIDE, _REGULAR = 1.05, 0.55
#: How far a stretch is looked at beyond its outermost regions, in heights of the line, and one of few figures.
_BEYOND, _BEYOND_FIGURES = 1.6, 3.0
#: It is so many characters further where they are wide apart, and so many heights at most: of ``2 4 . 9 5`` the end may
#: have been missed.
_MISSED, _BEYOND_MOST = 3.3, 8.0
#: How far the regions of a stretch overlap, and the distance of their middles across the line, likewise.
_OVERLAP, _OFFSET = 1.0, 0.5
#: Confidence of a word beside the regions that were found.
_CLEAR = 0.8
#: Width of the region of a single character at most, in heights of the line.
_WIDEST = 2.5
#: Width of a character, in heights of the line.
_GLYPH = 0.6
#: A gap between characters that is this many times as wide as the usual one is one between words.
_BETWEEN_WORDS = 1.4


#: A word in which a nought stands for an O, which looks like one where it stands alone.
_NOUGHT_IN_WORD = re.compile(r"[A-Z]{2,}0[A-Z]+|[A-Z]+0[A-Z]{2,}")

#: A word of capitals in which small letters stand that differ from their capitals by size alone.
_SMALL_IN_CAPITALS = re.compile(r"(?=(?:.*[A-Z]){2})[A-Zcosuvwxz]+")

#: Letters that look like the figures of an amount, which stand alone here.
_FIGURES = str.maketrans("lIOo", "1100")


class Stretch(NamedTuple):
    """Regions to be read as one.

    Attributes:
        parts: indices of the fragments.
        quad: around all of them, and some of the page before and after.
    """

    parts: tuple[int, ...]
    quad: Quad


class _Letter(NamedTuple):
    """A character.

    Attributes:
        text: one character.
        place: of its middle along the line, in pixels.
        word: the word of the reading that it is of.
        quad: about where it stands.
    """

    text: str
    place: float
    word: ReadWord
    quad: Quad


def stretches(fragments: Sequence[Fragment]) -> list[Stretch]:
    """The stretches among the fragments of a page, in any order."""
    apart = [k for k, fragment in enumerate(fragments) if _set_apart(fragment)]
    group = {k: {k} for k in apart}
    for one, other in combinations(apart, 2):
        if group[one] is not group[other] and _neighbours(fragments[one], fragments[other]):
            group[one] |= group[other]
            for k in group[other]:
                group[k] = group[one]
    found: list[Stretch] = []
    for parts in {min(members): sorted(members) for members in group.values()}.values():
        tall = max(polygons.sides(fragments[k].quad)[1] for k in parts)
        texts = [_characters(fragments[k]) for k in parts]
        if _are_enough(texts) or _are_figures([fragments[k] for k in parts], tall):
            found.append(_stretch(parts, fragments))
    return _apart(found, fragments)


def _stretch(parts: Sequence[int], fragments: Sequence[Fragment]) -> Stretch:
    """Some of the fragments as a stretch."""
    enough = _are_enough([_characters(fragments[k]) for k in parts])
    others = [fragment.quad for k, fragment in enumerate(fragments) if k not in parts]
    beyond = _beyond([fragments[k] for k in parts], _BEYOND if enough else _BEYOND_FIGURES)
    return Stretch(tuple(parts), _around([fragments[k].quad for k in parts], others, beyond))


def _apart(found: list[Stretch], fragments: Sequence[Fragment]) -> list[Stretch]:
    """The stretches; those of a row that reach into each other are one, else both had what is between them."""
    for one, other in combinations(found, 2):
        if _share_ground(one.quad, other.quad):
            rest = [stretch for stretch in found if stretch is not one and stretch is not other]
            return _apart([*rest, _stretch(sorted({*one.parts, *other.parts}), fragments)], fragments)
    return found


def _share_ground(one: Quad, other: Quad) -> bool:
    """Whether two stretches of a row overlap along it."""
    along, across = axes(one, other)
    tall = max(polygons.sides(quad)[1] for quad in (one, other))
    offset = abs(float((other.mean(axis=0) - one.mean(axis=0)) @ across))
    begin = max(float((quad @ along).min()) for quad in (one, other))
    end = min(float((quad @ along).max()) for quad in (one, other))
    return offset < _OFFSET * tall and begin < end


def _beyond(parts: Sequence[Fragment], least: float) -> float:
    """How far a stretch is looked at beyond its parts, in heights of the line: a few of its characters."""
    along, _ = axes(parts[0].quad, parts[-1].quad)
    places = sorted(
        float(letter.quad.mean(axis=0) @ along)
        for part in parts
        for letter in _letters(part.words, part.quad)
    )
    if len(places) < 2:
        return least
    tall = float(np.median([polygons.sides(part.quad)[1] for part in parts]))
    return min(_BEYOND_MOST, max(least, _MISSED * float(np.median(np.diff(places))) / max(tall, 1.0)))


def closed_up(reading: Fragment, known: Sequence[Fragment]) -> list[Fragment]:
    """The words of a reading whose characters stand apart.

    Args:
        reading: of a stretch.
        known: its parts; a reading with fewer characters is no better, and characters beside them have to be clear.

    Returns:
        A fragment for each word; none where the characters do not stand apart.
    """
    along, _ = axes(reading.quad, reading.quad)
    ends = np.concatenate([part.quad for part in known]) @ along
    letters = [
        letter
        for letter in _letters(reading.words, reading.quad)
        if ends.min() < letter.place < ends.max() or letter.word.confidence > _CLEAR
    ]
    texts = [_characters(part) for part in known]
    if len(letters) < max(_LEAST, len("".join(texts))):
        return []
    if sum(letter.text.isalnum() for letter in letters) < _LEAST - 1:
        return []
    gaps = [after.place - before.place for before, after in pairwise(letters)]
    usual = float(np.median(gaps))
    within = [gap for gap in gaps if gap <= _BETWEEN_WORDS * usual]
    tall = float(np.median([polygons.sides(part.quad)[1] for part in known]))
    if usual < _WIDE * tall or min(within) < _REGULAR * usual:
        return []
    groups = [[letters[0]]]
    for letter, gap in zip(letters[1:], gaps, strict=True):
        if gap > _BETWEEN_WORDS * usual:
            groups.append([])
        groups[-1].append(letter)
    words = [_word(group, reading.confidence) for group in groups]
    # Few figures beside each other may be columns: their point tells that they are an amount.
    if not _are_enough(texts) and not (len(words) == 1 and _AMOUNT.fullmatch(words[0].text)):
        return []
    return words


def _characters(fragment: Fragment) -> str:
    """The text of a fragment without spaces."""
    return fragment.text.replace(" ", "")


def _are_enough(texts: Sequence[str]) -> bool:
    """Whether texts have the characters of a stretch: single ones alone may be columns, unless there are many."""
    return len("".join(texts)) >= (_LEAST - 1 if any(len(text) > 1 for text in texts) else _LEAST)


def _are_figures(parts: Sequence[Fragment], tall: float) -> bool:
    """Whether parts of a line of this height are a few figures, with or without a point."""
    figures = re.sub("[.,]", "", "".join(_characters(part) for part in parts if not _is_point(part, tall)))
    return figures.isdecimal() and len(figures) >= _LEAST_FIGURES


def _is_point(part: Fragment, tall: float) -> bool:
    """Whether a part of a line of this height is too small for a letter."""
    return len(part.text) == 1 and polygons.sides(part.quad)[1] < _POINT * tall


def _set_apart(fragment: Fragment) -> bool:
    """Whether a region may be a part of a stretch."""
    # A point may be read with the figure beside it.
    text = fragment.text
    if " " not in text:
        text = text.strip(".,") or text
    spaces = text.count(" ")
    letters = len(text) - spaces
    # Figures that are read without spaces stand apart as well, if they are far enough from each other.
    if letters > 1 and spaces < _SPACES * (letters - 1) and not text.isdecimal():
        return False
    wide, tall = polygons.sides(fragment.quad)
    if letters == 1:
        return wide < _WIDEST * tall
    if wide <= _PITCH * tall * (letters - 0.5):
        return False
    # Characters of words that only stand far from each other are close together.
    places = [letter.place for letter in _letters(fragment.words, fragment.quad)]
    return not places or float(np.median(np.diff(places))) > _PITCH * tall


def _neighbours(one: Fragment, other: Fragment) -> bool:
    """Whether two regions are near enough to be of the same stretch."""
    quads = one.quad, other.quad
    along, across = axes(*quads)
    tall = max(polygons.sides(quad)[1] for quad in quads)
    left, right = sorted(quads, key=lambda quad: float(quad.mean(axis=0) @ along))
    gap = float(((right[0] + right[3]) - (left[1] + left[2])) @ along) / 2
    offset = abs(float((right.mean(axis=0) - left.mean(axis=0)) @ across))
    figures = all(part.text.isdecimal() or _is_point(part, tall) for part in (one, other))
    widest = _POINT_GAP if figures else _GAP
    return -_OVERLAP * tall < gap < widest * tall and offset < _OFFSET * tall


def _around(quads: Sequence[Quad], others: Sequence[Quad], beyond: float) -> Quad:
    """The rectangle around quads of one row, wider by so many heights as far as other regions leave room."""
    along, across = axes(quads[0], quads[-1])
    both = np.stack([along, across])
    points = np.concatenate(quads) @ both.T
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    tall = y1 - y0
    start, end = x0 - beyond * tall, x1 + beyond * tall
    for other in others:
        (left, top), (right, bottom) = (other @ both.T).min(axis=0), (other @ both.T).max(axis=0)
        if top < y1 - 0.3 * tall and bottom > y0 + 0.3 * tall:
            if left < x0:
                start = min(x0, max(start, right + 0.3 * tall))
            else:
                end = max(x1, min(end, left - 0.3 * tall))
    corners = np.array([[start, y0], [end, y0], [end, y1], [start, y1]]) @ both
    return corners.astype(np.float32)


def _letters(words: Sequence[ReadWord], line: Quad) -> list[_Letter]:
    """The characters of words; those of one word stand at equal distances, the outermost at its ends."""
    along, _ = axes(line, line)
    letters = []
    for word in words:
        count = len(word.text)
        wide, tall = polygons.sides(word.quad)
        glyph = min(1 / count, _GLYPH * tall / max(wide, 1.0))
        starts = np.linspace(0, 1 - glyph, count)
        quads = polygons.parts_along(
            np.repeat(word.quad[None], count, axis=0), np.stack([starts, starts + glyph], axis=1)
        )
        letters += [
            _Letter(c, float(quad.mean(axis=0) @ along), word, quad)
            for c, quad in zip(word.text, quads, strict=True)
        ]
    return letters


def _word(letters: Sequence[_Letter], confidence: float) -> Fragment:
    first, last = letters[0].quad, letters[-1].quad
    quad = np.stack([first[0], last[1], last[2], first[3]])
    text = "".join(letter.text for letter in letters)
    if _NOUGHT_IN_WORD.fullmatch(text):
        text = text.replace("0", "O")
    if _SMALL_IN_CAPITALS.fullmatch(text):
        text = text.upper()
    if _AMOUNT.fullmatch(text.translate(_FIGURES)):
        text = text.translate(_FIGURES)
    # A word of the reading counts once, however many of its characters lie in this word.
    sure = math.prod({id(letter.word): letter.word.confidence for letter in letters}.values())
    # Where the spaces of the whole stretch were in doubt, its characters need not be.
    sure = max(confidence, sure)
    return Fragment(text, sure, quad, (ReadWord(text, sure, quad),))

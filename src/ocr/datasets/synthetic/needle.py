"""The 5 × 7 letters of needle printers and cheap print heads, which no outline font resembles."""

from __future__ import annotations

import unicodedata
from random import Random

import cv2
import numpy as np

from ocr.datasets.synthetic.typeset import Ink, Mask

_HEIGHT = 8
_BASELINE = 7
#: Rows above a cell for marks on top of capitals.
_ABOVE = 3
_FIRST = 33
#: Five columns a character from "!" to "~", the least bit at the top; the eighth row is that of descenders.
_COLUMNS = bytes.fromhex(
    "00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300 001c224100 0041221c00 2a1c7f1c2a"
    "08083e0808 0080703000 0808080808 0000606000 2010080402 3e5149453e 00427f4000 7249494946 2141494d33 1814127f10"
    "2745454539 3c4a494931 4121110907 3649494936 464949291e 0000140000 0040340000 0008142241 1414141414 0041221408"
    "0201590906 3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173 7f0808087f"
    "00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e 7f09192946"
    "2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f 6314081463 0304780403 6159494d43 007f414100 0204081020"
    "0041417f00 0402010204 8080808080 0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418 00087e0902"
    "18a4a49c78 7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438 fc18242418"
    "18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c 4428102844 4c9090907c 4464544c44"
    "0008364100 0000770000 0041360800 0201020402".replace(" ", "")
)
#: Signs beyond ASCII, likewise.
_FURTHER = {"ß": "7e01494936", "€": "143e554141", "£": "487e494342", "°": "0007050700", "×": "0014081400"}
#: Letters that other makes of printers draw otherwise: none for the first make, and one table for each further one.
_MAKES: tuple[dict[str, str], ...] = (
    {},
    {
        "0": "003e41413e",
        "1": "00027f0000",
        "2": "4261514946",
        "3": "2241494936",
        "6": "3e49494932",
        "7": "0171090503",
        "9": "264949493e",
        "B": "417f494936",
        "D": "417f41413e",
        "G": "3e4149497a",
        "M": "7f020c027f",
        "Q": "3e4141a1be",
        "S": "4649494931",
        "T": "01017f0101",
        "W": "7f2018207f",
        "Y": "0708700807",
        "Z": "6151494543",
        ",": "0050300000",
        "*": "14083e0814",
        "&": "3649552250",
        "@": "324979413e",
    },
    {
        # Flat tops, points of one dot.
        "0": "003e41413e",
        "A": "7f0909097f",
        "C": "3e41414141",
        "J": "304040403f",
        "4": "0f08087f08",
        "7": "0101017905",
        "-": "0008080800",
        ".": "0000400000",
        ":": "0000240000",
        ",": "0040300000",
        "y": "0c5050503c",
    },
    {
        "0": "3e4141413e",
        "1": "44427f4040",
        "A": "7e0909097e",
        "M": "7f0204027f",
        "O": "1c2241221c",
        ".": "0000400000",
    },
)
#: Dots of the marks above letters, as (row, column) from the top left of the letter's cell.
_MARKS = {
    "\u0300": ((0, 1), (1, 2)),
    "\u0301": ((0, 3), (1, 2)),
    "\u0302": ((0, 2), (1, 1), (1, 3)),
    "\u0303": ((0, 1), (0, 4), (1, 0), (1, 2), (1, 3)),
    "\u0304": ((0, 1), (0, 2), (0, 3)),
    "\u0306": ((0, 0), (0, 4), (1, 1), (1, 2), (1, 3)),
    "\u0307": ((0, 2),),
    "\u0308": ((0, 1), (0, 3)),
    "\u030a": ((0, 1), (0, 2), (1, 1), (1, 2)),
    "\u030b": ((0, 2), (0, 4), (1, 1), (1, 3)),
    "\u030c": ((0, 1), (0, 3), (1, 2)),
}
#: Small letters that leave no room for a mark.
_TALL = frozenset("bdfhklt")
#: The mark that capitals may be shortened below, its dots above their corners, and the row they go without.
_SHORTENING, _CORNERS, _LEFT_OUT = "\u0308", (0, 4), 2
#: Makes of printers whose letters differ.
MAKES = len(_MAKES)


def _parts(character: str) -> tuple[str, str]:
    """A letter and the mark above it, empty where there is none."""
    if character.isascii() or character in _FURTHER:
        return character, ""
    parts = unicodedata.normalize("NFD", character)
    return parts[0], parts[1]


def _marked_letters() -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "".join(set("abcdefghijklmnopqrstuvwxyz") - _TALL)
    composed = (unicodedata.normalize("NFC", letter + mark) for letter in letters for mark in _MARKS)
    return "".join(c for c in composed if len(c) == 1)


#: What these letters can write: ASCII, a few signs, and letters with one mark above them.
CHARACTERS = frozenset(" " + "".join(map(chr, range(_FIRST, 127))) + "".join(_FURTHER) + _marked_letters())


def needle_ink(text: str, pitch: int = 6, make: int = 0) -> Ink:
    """A line in 5 × 7 letters, one pixel a dot.

    Args:
        text: characters of `CHARACTERS`.
        pitch: dots from one letter to the next, at least 5.
        make: of the printer, less than `MAKES`. The first one sets all marks on top of capitals, the others shorten
            capitals with two dots.

    Returns:
        Ink of 8 rows, its baseline at 7, or of three rows more above where a mark stands on top of a capital.
    """
    canvas = np.zeros((_ABOVE + _HEIGHT, max(1, pitch * len(text))), np.uint8)
    for place, character in enumerate(text):
        if character != " ":
            canvas[:, pitch * place : pitch * place + 5] = _cell(character, make)
    used = np.flatnonzero(canvas.any(axis=0))
    if len(used):
        canvas = canvas[:, used[0] : used[-1] + 1]
    above = _ABOVE if canvas[:_ABOVE].any() else 0
    return Ink(canvas[_ABOVE - above :], above + _BASELINE, 7)


def _cell(character: str, make: int) -> Mask:
    """(11, 5) uint8, the three rows for marks on top of capitals first."""
    letter, mark = _parts(character)
    columns = _MAKES[make].get(letter) or _FURTHER.get(letter)
    start = 5 * (ord(letter) - _FIRST)
    data = bytes.fromhex(columns) if columns else _COLUMNS[start : start + 5]
    bits = np.unpackbits(np.frombuffer(data, np.uint8)[:, None], axis=1, bitorder="little").T * np.uint8(255)
    cell = np.zeros((_ABOVE + _HEIGHT, 5), np.uint8)
    cell[_ABOVE:] = bits
    if not mark:
        return cell
    if letter.isupper() and mark == _SHORTENING and make > 0:
        cell[_ABOVE + 1 : _ABOVE + _BASELINE] = np.delete(bits[:_BASELINE], _LEFT_OUT, axis=0)
        cell[_ABOVE] = 0
        cell[_ABOVE, _CORNERS] = 255
        cell[_ABOVE + 1, _CORNERS] = 0
        return cell
    top = 0 if letter.isupper() else _ABOVE
    if letter in "ij":  # the mark takes the place of the dot
        cell[top : top + 2] = 0
    for row, column in _MARKS[mark]:
        cell[top + row, column] = 255
    return cell


def with_worn_needles(rng: Random, ink: Ink, share: float) -> Ink:
    """Letters of dots, now and then without those of one needle, which strikes weakly or not at all.

    Args:
        rng: all randomness comes from it.
        ink: one pixel a dot.
        share: of the lines that lack dots, 0 to 1.
    """
    rows = np.flatnonzero(ink.mask.any(axis=1))
    if share <= 0 or len(rows) < 5 or rng.random() > share:
        return ink
    mask = ink.mask.copy()
    strength = rng.choice((0.0, rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.6)))
    row = rng.choice(rows.tolist())
    mask[row] = (mask[row] * strength).astype(np.uint8)
    return Ink(mask, ink.baseline, ink.cap_height)


def melted(ink: Ink, scale: int, weight: float) -> Ink:
    """Dots run into smooth strokes, as in the low-resolution letters of thermal print heads.

    Args:
        ink: one pixel a dot.
        scale: pixels a dot afterwards.
        weight: in [0.2, 0.8]; how far the ink spreads, 0.5 keeps the width of a stroke.
    """
    big = cv2.resize(ink.mask, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(big, (0, 0), 0.45 * scale).astype(np.float32) / 255
    # A quarter of the range is the soft edge: less would leave steps, more a grey background.
    mask: Mask = (np.clip((soft - (1 - weight)) * 4 + 0.5, 0, 1) * 255).astype(np.uint8)
    return Ink(mask, ink.baseline * scale, ink.cap_height * scale)

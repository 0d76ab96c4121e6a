"""The 5 × 7 letters of needle printers and cheap print heads, which no outline font resembles."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from ocr.datasets.synthetic.typeset import Ink, Mask

_HEIGHT = 8
_BASELINE = 7
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
#: Letters that another make of printer draws otherwise.
_VARIANTS = {
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
}
#: What these letters can write.
CHARACTERS = frozenset(" " + "".join(map(chr, range(_FIRST, 127))))


def needle_ink(text: str, pitch: int = 6, variant: bool = False) -> Ink:
    """A line in 5 × 7 letters, one pixel a dot.

    Args:
        text: characters of `CHARACTERS`.
        pitch: dots from one letter to the next, at least 5.
        variant: whether some letters are drawn as another make of printer draws them.

    Returns:
        Ink of 8 rows, its baseline at 7.
    """
    canvas = np.zeros((_HEIGHT, max(1, pitch * len(text))), np.uint8)
    for place, character in enumerate(text):
        if character == " ":
            continue
        if variant and character in _VARIANTS:
            columns = bytes.fromhex(_VARIANTS[character])
        else:
            start = 5 * (ord(character) - _FIRST)
            columns = _COLUMNS[start : start + 5]
        bits = np.unpackbits(np.frombuffer(columns, np.uint8)[:, None], axis=1, bitorder="little")
        canvas[:, pitch * place : pitch * place + 5] = bits.T * 255
    used = np.flatnonzero(canvas.any(axis=0))
    if len(used):
        canvas = canvas[:, used[0] : used[-1] + 1]
    return Ink(canvas, _BASELINE, 7)


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

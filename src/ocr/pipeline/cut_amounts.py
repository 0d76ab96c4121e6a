"""Amounts beside which ink was left out: a sign or tax letter that was not detected, or a figure under a stamp.

Such an amount is read once more with what stands beside it. A sign or letter is added where it is read surely. Where
figures would come in, the amount is in doubt, and they are another reading of it: a stroke may look like one. Only one
that begins with a point is completed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.layout.merging import Fragment, axes
from ocr.recognition.recognizer import Reading

Quad = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
Read = Callable[[Image, list[Quad]], list[Reading]]

_AMOUNT = re.compile(r"[-+*#]*\d*[.,]?\d*[.,]\d\d ?[-+*A-Z]?")
#: What may stand before an amount and behind it.
_BEFORE, _BEHIND = re.compile(r"[-+*#]{1,2}"), re.compile(r" ?[-+*A-Z€$£¥₺₫₽]")
_FIGURES = re.compile(r"\d[\d.,]*")
#: How far ink is looked for beside an amount, in widths of a letter, and from where on: regions reach beyond letters.
_FAR, _NEAR = 1.6, 0.15
#: Share of what is looked at that is ink, and pixels in height of the amount there.
_INK, _HEIGHT = 0.05, 24
#: Confidence of a reading with more text, and most confidence of an amount beside which there may be a figure.
_SURE, _DOUBTFUL = 0.9, 0.5
#: Other readings of an amount at most.
_MOST_OTHERS = 5


class _Gap(NamedTuple):
    """What stands beside an amount.

    Attributes:
        amount: its index.
        behind: whether it stands behind it.
        quad: the amount with it.
    """

    amount: int
    behind: bool
    quad: Quad


def whole_amounts(fragments: Sequence[Fragment], grey: Image, read: Read) -> list[Fragment]:
    """The fragments, amounts beside which ink was left out read once more.

    Args:
        fragments: lines of one receipt in pixels of ``grey``.
        grey: (H, W) uint8 page.
        read: readings of quads of the page.
    """
    amounts = [k for k, one in enumerate(fragments) if _AMOUNT.fullmatch(one.text)]
    if not amounts:
        return list(fragments)
    quads = np.stack([one.quad for one in fragments])
    gaps = [gap for k in amounts for gap in _inked_gaps(k, len(fragments[k].text), quads, grey)]
    if not gaps:
        return list(fragments)
    revised = list(fragments)
    for gap, reading in zip(gaps, read(grey, [gap.quad for gap in gaps]), strict=True):
        revised[gap.amount] = _with(revised[gap.amount], gap, reading)
    return revised


def _with(amount: Fragment, gap: _Gap, reading: Reading) -> Fragment:
    """The amount as it is, with more text, or doubted."""
    text, more = amount.text, reading.text
    added = ""
    if more.startswith(text) and gap.behind:
        added = more[len(text) :]
    elif more.endswith(text) and not gap.behind:
        added = more[: -len(text)]
    sure = reading.confidence >= _SURE
    confidence = min(amount.confidence, reading.confidence)
    if sure and (_BEHIND if gap.behind else _BEFORE).fullmatch(added):
        return Fragment(more, confidence, gap.quad, reading.words)
    figures = sure and _FIGURES.fullmatch(added.strip()) is not None
    if figures and not gap.behind and text[0] in ".,":
        return _doubted(Fragment(more, confidence, gap.quad, reading.words))
    if figures:
        return _doubted(amount._replace(alternatives=((more, 0.0), *amount.alternatives)[:_MOST_OTHERS]))
    cut = text[0] in ".," and not gap.behind and more != text
    return _doubted(amount) if cut else amount


def _doubted(amount: Fragment) -> Fragment:
    words = tuple(word._replace(confidence=min(word.confidence, _DOUBTFUL)) for word in amount.words)
    return amount._replace(confidence=min(amount.confidence, _DOUBTFUL), words=words)


def _inked_gaps(k: int, characters: int, quads: npt.NDArray[np.float32], grey: Image) -> list[_Gap]:
    """Where ink stands beside an amount that no other fragment covers.

    Args:
        k: index of the amount.
        characters: of its text.
        quads: (N, 4, 2) of all fragments.
        grey: (H, W) uint8 page.
    """
    quad = quads[k]
    wide, tall = polygons.sides(quad)
    letter = wide / characters
    if wide < tall or not letter:
        return []
    both = np.stack(axes(quad))
    turned = quads @ both.T
    least, most = turned.min(axis=1), turned.max(axis=1)
    (x0, y0), (x1, y1) = least[k].tolist(), most[k].tolist()
    row = (least[:, 1] < y1 - 0.3 * tall) & (most[:, 1] > y0 + 0.3 * tall)
    row[k] = False
    before, beyond = most[row & (least[:, 0] < x0), 0], least[row & (most[:, 0] > x1), 0]
    start = float(before.max(initial=x0 - _FAR * letter))
    end = float(beyond.min(initial=x1 + _FAR * letter))
    if max(x0 - start, end - x1) < 0.5 * letter:
        return []
    text = polygons.crop(grey, quad, _HEIGHT)
    low, middle, high = _levels(text)
    if middle - low < 0.5 * (high - low) or high - low < 40:
        return []
    gaps = []
    for behind, near, far in ((False, x0, start), (True, x1, end)):
        first, last = sorted((near + (_NEAR if behind else -_NEAR) * letter, far))
        if abs(far - near) < 0.5 * letter or last - first < 2:
            continue
        strip = polygons.crop(grey, _box(first, y0, last, y1, both), _HEIGHT)
        # What passes above or below is of other lines.
        inside = strip[_HEIGHT // 6 : -_HEIGHT // 6]
        if (inside < (low + high) / 2).mean() > _INK:
            whole = (x0, far) if behind else (far, x1)
            gaps.append(_Gap(k, behind, _box(whole[0], y0, whole[1], y1, both)))
    return gaps


def _levels(text: Image) -> tuple[float, float, float]:
    """Levels of the ink, of the paper and of the lightest paper of a line: its 4th, 60th and 96th percentiles."""
    counts = np.cumsum(np.bincount(text.ravel(), minlength=256))
    low, middle, high = np.searchsorted(counts, counts[-1] * np.array([0.04, 0.6, 0.96])).tolist()
    return low, middle, high


def _box(x0: float, y0: float, x1: float, y1: float, both: npt.NDArray[np.float64]) -> Quad:
    return np.asarray(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ both, np.float32)

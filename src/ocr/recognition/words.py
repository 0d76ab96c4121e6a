"""Where the words of a line stand along it: between which steps of the recogniser, and where the ink ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.recognition.decoded import Decoded

#: Columns are ink where their contrast is above this share of the way from the line's least to its greatest.
_INK = 0.3
#: Share of the height at either edge that is left out: strokes of the lines above and below.
_EDGE = 0.1
_GAP = re.compile(b"\0+")

#: First column of a word and the one after its last, in pixels of the crop.
Span = tuple[int, int]


def ink(lines: npt.NDArray[np.uint8], widths: Sequence[int]) -> list[bytes]:
    """Which columns of lines have print, whether dark on light or light on dark.

    Args:
        lines: (N, H, W) uint8 crops, padded at their right.
        widths: of the crops without padding, in pixels.

    Returns:
        For each line a byte a column: 1 where there is print, else 0.
    """
    edge = int(_EDGE * lines.shape[1])
    # Strokes are two pixels thick and more at the height that recognisers read: every second row shows them all.
    body = lines[:, edge : lines.shape[1] - edge : 2]
    contrast = body.max(axis=1) - body.min(axis=1)
    masks = []
    for row, width in zip(contrast, widths, strict=True):
        columns = row[:width]
        least, most = int(columns.min()), int(columns.max())
        masks.append((columns > int(least + _INK * (most - least))).tobytes())
    return masks


def spans(line: Decoded, columns: bytes, stride: int | None) -> list[Span]:
    """The columns of each word of a line, tight where there is clear paper beside it.

    Args:
        line: with the words that its single spaces separate.
        columns: as `ink` gives them.
        stride: columns of a step; ``None`` where steps are no places along the line, as those of attention: words are
            then parted at the widest gaps.
    """
    if not line.text:
        return []
    if stride is None:
        return _at_widest_gaps(line.text, columns)
    begins, ends, width = line.begins, line.ends, len(columns)

    def middle(index: int) -> int:
        return min(width - 1, (begins[index] + ends[index]) * stride // 2)

    left = columns.find(1, 0, middle(0))
    left = middle(0) if left < 0 else left
    words = []
    space = line.text.find(" ")
    while space >= 0:
        a, b = middle(space - 1), middle(space + 1) + 1
        gaps = columns[a:b].split(b"\1")
        gap = max(gaps, key=len)
        if gap:
            at = a + columns[a:b].find(gap)
            right, following = at, at + len(gap)
        else:
            # No clear column: the words touch where the recogniser saw the space.
            right = following = max(a, min(b, middle(space)))
        words.append((left, max(right, left + 1)))
        left = following
        space = line.text.find(" ", space + 1)
    right = columns.rfind(1, middle(len(line.text) - 1)) + 1 or middle(len(line.text) - 1) + 1
    words.append((left, max(right, left + 1)))
    return words


def _at_widest_gaps(text: str, columns: bytes) -> list[Span]:
    first, last = columns.find(1), columns.rfind(1) + 1
    if first < 0:
        first, last = 0, len(columns)
    count = text.count(" ")
    gaps = sorted(
        (gap.span() for gap in _GAP.finditer(columns, first, last)), key=lambda gap: gap[0] - gap[1]
    )
    if len(gaps) < count:
        # By the number of letters, as if all were of the same width.
        letter = (last - first) / len(text)
        gaps = [
            (round(first + k * letter), round(first + (k + 1) * letter))
            for k, c in enumerate(text)
            if c == " "
        ]
    gaps = sorted(gaps[:count])
    starts, ends = [first, *(b for _, b in gaps)], [*(a for a, _ in gaps), last]
    return [(a, max(b, a + 1)) for a, b in zip(starts, ends, strict=True)]

"""What speaks for a reading of a line and against it, as numbers for a scorer of confidences."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ocr.recognition.decoded import Decoded
from ocr.recognition.likely_steps import Likely

#: Of a line alone. Probabilities are log-odds, those of a line's text by look and language model first. ``step`` is a
#: place along the line, whether a character stands there or not; ``missed`` what the likeliest text does not have.
OF_LINE = (
    "confidence",
    "changed",
    "least_character",
    "second_character",
    "mean_character",
    "least_step",
    "second_step",
    "least_space",
    "missed_space",
    "missed_character",
    "edge",
    "before",
    "behind",
    "characters",
    "digits",
    "signs",
    "words",
    "steps_a_character",
)
#: Of its pixels: its height, the levels from dark to light, and the level of the paper.
OF_CROP = ("height", "contrast", "paper")
#: Of a line among those that are read with it: the gaps to its neighbours in a row in heights, the logarithm of its
#: height beside the others', and the certainty of all lines.
OF_PAGE = ("gap_left", "gap_right", "relative_height", "page")
FEATURES = (*OF_LINE, *OF_CROP, *OF_PAGE)

#: Steps at either end of a line that are its edge: what was cut off there leaves a trace.
_EDGE_STEPS = 3
#: Log-odds are within this of 0.
_MOST = 16.0
#: Gap of a line without a neighbour, in heights.
_FAR = 20.0
#: Neighbours in a row are so many heights apart across the line at most.
_SAME_ROW = 0.5

Features = npt.NDArray[np.float32]


def of_lines(
    read: Sequence[Decoded], by_look: Sequence[Decoded], likely: Likely, lengths: Sequence[int], space: int
) -> Features:
    """Features of lines as they were decoded.

    Args:
        read: lines with their texts.
        by_look: the same ones without a language model.
        likely: their steps.
        lengths: steps of each.
        space: class of the space; 0 where the charset has none.

    Returns:
        (N, len(OF_LINE)) float32; what is read as nothing has no meaning there.
    """
    counts = np.maximum(lengths, 1)
    if not len(counts) or min(lengths) < 1:
        return np.zeros((len(counts), len(OF_LINE)), np.float32)
    begins = np.cumsum(counts) - counts
    spaces = likely.probability(space) if space else np.zeros(len(likely.surest))
    least_step, second_step = _two_least(likely.surest, begins)
    missed_space = np.maximum.reduceat(np.where(likely.best == space, 0.0, spaces), begins)
    missed = np.maximum.reduceat(np.where(likely.best == 0, 1.0 - likely.surest, 0.0), begins)
    within = np.arange(len(likely.surest)) - np.repeat(begins, counts)
    inside = (within >= _EDGE_STEPS) & (within < np.repeat(counts, counts) - _EDGE_STEPS)
    edge = np.minimum.reduceat(np.where(inside, 1.0, likely.surest), begins)

    looks = [line.certainties or (0.0,) for line in by_look]
    sizes = np.fromiter(map(len, looks), np.intp, len(looks))
    starts = np.cumsum(sizes) - sizes
    certainties = np.fromiter(itertools.chain.from_iterable(looks), np.float64, int(sizes.sum()))
    least, second = _two_least(certainties, starts)
    mean = np.exp(np.add.reduceat(np.log(np.maximum(certainties, 1e-7)), starts) / sizes)
    written = _codes(line.text or "\0" for line in by_look)
    least_space = np.minimum.reduceat(np.where(written == ord(" "), certainties, 1.0), starts)

    texts = [line.text or "\0" for line in read]
    lengths_of_text = np.fromiter(map(len, texts), np.intp, len(texts))
    at = np.cumsum(lengths_of_text) - lengths_of_text
    codes = _codes(texts)
    is_space = codes == ord(" ")
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    letter = (codes > 127) | ((codes | 32) >= ord("a")) & ((codes | 32) <= ord("z"))
    sums = np.add.reduceat(
        np.stack([digit, ~(digit | letter | is_space), is_space]).astype(np.intp), at, axis=1
    )

    confidence = np.fromiter((line.confidence for line in read), np.float64, len(read))
    look = np.fromiter((line.confidence for line in by_look), np.float64, len(read))
    odds = _log_odds(
        np.stack(
            [
                confidence,
                look,
                least,
                second,
                mean,
                least_step,
                second_step,
                least_space,
                missed_space,
                missed,
                edge,
            ]
        )
    )
    odds[1] = odds[0] - odds[1]
    before = [line.begins[0] if len(line.begins) else 0 for line in by_look]
    ends = [line.ends[-1] if len(line.ends) else 0 for line in by_look]
    others = np.stack(
        [
            before,
            counts - ends,
            lengths_of_text,
            sums[0] / lengths_of_text,
            sums[1],
            sums[2] + 1,
            counts / lengths_of_text,
        ]
    )
    return np.asarray(np.concatenate([odds, others]).T, np.float32)


def heights(quads: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
    """(N,) heights in pixels of lines that are read in the direction of quads, at least 1."""
    corners = np.stack(quads).astype(np.float64)
    return np.asarray(np.maximum(np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1), 1.0))


def of_page(
    quads: Sequence[npt.NDArray[np.float32]], heights: npt.NDArray[np.float64], certainties: Sequence[float]
) -> Features:
    """Features of lines among each other.

    Args:
        quads: (4, 2) each, in pixels.
        heights: (N,) of the lines in pixels.
        certainties: of the lines, 0 to 1.

    Returns:
        (N, len(OF_PAGE)) float32.
    """
    corners = np.stack(quads).astype(np.float64)
    low, high = corners.min(axis=1), corners.max(axis=1)
    middle = (low + high) / 2
    apart = np.abs(middle[:, None, 1] - middle[None, :, 1])
    same = apart < _SAME_ROW * np.minimum(heights[:, None], heights[None])
    right = same & (middle[None, :, 0] > middle[:, None, 0])
    # Of the line in the row of the matrix to the one in the column.
    gap = (low[None, :, 0] - high[:, None, 0]) / heights[:, None]
    gap_right = np.where(right, gap, _FAR).min(axis=1)
    gap_left = np.where(right, gap * heights[:, None], np.inf).min(axis=0) / heights
    return np.stack(
        [
            np.minimum(gap_left, _FAR),
            np.minimum(gap_right, _FAR),
            np.log(heights / np.median(heights)),
            np.full(len(heights), np.mean(certainties)),
        ],
        axis=1,
    ).astype(np.float32)


def _codes(texts: Iterable[str]) -> npt.NDArray[np.uint32]:
    """Code points of texts, one text after the other."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4")


def _two_least(
    values: npt.NDArray[np.float64], begins: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The least value from each begin to the next, and the second one; the least again where it is alone."""
    least = np.minimum.reduceat(values, begins)
    counts = np.diff(begins, append=len(values))
    run = np.repeat(np.arange(len(begins)), counts)
    # The last of equal ones is taken out.
    at = np.empty(len(begins), np.intp)
    places = np.flatnonzero(values == least[run])
    at[run[places]] = places
    rest = values.copy()
    rest[at] = np.inf
    second = np.minimum.reduceat(rest, begins)
    return least, np.where(np.isinf(second), least, second)


def _log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    kept = np.clip(probability, 1e-7, 1 - 1e-7)
    return np.clip(np.log(kept / (1 - kept)), -_MOST, _MOST)

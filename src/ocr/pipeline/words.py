"""Words of lines on the page that came in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.document import Word
from ocr.layout.merging import Fragment
from ocr.prepare import Prepared


def rounded(quad: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Points to a hundredth of a pixel, which is more than is known."""
    return np.round(quad.astype(np.float64), 2).astype(np.float32)


def outlines(lines: Sequence[Fragment]) -> list[npt.NDArray[np.float32]]:
    """The quads of lines, rounded, as a document holds them: without negative zeros, not writable."""
    if not lines:
        return []
    together = rounded(np.concatenate([line.quad for line in lines])) + np.float32(0.0)
    together.flags.writeable = False
    return np.split(together, np.cumsum([len(line.quad) for line in lines])[:-1])


def words_of(lines: Sequence[Fragment], frame: Prepared) -> list[tuple[Word, ...]]:
    """The words of lines, in pixels of the page that came in.

    Args:
        lines: their quads lie on the page that came in, those of their words in ``frame``.
        frame: the page as it was read.
    """
    quads = [word.quad for line in lines for word in line.words]
    if not quads:
        return [()] * len(lines)
    places = np.stack(quads)
    outside: npt.NDArray[np.bool_] = np.zeros(len(places), bool)
    if frame.moved:
        moved = polygons.transform(places.reshape(-1, 2), np.linalg.inv(frame.matrix)).reshape(-1, 4, 2)
        outside = np.any((moved < 0) | (moved > np.array(frame.size)), axis=(1, 2))
        for k in np.flatnonzero(outside).tolist():
            inside = frame.back(places[k])
            if inside is not None and len(inside) == 4:
                moved[k], outside[k] = inside, False
        places = moved
    places = rounded(places)
    # Negative zero would compare equal but print differently.
    places += np.float32(0.0)
    places.flags.writeable = False
    words: list[tuple[Word, ...]] = []
    k = 0
    for line in lines:
        words.append(
            tuple(
                # A word beside the page, of a line that reaches onto it, stands where the line does.
                Word(word.text, round(word.confidence, 4), rounded(line.quad))
                if outside[n]
                else Word.checked(word.text, round(word.confidence, 4), places[n])
                for n, word in enumerate(line.words, k)
            )
        )
        k += len(line.words)
    return words

"""A line crop with its transcript, and where lines come from."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ocr.recognition.narrow import widened, widenings
from ocr.recognition.tones import levels

Grey = npt.NDArray[np.uint8]

#: What is added around a line on every side, as a share of its height, in training and inference alike.
MARGIN = 0.1
#: Grey value right of a line in its batch.
PAD = 127


class Line(NamedTuple):
    """A line crop with its transcript.

    Attributes:
        image: (height, W) uint8 grey.
        text: the transcript.
        folded: whether the transcript was written in upper case whatever the print.
        name: of the sample it comes from.
        unreadable: messages of samples that were left out before it was drawn, because they could not be read.
    """

    image: Grey
    text: str
    folded: bool
    name: str
    unreadable: tuple[str, ...] = ()


class LineSource(Protocol):
    """Gives the line of a draw."""

    weight: float

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line of this height in pixels; all randomness comes from ``rng``."""
        ...


def with_wide_letters(line: Line, columns: float) -> Line:
    """A line that is widened as it is before it is read; see `ocr.recognition.narrow`.

    Args:
        line: as it was cut out.
        columns: wanted for a stroke; 0 widens nothing.
    """
    if columns <= 0:
        return line
    image = line.image
    times = float(widenings([image], levels([image]), columns)[0])
    return line._replace(image=widened(image, times, round(times * image.shape[1])))


def tidy(text: str) -> str:
    """A transcript with single spaces, none at its ends."""
    return " ".join(text.split())

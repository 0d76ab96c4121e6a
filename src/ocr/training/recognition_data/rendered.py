"""Lines rendered on the fly."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.datasets.synthetic.scripts import LATIN, script_named
from ocr.recognition.charset import Charset
from ocr.training import photometric
from ocr.training.recognition_data.line import Line, tidy
from ocr.training.recognition_data.wear import SMALL

#: Shares of the lines that lose strokes and that are few pixels high; all other wear is the generator's own.
_STARVED, _SMALL = 0.08, 0.18


class RenderedLines:
    """Synthetic lines, rendered on the fly.

    Args:
        seed: of the generator; lines of other seeds are other lines.
        weight: share of the draws, relative to other sources.
        charset: the characters that may be drawn.
        fonts: ``train``, ``validation`` or ``all``.
        script: ``latin``, or a name of `ocr.datasets.synthetic.scripts`.
    """

    def __init__(
        self, seed: int, charset: Charset, weight: float = 1.0, fonts: str = "train", script: str = LATIN
    ) -> None:
        from ocr.datasets.synthetic.lines import SyntheticLines

        self.weight = weight
        self.lines = SyntheticLines(seed, charset.characters, fonts, script=script)  # type: ignore[arg-type]
        # Letters of more strokes cannot be told apart where Latin ones still can.
        self.small = SMALL if script == LATIN else (0.85 * script_named(script).smallest, 20.0)

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A line that has not been seen before."""
        image, text = self.lines.line(int(rng.integers(2**62)))
        width = max(1, round(image.shape[1] * height / image.shape[0]))
        kind = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
        resized = np.asarray(cv2.resize(image, (width, height), interpolation=kind), np.uint8)
        if rng.random() < _STARVED:
            resized = photometric.starved(resized, rng)
        if rng.random() < _SMALL:
            resized = photometric.reduced(resized, rng, self.small)
        return Line(resized, tidy(text), False, "synthetic")

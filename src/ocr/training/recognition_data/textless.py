"""Crops without text, which a recogniser learns to leave empty."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from ocr.training import photometric
from ocr.training.recognition_data.line import Line
from ocr.training.recognition_data.wear import SMALL

#: Share of the crops that are few pixels high.
_SMALL = 0.18


class TextlessCrops:
    """Parts of logos, huge letters, bar codes, scribbles and patterns, with empty transcripts.

    Args:
        seed: of the generator.
        weight: share of the draws, relative to other sources.
    """

    def __init__(self, seed: int, weight: float = 1.0) -> None:
        from ocr.datasets.synthetic.wear import Noise

        self.seed, self.weight = seed, weight
        self._noise = Noise()

    def line(self, rng: np.random.Generator, height: int) -> Line:
        """A crop that has not been seen before."""
        from ocr.datasets.synthetic.textless import textless

        image = textless(Random(f"textless:{self.seed}:{int(rng.integers(2**62))}"), self._noise)
        width = max(8, round(image.shape[1] * height / image.shape[0]))
        resized = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        if rng.random() < _SMALL:
            resized = photometric.reduced(resized, rng, SMALL)
        return Line(resized, "", False, "textless")

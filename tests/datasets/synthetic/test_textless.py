"""Crops without text, and their place among the lines of a training."""

from __future__ import annotations

import random

import numpy as np
import pytest

from ocr.datasets.synthetic.textless import textless
from ocr.datasets.synthetic.wear import Noise

pytest.importorskip("torch", reason="needs the extra [train]")

from ocr.recognition.charset import Charset
from ocr.training.recognition_data import LineBatches, TextlessCrops


def test_crops_are_grey_pictures_that_their_draw_decides():
    noise = Noise()
    crops = [textless(random.Random(k), noise) for k in range(60)]
    again = [textless(random.Random(k), noise) for k in range(60)]
    for crop, other in zip(crops, again, strict=True):
        assert crop.dtype == np.uint8
        assert crop.ndim == 2
        assert np.array_equal(crop, other)
    assert sum(np.ptp(crop) > 60 for crop in crops) > 30


def test_a_training_takes_crops_without_text():
    batches = LineBatches({"textless": TextlessCrops(seed=1)}, Charset("AB"), batch=4, pool=2)
    lines = batches[0]
    assert [line.text for line in lines] == [""] * 4
    assert all(line.image.shape[0] == 32 for line in lines)

"""What print and scanners do to a line."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.training import photometric
from ocr.training.recognition_data.line import Grey


def worn(crop: Grey, rng: np.random.Generator, share: float) -> Grey:
    """Contrast, lower resolution, blur, noise and compression, each on a share of the crops."""
    image = crop
    contrast, blur, low, noise, jpeg = rng.random(5) < share
    if contrast:
        curve = 127.5 + (np.arange(256) - 127.5) * rng.uniform(0.4, 1.3) + rng.uniform(-40, 40)
        image = np.asarray(cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8)), np.uint8)
    if low and image.shape[1] > 8:
        image = photometric.resampled(image, rng, (0.5, 0.9))
    if blur:
        image = photometric.blurred(image, rng, greatest=1.0, moved=0.0)
    if noise:
        image = photometric.grainy(image, rng, (2.0, 14.0))
    if jpeg:
        image = photometric.compressed(image, rng, (30, 90))
    return image

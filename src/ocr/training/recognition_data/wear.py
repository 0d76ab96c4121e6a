"""What print and scanners do to a line."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ocr.training.recognition_data.line import Grey


def worn(crop: Grey, rng: np.random.Generator, share: float) -> Grey:
    """Contrast, blur, noise, lower resolution and compression, each on a share of the crops."""
    image: Any = crop
    contrast, blur, low, noise, jpeg = rng.random(5) < share
    if contrast:
        curve = 127.5 + (np.arange(256) - 127.5) * rng.uniform(0.4, 1.3) + rng.uniform(-40, 40)
        image = cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8))
    if low and image.shape[1] > 8:
        factor = rng.uniform(0.5, 0.9)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    if blur:
        image = cv2.GaussianBlur(image, (3, 3), rng.uniform(0.3, 1.0))
    if noise:
        grain = rng.normal(0, rng.uniform(2, 14), image.shape).astype(np.float32)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if jpeg:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))])[1]
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return np.asarray(image, np.uint8)

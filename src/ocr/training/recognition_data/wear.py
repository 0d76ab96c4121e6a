"""What other printers, paper and cameras than those of a dataset do to its lines."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.training import photometric
from ocr.training.recognition_data.line import Grey

#: How often each kind of wear comes relative to the share asked for, in the order of `worn`.
_SHARES = np.array([1.2, 1.0, 0.8, 0.6, 1.2, 1.0, 1.0, 1.0, 1.0, 0.3, 1.0])
#: Heights in pixels of lines that were taken small: lower ones nobody reads, higher ones are but of a lower resolution.
SMALL = (5.0, 14.0)
#: Widest blur and farthest movement, as shares of a line's height: beyond them letters cannot be told apart.
_BLUR, _MOVED = 0.07, 0.24
_LEVELS = np.arange(256, dtype=np.float32)


def worn(crop: Grey, rng: np.random.Generator, share: float) -> Grey:
    """A crop with each kind of wear on a share of the crops.

    The kinds: stretching, weight of the strokes, strokes of one direction lost, fading, contrast, lower resolution,
    few pixels, blur, noise, dither, compression.

    Args:
        crop: (H, W) uint8 grey.
        rng: all randomness comes from it.
        share: of the crops that get a kind of wear, in [0, 1]; the rarer kinds a part of it.

    Returns:
        (H, W') uint8 grey; W' differs where the crop was stretched.
    """
    image = crop
    stretch, stroke, starve, fade, contrast, low, small, blur, noise, dither, jpeg = (
        rng.random(11) < share * _SHARES
    )
    if stretch and image.shape[1] > 8:
        width = max(8, round(image.shape[1] * float(np.exp(rng.uniform(-0.32, 0.25)))))
        size = (width, image.shape[0])
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    if stroke:
        image = photometric.restroked(image, rng)
    if starve:
        image = photometric.starved(image, rng)
    if fade:
        image = photometric.faded(image, rng, 0.8)
    if contrast:
        image = _paled(image, rng)
    if low and image.shape[1] > 8:
        image = photometric.resampled(image, rng, (0.45, 0.9))
    if small and image.shape[1] > 8:
        image = photometric.reduced(image, rng, SMALL)
    if blur:
        height = image.shape[0]
        image = photometric.blurred(
            image, rng, max(1.0, _BLUR * height), moved=0.35, farthest=max(2.0, _MOVED * height)
        )
    if noise:
        image = photometric.grainy(image, rng, (2.0, 18.0))
    if dither:
        image = photometric.dithered(image, rng)
    if jpeg:
        image = photometric.compressed(image, rng, (25, 90))
    return image


def _paled(image: Grey, rng: np.random.Generator) -> Grey:
    """Less contrast, seldom more, around the mean, which for a line is near the paper; lighter or darker as a whole."""
    factor = float(np.exp(rng.uniform(np.log(0.25), np.log(1.4))))
    middle = float(image.mean())
    curve = middle + (_LEVELS - middle) * factor + float(rng.uniform(-60, 40))
    return np.asarray(cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8)), np.uint8)

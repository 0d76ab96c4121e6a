"""Light, print, optics, noise and compression of phones and scanners, on grey uint8 pictures.

Everything stays in 8 bits: changes of tone are put together in one table, light is made small and enlarged, noise is
cut from a block that is drawn once. Everything follows from the generator given in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

#: Side of the square of noise that pictures take theirs from.
_BLOCK = 1024
#: Levels of the noise block in one standard deviation.
_DEVIATION = 32.0
#: Side of a field of light before it is enlarged to the picture.
_FIELD = 40


class Photometric:
    """Changes a picture as printers, paper, lamps, lenses, sensors and JPEG do, in this order.

    Args:
        strength: 0 leaves pictures alone, 1 is the usual amount; more is drawn more often and goes farther.
    """

    def __init__(self, strength: float = 1.0) -> None:
        s = self.strength = strength
        #: What is done, in order, and to what share of the pictures. Only what a spawned loader process can be given.
        self.changes: list[tuple[float, Callable[[Grey, np.random.Generator], Grey]]] = [
            (0.15 * s, restroked),
            (0.15 * s, partial(faded, depth=0.6 * s)),
            (0.7 * s, partial(toned, contrast=0.4 * s, brightness=0.35 * s)),
            (0.3 * s, partial(shaded, depth=0.45 * s)),
            (0.25 * s, blurred),
            (0.1 * s, partial(resampled, factors=(0.5, 0.9))),
            (0.3 * s, partial(grainy, deviations=(1.0, 14.0 * s))),
            (0.3 * s, partial(compressed, qualities=(35, 90))),
            (0.02 * s, inverted),
        ]

    def __call__(self, image: Grey, rng: np.random.Generator) -> Grey:
        """A changed copy of a grey picture (H, W); it can be the picture itself where nothing was drawn."""
        for (share, change), drawn in zip(self.changes, rng.random(len(self.changes)).tolist(), strict=True):
            if drawn < share:
                image = change(image, rng)
        return image


def starved(image: Grey, rng: np.random.Generator) -> Grey:
    """Level strokes that hardly printed, seldom upright ones, as a worn print head or a weak supply leave them.

    Dark strokes thinner than an eighth to a quarter of the height give way to the paper around them (a closing),
    everywhere or within a band of rows.

    Args:
        image: (H, W), a line of text.
        rng: drawn from, nothing else is random.
    """
    height = image.shape[0]
    reach = max(2, round(height * rng.uniform(0.12, 0.26)))
    level = rng.random() < 0.8
    without = cv2.morphologyEx(image, cv2.MORPH_CLOSE, np.ones((reach, 1) if level else (1, reach), np.uint8))
    share = np.full((height, 1), rng.uniform(0.5, 1.0), np.float32)
    if level and rng.random() < 0.6:
        rows = (np.arange(height, dtype=np.float32) / height - rng.uniform(0.1, 0.9)) / rng.uniform(0.1, 0.25)
        share *= np.exp(-0.5 * rows * rows)[:, None]
    return _bits(image + share * (without.astype(np.float32) - image))


def toned(image: Grey, rng: np.random.Generator, contrast: float, brightness: float) -> Grey:
    """Contrast, gamma and brightness by one table.

    Args:
        image: (H, W).
        rng: drawn from, nothing else is random.
        contrast: greatest change of the factor around middle grey; gamma goes as far in its logarithm.
        brightness: greatest shift, as a share of the range.
    """
    level = np.linspace(0.0, 1.0, 256)
    level **= np.exp(rng.uniform(-contrast, contrast))
    curve = 0.5 + (level - 0.5) * rng.uniform(1.0 - contrast, 1.0 + contrast)
    curve += rng.uniform(-brightness, brightness) * 0.5
    return _bits(cv2.LUT(image, np.clip(curve * 255.0, 0, 255).astype(np.uint8)))


def shaded(image: Grey, rng: np.random.Generator, depth: float) -> Grey:
    """Light that falls off towards one side, as under a lamp or a hand's shadow, or that is uneven all over."""
    return _bits(cv2.multiply(image, _light(image.shape, rng, depth), scale=1 / 255))


def faded(image: Grey, rng: np.random.Generator, depth: float) -> Grey:
    """Print that gets paler towards one side, or in places, as that of a worn thermal printer."""
    ink = cv2.multiply(cv2.bitwise_not(image), _light(image.shape, rng, depth), scale=1 / 255)
    return _bits(cv2.bitwise_not(ink))


def restroked(image: Grey, rng: np.random.Generator) -> Grey:
    """Strokes half a pixel thicker or thinner on either side, in full or in part."""
    change = cv2.erode if rng.random() < 0.6 else cv2.dilate
    part = float(rng.uniform(0.3, 1.0))
    return _bits(cv2.addWeighted(change(image, np.ones((2, 2), np.uint8)), part, image, 1.0 - part, 0.0))


def blurred(
    image: Grey, rng: np.random.Generator, greatest: float = 1.3, moved: float = 0.25, farthest: float = 4.0
) -> Grey:
    """Out of focus, or moved while the shutter was open.

    Args:
        image: (H, W).
        rng: drawn from, nothing else is random.
        greatest: standard deviation of the widest blur in pixels.
        moved: share of the pictures that are moved instead.
        farthest: that a picture moves, in pixels.
    """
    if rng.random() >= moved:
        sigma = rng.uniform(0.3, greatest)
        side = 3 if sigma < 0.7 else 2 * math.ceil(1.5 * sigma) + 1
        return _bits(cv2.GaussianBlur(image, (side, side), sigma))
    angle, reach = rng.uniform(0, np.pi), rng.uniform(0.7, farthest / 2)
    step = np.array([np.cos(angle), np.sin(angle)]) * reach
    middle = math.ceil(reach)
    kernel = np.zeros((2 * middle + 1, 2 * middle + 1), np.float32)
    at = np.rint(middle + np.linspace(-step, step, 8 * middle + 1)).astype(int)
    np.add.at(kernel, (at[:, 1], at[:, 0]), 1.0 / len(at))
    return _bits(cv2.filter2D(image, -1, kernel))


def resampled(image: Grey, rng: np.random.Generator, factors: tuple[float, float]) -> Grey:
    """As if it had been taken at a factor of its resolution and enlarged."""
    small = _shrunk(image, rng.uniform(*factors), cv2.INTER_LINEAR)
    return _bits(cv2.resize(small, image.shape[::-1], interpolation=cv2.INTER_LINEAR))


def reduced(image: Grey, rng: np.random.Generator, heights: tuple[float, float]) -> Grey:
    """A line as a small picture of its page shows it: few pixels high, sometimes compressed, and enlarged again.

    Args:
        image: (H, W), a line of text.
        rng: drawn from, nothing else is random.
        heights: least and greatest height in pixels, drawn evenly in their logarithm.
    """
    factor = float(np.exp(rng.uniform(*np.log(heights)))) / image.shape[0]
    small = _shrunk(image, factor, cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        small = compressed(small, rng, (60, 95))
    kind = cv2.INTER_LINEAR if rng.random() < 0.8 else cv2.INTER_CUBIC
    return _bits(cv2.resize(small, image.shape[::-1], interpolation=kind))


def grainy(image: Grey, rng: np.random.Generator, deviations: tuple[float, float]) -> Grey:
    """Normal noise, of single pixels or of grains about two pixels wide.

    Args:
        image: (H, W).
        rng: drawn from, nothing else is random.
        deviations: least and greatest standard deviation in grey levels.
    """
    height, width = image.shape
    coarse = rng.random() < 0.3
    tall, wide = ((height + 1) // 2, (width + 1) // 2) if coarse else (height, width)
    block = _noise()
    # A picture larger than the block would repeat it, which nobody sees in noise.
    times = (-(-tall // (_BLOCK // 2)), -(-wide // (_BLOCK // 2)))
    if times != (1, 1):
        block = np.tile(block, times)
    top, left = (
        int(rng.integers(0, have - need + 1)) for have, need in zip(block.shape, (tall, wide), strict=True)
    )
    grain = block[top : top + tall, left : left + wide]
    if coarse:
        grain = np.asarray(cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    share = rng.uniform(*deviations) / _DEVIATION
    return _bits(cv2.addWeighted(image, 1.0, grain, share, -128.0 * share))


def compressed(image: Grey, rng: np.random.Generator, qualities: tuple[int, int]) -> Grey:
    """JPEG and back, at a quality from the first to the second."""
    quality = int(rng.integers(qualities[0], qualities[1] + 1))
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return _bits(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def dithered(image: Grey, rng: np.random.Generator) -> Grey:
    """Grey as specks of ink, as thermal print and two-level scans show it, softened a little."""
    low, high = np.percentile(image, (2, 90))
    if high - low < 8:  # Nothing stands out that specks could show.
        return image
    level = (image.astype(np.float32) - low) / (high - low)
    specks = (level > rng.uniform(0.15, 0.85, image.shape).astype(np.float32)) * (high - low) + low
    soft = cv2.GaussianBlur(specks.astype(np.float32), (3, 3), float(rng.uniform(0.4, 0.9)))
    return _bits(np.clip(soft, 0, 255))


def inverted(image: Grey, rng: np.random.Generator) -> Grey:
    """Light print on dark."""
    return _bits(cv2.bitwise_not(image))


def _shrunk(image: Grey, factor: float, interpolation: int) -> Grey:
    """The picture (H, W) at a factor of its size, a pixel at least."""
    height, width = image.shape
    less = max(1, round(width * factor)), max(1, round(height * factor))
    return _bits(cv2.resize(image, less, interpolation=interpolation))


def _light(shape: tuple[int, ...], rng: np.random.Generator, depth: float) -> Grey:
    """How much light each pixel has, 255 for all of it and not less than 1 − ``depth`` of that anywhere."""
    if rng.random() < 0.6:
        angle, sharp, middle = rng.uniform(0, 2 * np.pi), rng.uniform(1, 9), rng.uniform(-0.5, 0.5)
        line = np.linspace(-1, 1, _FIELD)
        ramp = np.cos(angle) * line + (np.sin(angle) * line)[:, None]
        # The logistic function, in the form that cannot overflow.
        dark = 0.5 + 0.5 * np.tanh(0.5 * sharp * (ramp - middle))
    else:
        dark = cv2.resize(rng.random((5, 5)), (_FIELD, _FIELD), interpolation=cv2.INTER_LINEAR)
    field = (255.0 * (1.0 - depth * rng.random() * dark)).clip(0, 255).astype(np.uint8)
    return _bits(cv2.resize(field, shape[1::-1], interpolation=cv2.INTER_LINEAR))


@cache
def _noise() -> Grey:
    drawn = 128.0 + _DEVIATION * np.random.default_rng(0).standard_normal((_BLOCK, _BLOCK))
    return np.rint(drawn).clip(0, 255).astype(np.uint8)


def _bits(image: Any) -> Grey:
    return np.asarray(image, np.uint8)

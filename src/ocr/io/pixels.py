"""Stored pixels of any kind to RGB uint8: depth, order of the channels, transparency."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import ImageDecodeFailed
from ocr.io.page_image import Image

#: Pixels turned at once, so that wider numbers in between stay small beside the page.
_BAND = 1 << 20
#: What is visible on a transparent page is ink where it covers less of it than this, else it is paper.
_MOST_INK = 0.4
#: Visible pixels at least this light, and the share of darker ones below which there is no dark ink among them.
_LIGHT, _FEW_DARK = 160, 0.002


def to_rgb(
    image: npt.NDArray[Any], *, bgr: bool = False, premultiplied: bool = False, reuse: bool = False
) -> Image:
    """Grey, grey with alpha, RGB or RGBA pixels to RGB.

    Transparent pixels are laid over white; light ink without any dark beside it is laid over black, where it shows.

    Args:
        image: (H, W) or (H, W, 1 to 4); uint8, uint16 (0..65535), uint32, bool, or finite floats (scaled by their
            maximum where it passes 1).
        bgr: colours stand as blue, green, red.
        premultiplied: colours were multiplied by alpha already.
        reuse: the pixels may be changed in place and given back.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ImageDecodeFailed: pixels of another type, or not finite.
    """
    height, width = image.shape[:2]
    channels = 1 if image.ndim == 2 else image.shape[2]
    if reuse and image.dtype == np.uint8 and channels == 3 and image.flags.c_contiguous:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image) if bgr else image, np.uint8)
    if image.dtype == np.uint8 and channels == 1:
        # Scans are grey: OpenCV repeats a channel ten times as fast as NumPy.
        return np.asarray(
            cv2.cvtColor(np.ascontiguousarray(image.reshape(height, width)), cv2.COLOR_GRAY2RGB), np.uint8
        )
    top = _top(image)
    background = _background(image, top) if channels in (2, 4) else 255
    page = np.empty((height, width, 3), np.uint8)
    rows = max(1, _BAND // max(1, width))
    for at in range(0, height, rows):
        band = _to_uint8(image[at : at + rows], top).reshape(-1, width, channels)
        if channels in (2, 4):
            band = _laid_over(band, background, premultiplied=premultiplied)
        # A single channel is repeated.
        page[at : at + rows] = band[..., ::-1] if bgr else band
    return page


def _top(image: npt.NDArray[Any]) -> float:
    """The value of white.

    Raises:
        ImageDecodeFailed: pixels of another type, or not finite.
    """
    if image.dtype.kind == "f":
        lowest, highest = float(image.min(initial=0.0)), float(image.max(initial=0.0))
        if not np.isfinite((lowest, highest)).all():
            raise ImageDecodeFailed("the picture holds pixels that are not finite numbers")
        return max(1.0, highest)
    tops = {"uint8": 255.0, "uint16": 65535.0, "uint32": 4294967295.0, "bool": 1.0}
    if image.dtype.name not in tops:
        raise ImageDecodeFailed(
            f"the picture has pixels of type {image.dtype}; expected 1 to 32 bits a channel without a sign"
        )
    return tops[image.dtype.name]


def _to_uint8(band: npt.NDArray[Any], top: float) -> Image:
    if band.dtype == np.uint8:
        return np.asarray(band, np.uint8)
    if band.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(band, alpha=1 / 257), np.uint8)
    scaled = np.clip(band.astype(np.float64) / top, 0, 1)
    return np.rint(scaled * 255).astype(np.uint8)


def _background(image: npt.NDArray[Any], top: float) -> int:
    """What transparent pixels are laid over: white, or black where all that is visible is light."""
    sample = _to_uint8(image[:: max(1, image.shape[0] * image.shape[1] // _BAND)], top)
    alpha = sample[..., -1]
    visible = sample[alpha > 127]
    if not 0 < len(visible) < _MOST_INK * alpha.size:
        return 255
    dark = np.count_nonzero(visible[:, :-1].min(-1) < _LIGHT)
    return 0 if dark < _FEW_DARK * len(visible) else 255


def _laid_over(band: Image, background: int, *, premultiplied: bool) -> Image:
    """Pixels with alpha, (H, W, 2 or 4), over a grey background."""
    if bool((band[..., -1] == 255).all()):
        return band[..., :-1]
    alpha = band[..., -1:].astype(np.uint16)
    colour = band[..., :-1].astype(np.uint16)
    own = np.minimum(colour, alpha) * 255 if premultiplied else colour * alpha
    return ((own + background * (255 - alpha) + 127) // 255).astype(np.uint8)

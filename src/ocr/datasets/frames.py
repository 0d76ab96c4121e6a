"""The frame of annotations of a picture with an EXIF orientation: upright pixels, or stored pixels.

All coordinates of the package are in upright pixels. Tools that ignore EXIF show and annotate the stored pixels. The
frame of an annotation is decided by how many polygons fit inside the picture, and by where the ink is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.io import formats, images
from ocr.io.limits import Limits

Verdict = Literal["upright", "raw", "unclear"]

#: Orientations that swap rows and columns.
_SWAPPED = (5, 6, 7, 8)
#: A share of fitting polygons this much higher decides alone.
_FITS_BETTER = 0.1
#: So much more ink inside the polygons decides, where both frames fit as well.
_INKS_BETTER = 1.2


@dataclass(frozen=True)
class Frame:
    """How the pixels of a picture are stored.

    Attributes:
        width: of the stored pixels.
        height: likewise.
        orientation: EXIF orientation 1 to 8; 1 is upright already.
    """

    width: int
    height: int
    orientation: int = 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) of the upright picture."""
        return (self.height, self.width) if self.orientation in _SWAPPED else (self.width, self.height)

    def to_upright(self, points: npt.ArrayLike) -> polygons.Polygon:
        """Points (N, 2) of the stored pixels in those of the upright picture."""
        p = np.array(points, np.float32).reshape(-1, 2)
        width, height = self.upright_size
        if self.orientation in _SWAPPED:
            p = p[:, ::-1].copy()
        if self.orientation in (2, 3, 6, 7):
            p[:, 0] = width - p[:, 0]
        if self.orientation in (3, 4, 7, 8):
            p[:, 1] = height - p[:, 1]
        return p


@dataclass(frozen=True)
class Judgement:
    """The estimated frame of an annotation.

    Attributes:
        verdict: ``upright``, ``raw`` (stored pixels) or ``unclear``.
        fit_upright: share in [0, 1] of the polygons inside the picture if they are in upright pixels.
        fit_raw: the same if they are in stored pixels.
        ink_upright: mean ink inside the polygons in upright pixels only, relative to the whole picture; 1 is chance.
        ink_raw: the same for the polygons in stored pixels only.
    """

    verdict: Verdict
    fit_upright: float
    fit_raw: float
    ink_upright: float
    ink_raw: float


def read_frame(path: str | os.PathLike[str]) -> Frame:
    """Size and orientation of the first page, from its header; a PDF is rendered.

    Raises:
        ocr.errors.InputError: the file cannot be read, or its header is damaged.
    """
    return frame_of(images.read_bytes(path, Limits().max_bytes))


def frame_of(data: bytes) -> Frame:
    """The same for the bytes of a file."""
    header = formats.open_bytes(data).header
    if not header.sizes:
        height, width = next(images.pages(data)).image.shape[:2]
        return Frame(width, height)
    return Frame(*header.sizes[0], header.orientation[0])


def judge(image: images.Image, frame: Frame, outlines: Sequence[polygons.Polygon]) -> Judgement:
    """Estimate the frame of an annotation.

    Args:
        image: the upright picture, (H, W, 3) uint8 RGB.
        frame: size and orientation of the stored picture; the orientation is not 1.
        outlines: polygons as they were annotated.
    """
    finite = [p for p in outlines if np.isfinite(p).all()]
    turned = [frame.to_upright(p) for p in finite]
    width, height = frame.upright_size
    as_is, as_raw = _fit(finite, width, height), _fit(turned, width, height)
    ink = _ink(image)
    in_one, in_other = _mask(ink.shape, finite), _mask(ink.shape, turned)
    # Ink in the overlap does not discriminate.
    ink_as_is, ink_as_raw = _share(ink, in_one & ~in_other), _share(ink, in_other & ~in_one)
    verdict: Verdict = "unclear"
    if abs(as_is - as_raw) >= _FITS_BETTER:
        verdict = "upright" if as_is > as_raw else "raw"
    elif max(ink_as_is, ink_as_raw) > _INKS_BETTER * min(ink_as_is, ink_as_raw):
        verdict = "upright" if ink_as_is > ink_as_raw else "raw"
    return Judgement(verdict, as_is, as_raw, ink_as_is, ink_as_raw)


def _fit(outlines: Sequence[polygons.Polygon], width: int, height: int) -> float:
    slack = polygons.CLIP_TOLERANCE
    inside = 0
    for outline in outlines:
        x0, y0, x1, y1 = polygons.bounds(outline)
        inside += x0 >= -slack and y0 >= -slack and x1 <= width + slack and y1 <= height + slack
    return inside / len(outlines) if outlines else 0.0


def _ink(image: images.Image) -> npt.NDArray[np.float32]:
    """(H, W) float32: difference of each pixel from its local mean, above the level of paper and noise."""
    grey = images.to_grey(image)
    around = cv2.boxFilter(grey, cv2.CV_32F, (31, 31))
    return np.asarray(np.maximum(np.abs(grey.astype(np.float32) - around) - 16.0, 0.0), np.float32)


def _mask(shape: tuple[int, ...], outlines: Sequence[polygons.Polygon]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(shape, np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.rint(np.clip(outline, -1e5, 1e5)).astype(np.int32)], 1)
    return mask > 0


def _share(ink: npt.NDArray[np.float32], mask: npt.NDArray[np.bool_]) -> float:
    everywhere = float(ink.mean())
    if not mask.any() or everywhere <= 0:
        return 0.0
    return float(ink[mask].mean()) / everywhere

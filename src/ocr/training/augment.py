"""Augmentation: one matrix for all geometry, torchvision for light and noise.

Scale, aspect, rotation, perspective and crop are one matrix, so that a picture is resampled once and its polygons move
by the very same matrix. Everything follows from the generator given in; the same seed gives the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons

if TYPE_CHECKING:
    import torch
    from torchvision.transforms import v2

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GeometryRange:
    """How far a training crop may differ from its page.

    Attributes:
        short_side: the page's short side is first taken to this many pixels, as at inference.
        scale: least and greatest further scale; drawn evenly in its logarithm.
        aspect: greatest stretch of x against y, as a factor >= 1.
        rotation: standard deviation of the rotation in degrees.
        wide_rotation: share of the crops that are turned evenly within ± 15 degrees instead.
        perspective: standard deviation of a corner's displacement, as a share of the crop.
    """

    short_side: int = 640
    scale: tuple[float, float] = (0.6, 1.5)
    aspect: float = 1.15
    rotation: float = 1.0
    wide_rotation: float = 0.1
    perspective: float = 0.01


def crop_matrix(
    rng: np.random.Generator, page: tuple[int, int], focus: npt.ArrayLike, size: int, limits: GeometryRange
) -> Matrix:
    """The 3 × 3 matrix from page pixels to those of a square training crop.

    Args:
        rng: drawn from, nothing else is random.
        page: (height, width) of the page.
        focus: the page point (x, y) that lands somewhere inside the crop.
        size: side of the crop in pixels.
        limits: how far to go.
    """
    scale = limits.short_side / min(page) * np.exp(rng.uniform(*np.log(limits.scale)))
    stretch = np.exp(rng.uniform(-1, 1) * np.log(limits.aspect) / 2)
    angle = rng.uniform(-15, 15) if rng.random() < limits.wide_rotation else rng.normal(0, limits.rotation)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    linear = np.array([[c, -s], [s, c]]) @ np.diag([scale * stretch, scale / stretch])
    landing = rng.uniform(0.2, 0.8, 2) * size
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = landing - linear @ np.asarray(focus, np.float64)
    # Keep the crop on the page where the page is large enough: half a crop of margin teaches nothing.
    h, w = page
    corners = polygons.transform([[0, 0], [w, 0], [w, h], [0, h]], matrix)
    for axis in (0, 1):
        low, high = float(corners[:, axis].min()), float(corners[:, axis].max())
        slack = 0.15 * size * rng.random()
        if high - low > size:
            matrix[axis, 2] -= max(low - slack, 0.0) + min(high - size + slack, 0.0)
        else:
            matrix[axis, 2] += rng.uniform(0, size - (high - low)) - low
    if limits.perspective > 0:
        square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
        moved = square + rng.normal(0, limits.perspective * size, (4, 2)).astype(np.float32)
        matrix = cv2.getPerspectiveTransform(square, moved) @ matrix
    return matrix


def warp(image: Grey, matrix: Matrix, width: int, height: int, fill: int) -> Grey:
    """Resample a grey page through a matrix between pixel-corner coordinates."""
    # OpenCV's coordinates are those of pixel centres.
    to_centre, to_corner = np.eye(3), np.eye(3)
    to_centre[:2, 2], to_corner[:2, 2] = -0.5, 0.5
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    # A bilinear warp that shrinks by more than a half would skip pixels; area interpolation at inference does not.
    if shrink < 0.6:
        small = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        back = np.diag([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0], 1.0])
        return warp(small, matrix @ back, width, height, fill)
    moved = cv2.warpPerspective(
        image, to_centre @ matrix @ to_corner, (width, height), flags=cv2.INTER_LINEAR, borderValue=fill
    )
    return np.asarray(moved, np.uint8)


def photometric(strength: float = 1.0) -> v2.Compose:
    """Light, blur, noise and compression of phones and scanners, for (1, H, W) uint8 tensors.

    Args:
        strength: 0 leaves pictures alone, 1 is the usual amount.
    """
    import torch
    from torchvision.transforms import v2

    s = strength
    return v2.Compose(
        [
            v2.RandomApply([v2.ColorJitter(brightness=0.35 * s, contrast=0.4 * s)], p=min(1.0, 0.7 * s)),
            v2.RandomApply([_Gradient(0.45 * s)], p=0.3 * s),
            v2.RandomApply([v2.GaussianBlur(5, (0.3, 1.3))], p=0.25 * s),
            v2.RandomApply(
                [
                    v2.ToDtype(torch.float32, scale=True),
                    v2.GaussianNoise(sigma=0.05),
                    v2.ToDtype(torch.uint8, scale=True),
                ],
                p=0.25 * s,
            ),
            v2.RandomApply([v2.JPEG((35, 90))], p=0.3 * s),
            v2.RandomInvert(p=0.02 * s),
        ]
    )


def _Gradient(depth: float) -> v2.Lambda:  # noqa: N802 - reads as the transform that it makes
    """Light that falls off across the picture, as under a lamp or a hand's shadow."""
    from torchvision.transforms import v2

    # No function of its own inside this one: a loader process that is spawned could not be given it.
    return v2.Lambda(partial(_shade, depth))


def _shade(depth: float, image: torch.Tensor) -> torch.Tensor:
    import torch

    _, h, w = image.shape
    angle = torch.rand(1) * 6.2832
    ramp = torch.cos(angle) * torch.linspace(-1, 1, w) + torch.sin(angle) * torch.linspace(-1, 1, h)[:, None]
    sharp = 1.0 + 8.0 * torch.rand(1)
    light = 1.0 - depth * torch.rand(1) * torch.sigmoid(sharp * (ramp - torch.rand(1) + 0.5))
    return (image.float() * light).clamp(0, 255).to(torch.uint8)

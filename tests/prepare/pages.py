"""Drawn pages whose lines are known, seen through known matrices, and an eye that finds lines anew."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr import polygons
from ocr.prepare.stage import Image, Matrix
from ocr.prepare.warp import inside, shift, warp

WIDTH, HEIGHT = 480, 720
_TALL, _PITCH, _STEP = 14, 34, 11


def receipt(paper: int = 250, ink: int = 20) -> tuple[Image, list[npt.NDArray[np.float64]]]:
    """An RGB page of rows of letter-like marks of different lengths, and a quad around each row."""
    page = np.full((HEIGHT, WIDTH, 3), paper, np.uint8)
    rng = np.random.default_rng(3)
    quads = []
    for y in range(60, HEIGHT - 80, _PITCH):
        count = int(rng.integers(12, 34))
        x0 = 40 + int(rng.integers(0, 30))
        for k in range(count):
            x, kind = x0 + k * _STEP, int(rng.integers(0, 3))
            cv2.rectangle(page, (x, y), (x + 2, y + _TALL - 1), (ink,) * 3, -1)
            if kind:
                at = y if kind == 1 else y + _TALL - 3
                cv2.rectangle(page, (x, at), (x + 7, at + 2), (ink,) * 3, -1)
            else:
                cv2.rectangle(page, (x + 5, y), (x + 7, y + _TALL - 1), (ink,) * 3, -1)
        x1 = x0 + (count - 1) * _STEP + 8
        quads.append(np.array([[x0, y], [x1, y], [x1, y + _TALL], [x0, y + _TALL]], np.float64))
    return page, quads


def rotation(degrees: float) -> Matrix:
    """The matrix that turns clockwise about the origin."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def skewed(degrees: float) -> tuple[Image, list[npt.NDArray[np.float32]]]:
    """The receipt turned clockwise, with the quads as they lie then."""
    page, quads = receipt()
    matrix, size = inside(rotation(degrees), WIDTH, HEIGHT)
    return warp(page, matrix, size, (250,) * 3), [polygons.transform(quad, matrix) for quad in quads]


def photo(
    corners: npt.ArrayLike = ((110, 70), (600, 110), (650, 880), (60, 850)),
) -> tuple[Image, list[npt.NDArray[np.float32]], Matrix]:
    """The receipt on a dark table in perspective, its quads, and the matrix from the flat page to the picture."""
    page, quads = receipt()
    flat = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(flat, np.asarray(corners, np.float32)), np.float64)
    return (
        warp(page, matrix, (700, 940), (70, 50, 35)),
        [polygons.transform(quad, matrix) for quad in quads],
        matrix,
    )


def shaded(page: Image) -> Image:
    """The page with light that falls off to the right and the shadow of a hand."""
    height, width = page.shape[:2]
    light = np.tile(np.linspace(1.0, 0.55, width, dtype=np.float32), (height, 1))
    cv2.circle(light, (width // 3, height), width // 2, 0.5, -1)
    light = cv2.GaussianBlur(light, (0, 0), 12)
    return (page * light[..., None]).astype(np.uint8)


def noisy(page: Image, sigma: float, seed: int = 0) -> Image:
    """The page with the grain of a sensor."""
    grain = np.random.default_rng(seed).normal(0, sigma, page.shape)
    return np.clip(page + grain, 0, 255).astype(np.uint8)


def seen_lines(page: Image, least: int = 60) -> list[npt.NDArray[np.float32]]:
    """Level quads around the rows of dark marks of a page, found from its pixels alone."""
    grey = cv2.medianBlur(cv2.cvtColor(page, cv2.COLOR_RGB2GRAY), 3)
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 40)
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, 17), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for x, y, wide, tall, _ in stats[1:].tolist():
        if wide >= least and 6 <= tall <= 40:
            found.append(np.array([[x, y], [x + wide, y], [x + wide, y + tall], [x, y + tall]], np.float32))
    return found


__all__ = [
    "HEIGHT",
    "WIDTH",
    "noisy",
    "photo",
    "receipt",
    "rotation",
    "seen_lines",
    "shaded",
    "shift",
    "skewed",
]

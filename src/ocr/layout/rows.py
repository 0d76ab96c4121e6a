"""Rows of lines and the order in which a page is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr.polygons import to_quad


def reading_order(polygons: Sequence[npt.ArrayLike]) -> list[int]:
    """Indices in reading order: rows from top to bottom, left to right inside a row."""
    return [index for row in rows(polygons) for index in row]


def rows(polygons: Sequence[npt.ArrayLike]) -> list[list[int]]:
    """Group lines whose vertical centres agree into rows, top to bottom, each left to right.

    The common direction of the lines is taken out first, so that skewed and turned pages have their rows too.
    """
    if not len(polygons):
        return []
    quads = np.stack([to_quad(p) for p in polygons]).astype(np.float64)
    along = (quads[:, 1] - quads[:, 0]) + (quads[:, 2] - quads[:, 3])
    lengths = np.hypot(along[:, 0], along[:, 1])
    # Angles are measured from the common direction: around ± 180 degrees their median would mean nothing.
    common = np.arctan2(along[:, 1].sum(), along[:, 0].sum())
    off = (np.arctan2(along[:, 1], along[:, 0]) - common + np.pi) % (2 * np.pi) - np.pi
    angle = common + _weighted_median(off, lengths)
    c, s = np.cos(-angle), np.sin(-angle)
    turned = quads @ np.array([[c, s], [-s, c]])
    # A narrow figure is taken for text that runs down or up: its height lies along its text.
    upright = np.abs(np.diff(turned[:, :2], axis=1)[:, 0])
    turned = np.where((upright[:, 1] > upright[:, 0])[:, None, None], np.roll(turned, 1, axis=1), turned)
    top, bottom = turned[:, :2, 1].mean(axis=1), turned[:, 2:, 1].mean(axis=1)
    middle, tall = (top + bottom) / 2, np.maximum(np.abs(bottom - top), 1.0)
    left = turned[:, :, 0].min(axis=1)
    found: list[list[int]] = []
    for i in np.argsort(middle, kind="stable").tolist():
        if found:
            last = found[-1][-1]
            if middle[i] - middle[last] < 0.5 * min(tall[i], tall[last]):
                found[-1].append(i)
                continue
        found.append([i])
    return [sorted(row, key=lambda i: (left[i], middle[i])) for row in found]


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    by_value = np.argsort(values)
    total = np.cumsum(weights[by_value])
    return float(values[by_value][np.searchsorted(total, total[-1] / 2)])

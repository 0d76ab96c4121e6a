"""Figures of a page before it is read."""

from __future__ import annotations

import cv2
import numpy as np

from ocr.prepare.quality import measure


def _page(angle: float = 0.0, ink: int = 30) -> np.ndarray:
    page = np.full((600, 500, 3), 240, np.uint8)
    for k in range(14):
        place = (30, 50 + 38 * k)
        cv2.putText(
            page, "TOTAL 12.50 CHANGE 7", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (ink,) * 3, 2, cv2.LINE_AA
        )
    matrix = cv2.getRotationMatrix2D((250, 300), angle, 1)
    return np.asarray(cv2.warpAffine(page, matrix, (500, 600), borderValue=(240, 240, 240)), np.uint8)


def test_a_straight_page() -> None:
    found = measure(_page())
    assert abs(found.skew) < 0.3
    assert 12 < found.text_height < 26
    assert 200 <= found.contrast <= 215


def test_skew_blur_and_fading_show() -> None:
    # OpenCV turns against the clock, so lines rise to the right.
    assert abs(measure(_page(4)).skew + 4) < 0.3
    sharp = measure(_page())
    assert measure(cv2.GaussianBlur(_page(), (0, 0), 3)).sharpness < 0.5 * sharp.sharpness
    faded = measure(_page(ink=180))
    assert faded.contrast < 70
    assert faded.sharpness > 0.7 * sharp.sharpness


def test_an_empty_page_has_no_text() -> None:
    found = measure(np.full((300, 200, 3), 255, np.uint8))
    assert (found.skew, found.text_height, found.contrast) == (None, None, 0.0)

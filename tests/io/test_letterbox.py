"""Resize and pad: points and ink go the same way, and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.io.letterbox import Letterbox

sides = st.integers(1, 4000)


@given(sides, sides, st.floats(0.02, 3.0), st.sampled_from([1, 8, 32]), st.data())
def test_round_trip_stays_within_half_a_pixel(
    width: int, height: int, scale: float, multiple: int, data: st.DataObject
) -> None:
    placement = Letterbox.fit(width, height, scale, multiple=multiple, least=32)
    assert all(side % multiple == 0 and side >= 32 for side in placement.padded)
    assert all(inner <= outer for inner, outer in zip(placement.scaled, placement.padded, strict=True))
    x, y = data.draw(st.floats(0, width)), data.draw(st.floats(0, height))
    points = np.array([[x, y], [0, 0], [width, height]], np.float32)
    assert np.abs(placement.inverse(placement.forward(points)) - points).max() < 0.5
    np.testing.assert_allclose(placement.forward(points)[2], placement.scaled, rtol=1e-6)


@pytest.mark.parametrize("scale", [0.37, 0.5, 1.0, 1.7, 3.0])
def test_ink_stays_below_its_points(scale: float) -> None:
    image = np.zeros((200, 300), np.uint8)
    image[80:120, 100:180] = 255
    placement = Letterbox.fit(300, 200, scale, multiple=32)
    placed = placement.apply(image, 0)
    assert placed.shape == placement.padded[::-1]
    moments = cv2.moments(placed.astype(np.float32))
    # Moments speak of pixel centres, half a pixel from corners.
    centre = np.array([moments["m10"], moments["m01"]]) / moments["m00"] + 0.5
    assert np.abs(placement.inverse(centre) - (140, 100)).max() < 0.05


def test_padding_has_its_value_and_a_wrong_picture_is_refused() -> None:
    placement = Letterbox.fit(30, 20, 1.0, multiple=32)
    placed = placement.apply(np.zeros((20, 30, 3), np.uint8), 127)
    assert (placed[20:] == 127).all()
    assert (placed[:, 30:] == 127).all()
    assert not placed[:20, :30].any()
    with pytest.raises(ValueError, match="placed for"):
        placement.apply(np.zeros((30, 20), np.uint8))

"""The probability map of a page, assembled from the maps of its tiles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocr.detection.view import View
from ocr.io.letterbox import warp_to

Map = npt.NDArray[np.float32]


class Maps:
    """Collects the maps of the last view of a page; an observer for `ocr.detection.multiscale.search`."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._map: Map = np.zeros((1, 1), np.float32)

    def __call__(self, view: View, corner: tuple[int, int], probability: Map) -> None:
        """Add the map of a tile, taking the maximum where tiles overlap; a new view starts an empty map."""
        if view is not self._view:
            self._view, self._map = view, np.zeros(view.size[::-1], np.float32)
        (x, y), (tall, wide) = corner, probability.shape
        place = self._map[y : y + tall, x : x + wide]
        np.maximum(place, probability, out=place)

    def over_page(self, width: int, height: int) -> Map:
        """The map (H', W') float32 in [0, 1] over a whole page of this size in pixels, at the scale of the view.

        0 outside of the view.
        """
        view = self._view
        if view is None:
            return self._map
        if view.turn is None and view.corner == (0, 0) and view.letterbox.source == (width, height):
            return self._map
        size = (max(1, round(width * view.scale)), max(1, round(height * view.scale)))
        return warp_to(self._map, view.matrix @ np.diag([width / size[0], height / size[1], 1.0]), size)

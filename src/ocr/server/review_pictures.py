"""The pages of receipts under review as JPEG files."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from ocr.errors import ImageEmpty
from ocr.server.review_store import ReviewStore


class Pictures:
    """The pages of uploads as JPEG files, decoded again when they are asked for; a few are kept.

    Args:
        count: pictures that are kept.
    """

    def __init__(self, count: int = 12) -> None:
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._count = count
        self._lock = threading.Lock()

    def jpeg(self, store: ReviewStore, identifier: str, page: int, width: int = 0) -> bytes:
        """A page of an upload, as wide as it is where ``width`` is 0 or more than that.

        Raises:
            OcrError: there is no such receipt or page, or it cannot be decoded.
        """
        key = (identifier, page, width)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        image = self.image(store, identifier, page)
        if 0 < width < image.shape[1]:
            import cv2
            import numpy as np

            height = max(1, round(image.shape[0] * width / image.shape[1]))
            image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        from ocr.io.drawing import to_jpeg

        jpeg = to_jpeg(image)
        with self._lock:
            self._kept[key] = jpeg
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
        return jpeg

    def image(self, store: ReviewStore, identifier: str, page: int) -> Any:
        """RGB (H, W, 3) uint8 of a page."""
        from ocr.io import images

        for number, page_image in enumerate(images.pages(store.data(identifier))):
            if number == page:
                return page_image.image
        raise ImageEmpty(f"there is no page {page}")

    def forget(self, identifier: str) -> None:
        """Drop the pictures of a receipt that was deleted."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == identifier]:
                del self._kept[key]

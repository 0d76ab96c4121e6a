"""The pages of receipts under review as pictures; what is masked in a document is painted over in them."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from ocr.errors import ImageEmpty, OutputFailed
from ocr.io.files import write_whole
from ocr.server.review_store import ReviewStore

if TYPE_CHECKING:
    from ocr.io.drawing import Image

#: Bytes of JPEG files that a process keeps.
_KEPT = 64 * 2**20
#: Pictures up to this width are kept beside the input as well: the strip asks for one of each receipt.
_THUMBNAIL = 200


class Pictures:
    """The pages of uploads, decoded again when they are asked for.

    Args:
        store: of the uploads.
    """

    def __init__(self, store: ReviewStore) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def jpeg(self, identifier: str, page: int, width: int = 0) -> bytes:
        """A page of an upload, as wide as it is where ``width`` is 0 or more than that.

        Raises:
            OcrError: there is no such receipt or page, or it cannot be decoded.
        """
        # Another process may have deleted what this one still has.
        self._store.get(identifier)
        key = (identifier, page, width)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        file = self._store.folder(identifier) / f"page-{page}-{width}.jpg"
        if 0 < width <= _THUMBNAIL and file.is_file():
            return file.read_bytes()
        from ocr.io.drawing import to_jpeg

        jpeg = to_jpeg(_narrowed(self.image(identifier, page), width))
        if 0 < width <= _THUMBNAIL:
            with contextlib.suppress(OutputFailed):
                write_whole(file, jpeg)
            if not self._store.exists(identifier):
                # It was deleted while this was made.
                shutil.rmtree(file.parent, ignore_errors=True)
        else:
            self._keep(key, jpeg)
        return jpeg

    def _keep(self, key: tuple[str, int, int], jpeg: bytes) -> None:
        with self._lock:
            self._kept[key] = jpeg
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT:
                self._kept.popitem(last=False)

    def image(self, identifier: str, page: int) -> Image:
        """RGB (H, W, 3) uint8 of a page, without what is masked in the document."""
        from ocr.document import Document
        from ocr.io import images
        from ocr.receipts import masking

        text = self._store.document(identifier)
        for number, loaded in enumerate(images.pages(self._store.data(identifier))):
            if number == page:
                if text is None or masking.MASK not in text:
                    return loaded.image
                return masking.painted(
                    loaded.image, *masking.pages_with_codes(Document.from_json(text))[page]
                )
        raise ImageEmpty(f"there is no page {page}")

    def forget(self, identifier: str) -> None:
        """Drop the pictures of a receipt that was deleted."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == identifier]:
                del self._kept[key]


def _narrowed(image: Image, width: int) -> Image:
    if not 0 < width < image.shape[1]:
        return image
    import cv2
    import numpy as np

    height = max(1, round(image.shape[0] * width / image.shape[1]))
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

"""The pictures of the pages of a document, for formats that show them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.errors import BadConfiguration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.document import Document
    from ocr.io.drawing import Image
    from ocr.io.images import PageImage

#: JPEG quality at which small print stays free of visible seams.
_QUALITY = 92
#: Two shapes of a page agree within this part: pages of a PDF are rounded to whole pixels.
_SHAPE_TOLERANCE = 0.02


class Picture(NamedTuple):
    """An upright page as the bytes of a JPEG file, which are kept because its pixels take up to 300 MB.

    Attributes:
        jpeg: the file.
        width: pixels, which can be others than those of the page in the document.
        height: pixels.
    """

    jpeg: bytes
    width: int
    height: int

    def pixels(self, width: int, height: int) -> Image:
        """The picture as RGB (height, width, 3) uint8."""
        import cv2
        import numpy as np

        decoded = np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
        if (width, height) != (self.width, self.height):
            return np.asarray(cv2.resize(decoded, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return decoded


@dataclass(frozen=True)
class Pictures:
    """The upright pages of one input.

    Attributes:
        pages: a picture a page.
        pdf: the input itself where it is a PDF whose pages may be kept.
        password: of that PDF.
    """

    pages: tuple[Picture, ...]
    pdf: bytes | None = None
    password: str | None = None


def pack(image: Image) -> Picture:
    """An RGB (H, W, 3) uint8 page as a picture."""
    from ocr.io import drawing

    return Picture(drawing.to_jpeg(image, _QUALITY), image.shape[1], image.shape[0])


def load(document: Document, image: Any = None, password: str | None = None) -> Pictures:
    """The pictures of a document, decoded once more; what is masked in the document is painted over.

    Args:
        document: what was read.
        image: what it was read from, in any form that `ocr.read` takes; ``document.source`` where ``None``.
        password: of an encrypted PDF.

    Raises:
        BadConfiguration: there is neither an image nor a source, or the pages are others than those of the document.
        OcrError: the image cannot be read; see `ocr.io.images.pages`.
    """
    from ocr.io import images

    source = document.source if image is None else image
    if source is None:
        raise BadConfiguration(
            "the document does not say what it was read from, and this format shows the picture: give image="
        )
    pages = images.load(source, password=password)
    _check(document, pages)
    packed = tuple(pack(loaded.image) for loaded in pages)
    return without_private_data(document, Pictures(packed, pdf_of(source), password))


def without_private_data(document: Document, pictures: Pictures) -> Pictures:
    """The pictures with everything painted out that is masked in the document; as they are where nothing is."""
    from ocr.receipts import masking

    if not masking.is_masked(document):
        return pictures
    shown = zip(document.pages, pictures.pages, masking.pages_with_codes(document), strict=True)
    painted = tuple(
        pack(masking.painted(picture.pixels(page.width, page.height), *masked))
        for page, picture, masked in shown
    )
    # The pages of the PDF itself show what was masked.
    return Pictures(painted)


def pdf_of(source: Any) -> bytes | None:
    """The bytes of a path or of bytes that are a PDF; ``None`` for every other source."""
    from ocr.io import formats, images
    from ocr.io.limits import Limits

    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        data = images.read_bytes(source, Limits().max_bytes)
    else:
        return None
    return data if formats.sniff(data).name == "pdf" else None


def _check(document: Document, pages: Sequence[PageImage]) -> None:
    if len(pages) != len(document.pages):
        raise BadConfiguration(
            f"the image has {len(pages)} pages, the document {len(document.pages)}: it was read from another one"
        )
    for number, (page, loaded) in enumerate(zip(document.pages, pages, strict=True), start=1):
        height, width = loaded.image.shape[:2]
        if abs(width * page.height / (height * page.width) - 1) > _SHAPE_TOLERANCE:
            raise BadConfiguration(
                f"page {number} of the image is {width} × {height} pixels, that of the document {page.width} × "
                f"{page.height}: it was read from another one"
            )

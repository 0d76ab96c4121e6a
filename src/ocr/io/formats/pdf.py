"""PDF pages as pictures. PDFium is not thread-safe: every call into it happens under one lock."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ocr.errors import ImageDecodeFailed, ImageEmpty, ImageTooLarge, PdfEncrypted, TooManyPages
from ocr.io.formats import jpeg
from ocr.io.formats.header import broken, check

_LOCK = threading.Lock()
_POINTS_PER_INCH = 72.0
#: PDFium's FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY.
_PASSWORD_ERRORS = (4, 5)
#: The grey that stands for missing pixel data, and the share of a page below which it is no sign of that.
_MADE_UP, _FEW = 128, 0.005
#: Filters of picture data that give back every byte.
_WITHOUT_LOSS = frozenset({"FlateDecode", "LZWDecode", "RunLengthDecode", "ASCII85Decode", "ASCIIHexDecode"})


def render(
    data: bytes, *, password: str | None, max_pages: int, max_pixels: int, dpi: float, render_pixels: int
) -> Iterator[tuple[npt.NDArray[np.uint8], float, bool]]:
    """Render every page.

    Args:
        data: the whole file.
        password: user or owner password of an encrypted file.
        max_pages: refuse files with more pages.
        max_pixels: refuse pages that have more pixels than this even at 72 dpi.
        dpi: resolution to render at; lowered (not below 72) for pages that would pass ``render_pixels``.
        render_pixels: pixels of a rendered page at most.

    Yields:
        RGB (H, W, 3) uint8, the resolution that was used, and whether anything is seen on the page, page after page;
        only one page is held at a time.

    Raises:
        PdfEncrypted: the password is missing or wrong.
        TooManyPages, ImageTooLarge, ImageEmpty: outside the limits, known before rendering.
        ImageDecodeFailed: the file is damaged.
    """
    import pypdfium2

    document: Any = None
    try:
        with _LOCK:
            document, count = _open(pypdfium2, data, password)
            sizes = [] if count > max_pages else [document.get_page_size(k) for k in range(count)]
        if count > max_pages:
            raise TooManyPages(f"the PDF has {count} pages; at most {max_pages} are read, raise the limit")
        if count == 0:
            raise ImageEmpty("the PDF has no pages")
        resolutions = [_resolution(k, w, h, max_pixels, dpi, render_pixels) for k, (w, h) in enumerate(sizes)]
        for index, resolution in enumerate(resolutions):
            with _LOCK:
                image, draws = _draw(document, index, resolution / _POINTS_PER_INCH)
            yield image, resolution, draws
    except pypdfium2.PdfiumError as fault:
        raise broken("pdf", str(fault)) from fault
    finally:
        if document is not None:
            with _LOCK:
                document.close()


def _open(pypdfium2: Any, data: bytes, password: str | None) -> tuple[Any, int]:
    try:
        document = pypdfium2.PdfDocument(data, password=password)
        return document, len(document)
    except pypdfium2.PdfiumError as fault:
        if getattr(fault, "err_code", None) in _PASSWORD_ERRORS or "assword" in str(fault):
            state = "the password is wrong" if password else "it needs a password"
            raise PdfEncrypted(f"the PDF is encrypted, {state}; use the password option") from fault
        raise


def _resolution(index: int, width: float, height: float, most: int, dpi: float, wanted: int) -> float:
    """The resolution in dpi for a page of a size in points."""
    if not (math.isfinite(width) and math.isfinite(height)) or min(width, height) <= 0:
        raise ImageEmpty(f"page {index + 1} of the PDF is {width} × {height} points")
    if width * height > most:
        raise ImageTooLarge(
            f"page {index + 1} of the PDF is {width:.0f} × {height:.0f} points; "
            f"at most {most} square points are read"
        )
    inches = width * height / _POINTS_PER_INCH**2
    return min(dpi, max(_POINTS_PER_INCH, math.sqrt(wanted / inches)))


def _check_pictures(page: Any, index: int, view: npt.NDArray[np.uint8], *, drawn: bool) -> None:
    """PDFium draws nothing, or a part, of a picture that is damaged, and does not tell.

    Args:
        page: of PDFium.
        index: of the page.
        view: the page as it was drawn.
        drawn: whether it is of more than one colour.

    Raises:
        ImageDecodeFailed: a picture on the page is damaged or cut off.
    """
    import pypdfium2

    # What decoders put in place of missing pixel data; without any of it there is no need to decode once more.
    few = _FEW * view[::8, ::8, 0].size
    greyish = int(np.count_nonzero(view[::8, ::8, 0] == _MADE_UP)) > few
    try:
        for item in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
            if not drawn:
                item.get_bitmap()  # Fails where there is nothing to draw.
            _check_picture(item, greyish=greyish)
    except (pypdfium2.PdfiumError, ImageDecodeFailed) as fault:
        raise broken("pdf", f"a picture on page {index + 1} is damaged or cut off") from fault


def _check_picture(item: Any, *, greyish: bool) -> None:
    filters = list(item.get_filters())
    if filters == ["DCTDecode"]:
        data = bytes(item.get_data())
        check(data, "jpeg")
        if greyish or item.get_metadata().bits_per_pixel == 32:  # CMYK's grey depends on how it is shown.
            raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            if raw is not None and jpeg.filled_up(data, raw):
                raise broken("pdf", "pixel data ends early")
    elif set(filters) <= _WITHOUT_LOSS:
        found = item.get_metadata()
        needed = found.height * ((found.width * found.bits_per_pixel + 7) // 8)
        if len(bytes(item.get_data(decode_simple=True))) < needed:
            raise broken("pdf", "pixel data ends early")


def _draw(document: Any, index: int, scale: float) -> tuple[npt.NDArray[np.uint8], bool]:
    page = document[index]
    try:
        # PDFium rounds sizes up: a hair less keeps 240.0000001 pixels from becoming 241.
        bitmap = page.render(scale=scale * (1 - 1e-6), rev_byteorder=True, maybe_alpha=False)
        try:
            view: npt.NDArray[np.uint8] = bitmap.to_numpy()
            if view.ndim == 2:
                view = view[..., None]
            drawn = not bool((view == view[0, 0]).all())
            _check_pictures(page, index, view, drawn=drawn)
            # The bitmap's memory goes with it, so the pixels are copied out.
            pixels = np.array(np.broadcast_to(view[..., :3], (*view.shape[:2], 3)))
            return pixels, drawn
        finally:
            bitmap.close()
    finally:
        page.close()

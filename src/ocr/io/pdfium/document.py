"""One PDF inside the PDFium process: its pages measured, drawn and checked. Nothing heavy is imported here."""

from __future__ import annotations

import ctypes
import hashlib
import math
import statistics
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ocr.io.pdfium.resolution import POINTS_PER_INCH, Measured

#: Objects of a page that are looked at, and how deep forms in forms are followed.
_MAX_OBJECTS, _MAX_DEPTH = 5000, 4
#: Bytes of JPEG pictures of a page that are handed out to be checked.
_MAX_JPEG_BYTES = 64 * 2**20
#: About so many rows of a picture are looked at to see whether it came out in one colour.
_ROWS = 48
#: Text that is neither filled nor outlined, as programs put under a scan.
_INVISIBLE = 3
#: Filters of picture data that give back every byte, and those that hold pictures. Data of any other is drawn as it is.
_LOSSLESS = frozenset(
    {"FlateDecode", "LZWDecode", "RunLengthDecode", "ASCII85Decode", "ASCIIHexDecode", "Crypt"}
    | {"Fl", "LZW", "RL", "A85", "AHx"}
)
_PICTURES = frozenset({"DCTDecode", "DCT", "CCITTFaxDecode", "CCF", "JBIG2Decode", "JPXDecode"})


class LoadError(Exception):
    """PDFium refused the file; the argument is its error code (0: the file has no pages)."""


class Document:
    """An open PDF."""

    def __init__(self, data: Any, size: int, password: str | None) -> None:
        """Open a file that lies in memory, which must stay there until `close`.

        Raises:
            LoadError: the file cannot be opened.
        """
        secret = None if password is None else password.encode()
        handle = pdfium.FPDF_LoadMemDocument64(data, size, secret)
        if not handle:
            raise LoadError(int(pdfium.FPDF_GetLastError()) or 1)
        self._document = pypdfium2.PdfDocument(handle)
        self._page: Any = None
        # Before any page is loaded: only then are filled fields drawn.
        self._document.init_forms()
        self.count = len(self._document)
        if self.count < 1:
            self.close()
            raise LoadError(0)

    def close(self) -> None:
        """Free everything."""
        self._leave()
        self._document.close()

    def sizes(self, most: int) -> list[tuple[float, float]]:
        """(width, height) in points of the first pages."""
        return [self._document.get_page_size(k) for k in range(min(most, self.count))]

    def measure(self, index: int) -> Measured:
        """Go to a page and look at what is on it."""
        self._leave()
        self._page = page = self._document[index]
        width, height = page.get_size()
        pictures: list[tuple[float, float]] = []
        text: list[float] = []
        paths = 0
        for item, matrix in self._objects(None):
            if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                pictures += _placed(item, matrix, width * height)
            elif item.type == pdfium.FPDF_PAGEOBJ_TEXT:
                if pdfium.FPDFTextObj_GetTextRenderMode(item) != _INVISIBLE:
                    text.append(_text_size(item, matrix))
            elif item.type == pdfium.FPDF_PAGEOBJ_PATH:
                paths += 1
        return Measured(width, height, pictures, statistics.median(text) if text else None, paths)

    def draw(self, buffer: Any, width: int, height: int) -> None:
        """Draw the page that was measured last.

        Args:
            buffer: writable, width × height × 3 bytes; becomes RGB.
            width: in pixels.
            height: in pixels.
        """
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, buffer, 3 * width)
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            where = (
                bitmap,
                self._page,
                0,
                0,
                width,
                height,
                0,
                pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER,
            )
            pdfium.FPDF_RenderPageBitmap(*where)
            if self._document.formenv is not None:
                pdfium.FPDF_FFLDraw(self._document.formenv, *where)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)

    def check(
        self, pixels: memoryview, width: int, height: int
    ) -> tuple[bool, list[tuple[bytes, int, bool]]]:
        """Look at the pictures of the page: PDFium draws nothing, or a part, of a damaged one, and does not tell.

        Args:
            pixels: what was drawn, RGB.
            width: in pixels.
            height: in pixels.

        Returns:
            Whether a picture is damaged; and the JPEG pictures, each once, with their bits per pixel and whether they
            came out in one colour, as those do that cannot be decoded.
        """
        jpegs: dict[bytes, tuple[bytes, int, bool]] = {}
        room = _MAX_JPEG_BYTES
        try:
            for item, matrix in self._objects((pdfium.FPDF_PAGEOBJ_IMAGE,)):
                even = _even(pixels, width, height, self._box(matrix, width, height))
                if even:
                    item.get_bitmap().close()  # Fails where there is nothing to draw.
                filters = list(item.get_filters())
                if set(filters) - _LOSSLESS - _PICTURES:
                    return True, []
                about = item.get_metadata()
                length = pdfium.FPDFImageObj_GetImageDataDecoded(item, None, 0)
                if filters[-1:] in (["DCTDecode"], ["DCT"]) and set(filters[:-1]) <= _LOSSLESS:
                    if length > room:
                        continue
                    data = bytes(item.get_data(decode_simple=True))
                    room -= len(data)
                    key = hashlib.sha256(data).digest()
                    jpegs[key] = data, about.bits_per_pixel, even or (key in jpegs and jpegs[key][2])
                elif set(filters) <= _LOSSLESS and length < _packed_size(about):
                    return True, []
        except pypdfium2.PdfiumError:
            return True, []
        return False, list(jpegs.values())

    def _leave(self) -> None:
        if self._page is not None:
            self._page.close()
            self._page = None

    def _box(self, matrix: _Matrix, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a picture in pixels of the page, which it can reach beyond."""
        a, b, c, d, e, f = matrix
        x, y = ctypes.c_int(), ctypes.c_int()
        across, down = [], []
        for corner in ((e, f), (e + a, f + b), (e + c, f + d), (e + a + c, f + b + d)):
            pdfium.FPDF_PageToDevice(self._page, 0, 0, width, height, 0, *corner, x, y)
            across.append(x.value)
            down.append(y.value)
        return min(across), min(down), max(across), max(down)

    def _objects(self, kinds: tuple[int, ...] | None) -> Iterator[tuple[Any, _Matrix]]:
        """Objects of the page with what takes their space to that of the page."""
        for number, item in enumerate(self._page.get_objects(filter=kinds, max_depth=_MAX_DEPTH)):
            if number >= _MAX_OBJECTS:
                return
            matrix, container = _matrix(item), getattr(item, "container", None)
            while container is not None:
                matrix = _times(matrix, _matrix(container))
                container = getattr(container, "container", None)
            yield item, matrix


_Matrix = tuple[float, float, float, float, float, float]


def _matrix(item: Any) -> _Matrix:
    found = item.get_matrix().get()
    return found[0], found[1], found[2], found[3], found[4], found[5]


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _even(pixels: memoryview, width: int, height: int, box: tuple[int, int, int, int]) -> bool:
    """Whether a part of RGB pixels is all of one colour, as far as some rows tell; false of one that is not seen."""
    left, top, right, bottom = max(0, box[0]), max(0, box[1]), min(width, box[2]), min(height, box[3])
    if left >= right or top >= bottom:
        return False
    at, size = 3 * (top * width + left), 3 * (right - left)
    row = bytes(pixels[at : at + 3]) * (right - left)
    starts = range(at, 3 * bottom * width, 3 * width * max(1, (bottom - top) // _ROWS))
    return all(bytes(pixels[start : start + size]) == row for start in starts)


def _placed(item: Any, matrix: _Matrix, page_area: float) -> list[tuple[float, float]]:
    """(dots per inch, share of the page) of a picture; nothing where it has no area."""
    a, b, c, d = matrix[:4]
    across, down = math.hypot(a, b), math.hypot(c, d)
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(item, width, height):
        return []
    area = abs(a * d - b * c)
    if not (across > 0 and down > 0 and area > 0 and width.value and height.value and page_area > 0):
        return []
    dots = math.sqrt(width.value / across * height.value / down) * POINTS_PER_INCH
    return [(dots, area / page_area)] if math.isfinite(dots) else []


def _packed_size(about: Any) -> int:
    """Bytes of the pixels of a picture."""
    return int(about.height * ((about.width * about.bits_per_pixel + 7) // 8))


def _text_size(item: Any, matrix: _Matrix) -> float:
    """Height of text in points on the page."""
    size = ctypes.c_float()
    if not pdfium.FPDFTextObj_GetFontSize(item, size):
        return 0.0
    return float(size.value * math.hypot(matrix[2], matrix[3]))

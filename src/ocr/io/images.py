"""The one way in for pixels: path, bytes, file, array, PIL picture or PDF to upright RGB pages.

Bytes are told apart by their content, refused by their header before a pixel is allocated, checked for
completeness, decoded once, and turned upright once. Whatever way a picture comes in, the same pixels come
out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ocr.errors import ImageBadArray, ImageEmpty, ImageTooLarge, InputError, InputNotFound, InputUnreadable
from ocr.io import formats
from ocr.io.arrays import from_array, from_pil, is_array_like, is_pil
from ocr.io.formats.base import FailedPage, broken
from ocr.io.limits import Limits
from ocr.io.page_image import Image, PageImage

__all__ = ["Image", "Limits", "PageImage", "Pages", "load", "pages", "read_bytes", "to_grey"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class Pages(Iterator[PageImage]):
    """Pages of an input, decoded one after the other.

    Attributes:
        warnings: (code, message) pairs about pages that could not be read; complete when the last page came.
    """

    def __init__(self, items: Iterator[PageImage | FailedPage], *, strict: bool = False) -> None:
        """Go through decoded and failed pages.

        Args:
            items: in order.
            strict: raise the error of a failed page instead of leaving the page out.
        """
        self.warnings: list[tuple[str, str]] = []
        self._items = items
        self._strict = strict
        self._first_error: InputError | None = None
        self._any_read = False

    def __next__(self) -> PageImage:
        """The next page that can be read.

        Raises:
            OcrError: the input cannot be read, or none of its pages can.
        """
        for item in self._items:
            if isinstance(item, PageImage):
                self._any_read = True
                return item
            if self._strict:
                raise item.error
            self._first_error = self._first_error or item.error
            self.warnings.append(
                ("page_failed", f"page {item.number} of {item.count} was left out: {item.error}")
            )
        if self._first_error is not None and not self._any_read:
            raise self._first_error
        raise StopIteration


def load(source: Any, limits: Limits | None = None, password: str | None = None) -> list[PageImage]:
    """Decode all pages of an input at once; see `pages` for inputs and errors."""
    return list(pages(source, limits, password))


def pages(source: Any, limits: Limits | None = None, password: str | None = None) -> Pages:
    """Decode an input page after page.

    Args:
        source: a path, ``bytes``, a binary file object, an array or a tensor that turns into one (RGB (H, W, 3), RGBA
            (H, W, 4), grey with alpha (H, W, 2) or grey (H, W); values to 255, to 65535, or floats to 1; upright
            already), a PIL picture, or a tuple of pages that were decoded before.
        limits: what to refuse; the defaults of `Limits` where ``None``.
        password: password of an encrypted PDF.

    Returns:
        Upright pages in order, at least one. A page that cannot be read is left out with a warning where another one
        can.

    Raises:
        InputNotFound, InputUnreadable: the path cannot be read.
        ImageEmpty, UnsupportedMediaType, ImageDecodeFailed: the bytes are no whole picture.
        ImageTooLarge, ImageBadAspect, TooManyPages, DeadlineExceeded: outside the limits.
        ImageBadArray: an array of a wrong shape or type, or with values that are not finite.
        PdfEncrypted: the PDF needs a password, or another one.
    """
    limits = limits or Limits()
    return Pages(_guarded(source, limits, password), strict=limits.strict)


def _guarded(source: Any, limits: Limits, password: str | None) -> Iterator[PageImage | FailedPage]:
    try:
        yield from _pages(source, limits, password)
    except MemoryError as error:
        raise ImageTooLarge(
            "the input needs more memory than there is; lower the limit max_pixels"
        ) from error


def _pages(source: Any, limits: Limits, password: str | None) -> Iterator[PageImage | FailedPage]:
    if isinstance(source, tuple) and source and all(isinstance(page, PageImage) for page in source):
        yield from source
    elif is_array_like(source):
        yield PageImage(from_array(source, limits))
    elif isinstance(source, (bytes, bytearray, memoryview)):
        yield from _decode(_bounded(bytes(source), limits.max_bytes), limits, password)
    elif isinstance(source, (str, os.PathLike)):
        yield from _decode(read_bytes(source, limits.max_bytes), limits, password)
    elif is_pil(source):
        yield PageImage(from_pil(source, limits))
    elif hasattr(source, "read"):
        yield from _decode(_read_object(source, limits.max_bytes), limits, password)
    else:
        raise ImageBadArray(
            f"got {type(source).__name__}; expected a path, bytes, a binary file, an array or a PIL picture"
        )


def _decode(data: bytes, limits: Limits, password: str | None) -> Iterator[PageImage | FailedPage]:
    opened = formats.open_bytes(data, limits, password)
    try:
        yield from opened.decode()
    except (IndexError, ValueError, ArithmeticError) as error:
        raise broken(opened.header.format.upper(), "its structure is damaged or cut off") from error


def _read_object(file: Any, max_bytes: int) -> bytes:
    """The bytes of an open file.

    Raises:
        InputUnreadable: it gives no bytes, or cannot be read.
        ImageEmpty: it stands at its end.
        ImageTooLarge: it is longer than ``max_bytes``.
    """
    try:
        data = file.read(max_bytes + 1)
        place = file.tell() if isinstance(data, bytes) and not data and hasattr(file, "tell") else 0
    except Exception as error:  # Any class can have a method of this name.
        raise InputUnreadable(f"the file object of {type(file).__name__} cannot be read: {error}") from error
    if not isinstance(data, bytes):
        raise InputUnreadable(f"the file object gives {type(data).__name__}; open it in binary mode")
    if place:
        raise ImageEmpty(f"the file object stands at its end ({place} bytes); call seek(0) before")
    return _bounded(data, max_bytes)


def read_bytes(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Read a file whole; ``~`` stands for the home folder where there is no file of that name.

    Raises:
        InputNotFound, InputUnreadable: the path cannot be read, is a URL, or is no regular file.
        ImageTooLarge: the file is longer than ``max_bytes``.
    """
    shown = _shown(path)
    try:
        place = Path(path)
        if not place.exists():
            if _URL.match(str(path)):
                raise InputNotFound(f"{shown} is a URL, and nothing is fetched: pass a path or the bytes")
            if str(path).startswith("~"):
                place = place.expanduser()
        status = place.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputUnreadable(f"{shown} is a folder; expected a picture or a PDF")
        if not stat.S_ISREG(status.st_mode):
            raise InputUnreadable(f"{shown} is a pipe or a device; read it and pass its bytes")
        if status.st_size > max_bytes:
            raise ImageTooLarge(f"{shown} has {status.st_size} bytes; at most {max_bytes} are read")
        with place.open("rb") as file:
            return _bounded(file.read(max_bytes + 1), max_bytes)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputNotFound(f"there is no file {shown}") from error
    except (ValueError, RuntimeError, TypeError) as error:
        raise InputNotFound(f"{path!r} is no path: {error}") from error
    except OSError as error:
        raise InputUnreadable(f"{shown} cannot be read: {error.strerror or error}") from error


#: A page of fewer grey levels than these shows nothing in grey.
_FLAT = 24


def to_grey(image: Image) -> Image:
    """RGB (H, W, 3) or grey (H, W) uint8 -> grey (H, W) uint8.

    Of colours that are equally light, such as red print on grey, the channel is taken in which they differ most.
    """
    if image.ndim == 2:
        return image
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    if _range(grey) >= _FLAT:
        return grey
    ranges = [_range(image[..., k]) for k in range(3)]
    best = int(np.argmax(ranges))
    return grey if ranges[best] < 2 * _FLAT else np.ascontiguousarray(image[..., best])


def _range(plane: Image) -> int:
    """Grey levels from the darkest to the lightest of every fourth pixel."""
    part = plane[::4, ::4] if min(plane.shape) > 64 else plane
    return int(part.max()) - int(part.min())


def _shown(path: str | os.PathLike[str]) -> str:
    """A path on one line."""
    text = str(path)
    return text if text.isprintable() else repr(text)


def _bounded(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise ImageTooLarge(f"the input is longer than {max_bytes} bytes")
    return data

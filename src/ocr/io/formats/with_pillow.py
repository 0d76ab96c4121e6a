"""Formats that Pillow or a plug-in of it decodes, with the extra ``heif``."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ocr.errors import ImageDecodeFailed, UnsupportedMediaType
from ocr.io.arrays import from_pil
from ocr.io.formats.base import Header, OpenFile
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size


def open_lazily(
    data: bytes, limits: Limits, name: str, title: str, open_picture: Callable[[io.BytesIO], Any]
) -> OpenFile:
    """Read the header.

    Args:
        data: the whole file.
        limits: what to refuse.
        name: of the format.
        title: as people write it.
        open_picture: makes a PIL picture that is not decoded yet; raises ImportError where the extra is missing.

    Raises:
        UnsupportedMediaType: the extra is not installed.
        ImageDecodeFailed: the header is damaged.
        ImageEmpty, ImageTooLarge, ImageBadAspect: outside the limits.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow has a limit of pixels of its own.
            picture = open_picture(io.BytesIO(data))
    except ImportError as error:
        raise UnsupportedMediaType(
            f"the input is a {title} picture, which is read with an extra: pip install 'receipt-ocr[heif]'"
        ) from error
    except Exception as error:  # Plug-ins raise whatever they meet.
        raise ImageDecodeFailed(f"the {title} file cannot be decoded: {error}") from error
    width, height = picture.size
    check_size(width, height, limits)

    def decode() -> Iterator[PageImage]:
        yield PageImage(from_pil(picture, limits))

    return OpenFile(Header(name, ((width, height),)), decode)

"""JPEG 2000, read with the extra ``heif`` (Pillow with OpenJPEG)."""

from __future__ import annotations

import io
from typing import Any

from ocr.io.formats.base import Format, OpenFile
from ocr.io.formats.with_pillow import open_lazily
from ocr.io.limits import Limits


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    return open_lazily(data, limits, "jpeg2000", "JPEG 2000", _picture)


def _picture(file: io.BytesIO) -> Any:
    from PIL import Image, features

    if not features.check("jpg_2000"):
        raise ImportError("this Pillow does not read JPEG 2000")
    return Image.open(file, formats=("JPEG2000",))


FORMAT = Format("jpeg2000", "JPEG 2000", (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), open)

"""JPEG XL, read with the extra ``heif`` (pillow-jxl-plugin)."""

from __future__ import annotations

import io
from typing import Any

from ocr.io.formats.base import Format, OpenFile
from ocr.io.formats.with_pillow import open_lazily
from ocr.io.limits import Limits


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    return open_lazily(data, limits, "jpegxl", "JPEG XL", _picture)


def _picture(file: io.BytesIO) -> Any:
    import pillow_jxl  # noqa: F401 (it makes itself known to Pillow)
    from PIL import Image

    return Image.open(file, formats=("JXL",))


FORMAT = Format("jpegxl", "JPEG XL", (b"\x00\x00\x00\x0cJXL \r\n\x87\n", b"\xff\x0a"), open)

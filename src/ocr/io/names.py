"""Which files of a folder are inputs, by their names and first bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.errors import OcrError

#: Ends of names of pictures and PDFs. Such a file is an input even where its content is damaged: it claims to be one.
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".pbm", ".pgm", ".ppm", ".pnm", ".pdf", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jpx", ".jxl"),
)
#: So many bytes at the start tell a picture.
SIGNATURE = 32
#: Pictures that an earlier run wrote beside its inputs.
_OVERLAY = re.compile(r"\.overlay(-\d+)?\.png$")


def is_named_as_input(name: str) -> bool:
    """Whether a name ends as those of pictures and PDFs do."""
    return name.lower().endswith(SUFFIXES)


def is_hidden(parts: Sequence[str]) -> bool:
    """Whether a file is none of the user's: its name or a folder's begins with a point, or an earlier run wrote it."""
    return any(part.startswith(".") for part in parts) or _OVERLAY.search(parts[-1]) is not None


def is_picture(start: bytes) -> bool:
    """Whether a file begins as a picture or PDF does, whatever its name.

    Args:
        start: its first `SIGNATURE` bytes. Only signatures at the very start count, a PDF's included: text about PDFs
            is no PDF.
    """
    from ocr.io.formats import sniff

    try:
        return bool(start) and bool(sniff(start))
    except OcrError:
        return False

"""Telling formats apart by their first bytes, and the one record of what a header says."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Protocol, cast

from ocr.errors import ImageDecodeFailed, ImageEmpty, UnsupportedMediaType

#: Formats that are read, as they are listed to people.
SUPPORTED = "JPEG, PNG, WebP, GIF, BMP, TIFF, PNM (PBM, PGM, PPM) or PDF"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"%PDF-", "pdf"),
)
#: Lengths of the second header of a BMP, which names its version.
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


@dataclass(frozen=True)
class Header:
    """What the header of a picture says, before any pixel is decoded.

    Attributes:
        format: ``jpeg``, ``png``, ``gif``, ``bmp``, ``tiff``, ``webp`` or ``pnm``.
        sizes: (width, height) in stored pixels of every page; all frames of an animation share the first.
        orientation: EXIF orientation 1 to 8 of each page (the first counts for all where only one is given).
        frames: number of frames of an animated picture, 1 for a still one.
        pages: for TIFF, the index in the file of every entry of ``sizes`` (thumbnails are left out).
    """

    format: str
    sizes: tuple[tuple[int, int], ...]
    orientation: tuple[int, ...] = (1,)
    frames: int = 1
    pages: tuple[int, ...] = (0,)


class _Format(Protocol):
    def read_header(self, data: bytes) -> Header: ...

    def check(self, data: bytes) -> None: ...


def sniff(data: bytes) -> str:
    """Name the format by the bytes; the name of a file never counts.

    Raises:
        ImageEmpty: there are no bytes.
        UnsupportedMediaType: the bytes belong to no format that is read.
        ImageDecodeFailed: the bytes are the first few of a known format and stop inside its signature.
    """
    if not data:
        raise ImageEmpty("the input is empty (0 bytes); expected a picture or a PDF")
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:2] == b"BM" and data[15:18] == b"\x00\x00\x00" and data[14] in _BMP_HEADERS:
        return "bmp"
    if len(data) > 2 and data[0] == 0x50 and data[1] in b"123456" and data[2] in b" \t\r\n#":
        return "pnm"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    for signature, name in (*_SIGNATURES, (b"RIFF", "webp")):
        if len(data) < 12 and signature.startswith(data[: len(signature)]) and len(data) >= 2:
            raise ImageDecodeFailed(f"the {name.upper()} file is truncated: it ends after {len(data)} bytes")
    raise UnsupportedMediaType(
        f"the input begins with {bytes(data[:8])!r}, which is no known picture; expected {SUPPORTED}"
    )


def _module(name: str) -> _Format:
    return cast(_Format, importlib.import_module(f"ocr.io.formats.{name}"))


def read_header(data: bytes, name: str) -> Header:
    """Read sizes, pages and orientation of a picture of format ``name`` (see `sniff`) without decoding it.

    Raises:
        ImageDecodeFailed: the header is damaged or cut off.
        ImageEmpty: a side is 0 pixels.
    """
    try:
        found = _module(name).read_header(data)
    except (IndexError, ValueError, ArithmeticError) as fault:
        raise broken(name, "its header is damaged or cut off") from fault
    for width, height in found.sizes:
        if width <= 0 or height <= 0:
            raise ImageEmpty(f"the {name.upper()} picture has {width} × {height} pixels")
    return found


def check(data: bytes, name: str) -> None:
    """Walk the structure of a picture to its end.

    Raises:
        ImageDecodeFailed: the file is truncated, or a checksum or a length in it is wrong.
    """
    try:
        _module(name).check(data)
    except (IndexError, ValueError, ArithmeticError) as fault:
        raise broken(name, "its structure is damaged or cut off") from fault


def broken(name: str, reason: str) -> ImageDecodeFailed:
    """The error for a file of a known format that cannot be read whole."""
    return ImageDecodeFailed(f"the {name.upper()} file cannot be decoded: {reason}; send the complete file")


def u16(data: bytes, at: int, order: str = "big") -> int:
    """Unsigned 16-bit integer at an offset; IndexError past the end."""
    return integer(data, at, 2, order)


def u32(data: bytes, at: int, order: str = "big") -> int:
    """Unsigned 32-bit integer at an offset; IndexError past the end."""
    return integer(data, at, 4, order)


def integer(data: bytes, at: int, size: int, order: str) -> int:
    """Unsigned integer of ``size`` bytes at an offset; IndexError past the end."""
    if at < 0 or at + size > len(data):
        raise IndexError(f"offset {at} lies outside {len(data)} bytes")
    return int.from_bytes(data[at : at + size], "big" if order == "big" else "little")

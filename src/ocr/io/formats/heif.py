"""HEIC and AVIF, read with the extra ``heif``: pillow-heif, and Pillow from 11.3 on."""

from __future__ import annotations

import io
from typing import Any

from ocr.io.formats.base import Format, OpenFile
from ocr.io.formats.with_pillow import open_lazily
from ocr.io.limits import Limits

_AVIF_BRANDS = (b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def open_heic(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    return open_lazily(data, limits, "heic", "HEIC", _heic_picture)


def open_avif(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    return open_lazily(data, limits, "avif", "AVIF", _avif_picture)


def _heic_picture(file: io.BytesIO) -> Any:
    import pillow_heif

    return pillow_heif.open_heif(file, convert_hdr_to_8bit=True).to_pillow()


def _avif_picture(file: io.BytesIO) -> Any:
    from PIL import Image, features

    if not features.check("avif"):
        raise ImportError("this Pillow does not read AVIF")
    return Image.open(file, formats=("AVIF",))


def _brands(data: bytes) -> list[bytes]:
    """The major brand and the compatible ones."""
    if data[4:8] != b"ftyp":
        return []
    box = data[: min(int.from_bytes(data[:4], "big"), 256)]
    return [box[8:12], *(box[at : at + 4] for at in range(16, len(box), 4))]


def _is_avif(data: bytes) -> bool:
    return any(brand in _AVIF_BRANDS for brand in _brands(data))


def _is_heic(data: bytes) -> bool:
    return any(brand in _HEIC_BRANDS for brand in _brands(data)) and not _is_avif(data)


#: The box that comes first is shorter than 16 MiB.
HEIC = Format("heic", "HEIC", (b"\x00\x00\x00",), open_heic, _is_heic)
AVIF = Format("avif", "AVIF", (b"\x00\x00\x00",), open_avif, _is_avif)

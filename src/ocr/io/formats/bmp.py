"""BMP: header fields and the length of uncompressed rows."""

from __future__ import annotations

from collections.abc import Iterator

from ocr.io.formats import opencv
from ocr.io.formats.base import Format, Header, OpenFile, broken, not_read
from ocr.io.integers import u16, u32
from ocr.io.limits import Limits
from ocr.io.page_image import PageImage, check_size

#: Lengths of the second header, which names the version.
_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_UNCOMPRESSED = (0, 3, 6)
_RUN_LENGTH = (1, 2)
_PACKED_WHOLE = {4: "a JPEG picture", 5: "a PNG picture"}


def open(data: bytes, limits: Limits, password: str | None = None) -> OpenFile:
    """Read the header; see `ocr.io.formats.base.Opener`."""
    width, height, bits, compression = _fields(data)
    check_size(width, height, limits)

    def decode() -> Iterator[PageImage]:
        if compression in _PACKED_WHOLE:
            raise not_read("BMP", _PACKED_WHOLE[compression])
        needed = u32(data, 10, "little") + (width * bits + 31) // 32 * 4 * height
        if compression in _UNCOMPRESSED and needed > len(data):
            raise broken("BMP", "it is truncated (rows are missing)")
        # The longest run is 255 pixels in two bytes.
        if compression in _RUN_LENGTH and 128 * len(data) < width * height:
            raise broken("BMP", "it is too short for so many pixels")
        pixels = opencv.decode(data, "BMP")
        if pixels.ndim == 3 and pixels.shape[2] == 4 and not pixels[..., 3].any():
            pixels = pixels[..., :3]  # The fourth byte of 32-bit rows is most often unused, not alpha.
        yield opencv.page(pixels, 1)

    return OpenFile(Header("bmp", ((width, height),)), decode)


def _fields(data: bytes) -> tuple[int, int, int, int]:
    """(width, height, bits per pixel, compression); the height of a top-down picture is made positive."""
    if u32(data, 14, "little") == 12:
        return u16(data, 18, "little"), u16(data, 20, "little"), u16(data, 24, "little"), 0
    height = u32(data, 22, "little")
    if height >= 1 << 31:
        height = (1 << 32) - height
    return u32(data, 18, "little"), height, u16(data, 28, "little"), u32(data, 30, "little")


def _has_second_header(data: bytes) -> bool:
    return data[15:18] == b"\x00\x00\x00" and data[14] in _HEADERS


FORMAT = Format("bmp", "BMP", (b"BM",), open, _has_second_header)

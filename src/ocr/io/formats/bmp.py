"""BMP: header fields and the length of uncompressed rows."""

from __future__ import annotations

from ocr.io.formats.header import Header, broken, u16, u32


def _fields(data: bytes) -> tuple[int, int, int, int]:
    """(width, height, bits per pixel, compression); the height of a top-down picture is made positive."""
    if u32(data, 14, "little") == 12:
        return u16(data, 18, "little"), u16(data, 20, "little"), u16(data, 24, "little"), 0
    height = u32(data, 22, "little")
    if height >= 1 << 31:
        height = (1 << 32) - height
    return u32(data, 18, "little"), height, u16(data, 28, "little"), u32(data, 30, "little")


def read_header(data: bytes) -> Header:
    """Size in pixels."""
    width, height, _, _ = _fields(data)
    return Header("bmp", ((width, height),))


def check(data: bytes) -> None:
    """All rows are there (run-length coded rows are left to the decoder)."""
    width, height, bits, compression = _fields(data)
    needed = u32(data, 10, "little") + (width * bits + 31) // 32 * 4 * height
    if compression in (0, 3, 6) and needed > len(data):
        raise broken("bmp", "it is truncated (rows are missing)")

"""GIF: blocks from the screen descriptor to the trailer."""

from __future__ import annotations

from ocr.io.formats.header import Header, broken, u16


def _walk(data: bytes) -> tuple[int, tuple[int, int], bool]:
    """Count frames, measure the canvas they need, and say whether the trailer was reached."""
    width, height = u16(data, 6, "little"), u16(data, 8, "little")
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    frames = 0
    try:
        while True:
            kind = data[at]
            if kind == 0x3B:
                return frames, (width, height), True
            if kind == 0x21:
                at += 2
            elif kind == 0x2C:
                frames += 1
                width = max(width, u16(data, at + 1, "little") + u16(data, at + 5, "little"))
                height = max(height, u16(data, at + 3, "little") + u16(data, at + 7, "little"))
                packed = data[at + 9]
                at += 11 + (3 << ((packed & 7) + 1) if packed & 0x80 else 0)
            else:
                raise broken("gif", f"a block of unknown kind {kind:#04x}")
            while data[at]:
                at += 1 + data[at]
            at += 1
    except IndexError:
        return frames, (width, height), False


def read_header(data: bytes) -> Header:
    """Canvas size and number of frames."""
    frames, size, _ = _walk(data)
    return Header("gif", (size,), frames=max(1, frames))


def check(data: bytes) -> None:
    """The trailer is there, with at least one frame before it."""
    frames, _, complete = _walk(data)
    if not complete:
        raise broken("gif", "it is truncated (no trailer)")
    if not frames:
        raise broken("gif", "it holds no picture")

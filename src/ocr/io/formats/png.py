"""PNG and APNG: every chunk with its checksum, up to the closing one."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator

from ocr.io.formats import exif
from ocr.io.formats.header import Header, broken, u32


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each chunk's body."""
    at = 8
    while at < len(data):
        size = u32(data, at)
        kind = data[at + 4 : at + 8]
        if at + 12 + size > len(data):
            raise IndexError("a chunk runs past the end of the file")
        yield kind, at + 8, at + 8 + size
        at += 12 + size


def read_header(data: bytes) -> Header:
    """Size from IHDR; frames and orientation from acTL and eXIf that come before a fault."""
    if data[12:16] != b"IHDR":
        raise broken("png", "it does not start with its header chunk")
    size = (u32(data, 16), u32(data, 20))
    frames, turned = 1, 1
    # `check` names faults further on; here the size is known already, and a bomb is refused by it.
    with contextlib.suppress(IndexError):
        for kind, start, end in _chunks(data):
            if kind == b"acTL":
                frames = max(1, u32(data, start))
            elif kind == b"eXIf":
                turned = exif.orientation(data[start:end])
    return Header("png", (size,), (turned,), frames)


def check(data: bytes) -> None:
    """All chunks are whole, those that matter have the right checksum, and pixel data fills the picture."""
    view = memoryview(data)
    image = zlib.decompressobj()
    unpacked = 0
    width, height, depth, colour = u32(data, 16), u32(data, 20), data[24], data[25]
    interlaced = data[28] != 0
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour)
    if channels is None or depth not in (1, 2, 4, 8, 16):
        raise broken("png", "its header names no known kind of pixels")
    needed = height * (1 + (width * channels * depth + 7) // 8)
    for kind, start, end in _chunks(data):
        critical = not kind[0] & 0x20 or kind in (b"fdAT", b"fcTL")
        if critical and zlib.crc32(view[start - 4 : end]) != u32(data, end):
            raise broken("png", f"the checksum of its {kind.decode('latin-1')} chunk is wrong")
        if kind == b"IDAT":
            unpacked += inflated(image, view[start:end], needed - unpacked)
        if kind == b"IEND":
            # Interlaced rows are packed differently, but never into less than the pixels themselves.
            if unpacked < (height * width * channels * depth // 8 if interlaced else needed):
                raise broken("png", "its pixel data ends early")
            return
    raise broken("png", "it is truncated (no closing chunk)")


def inflated(stream: zlib._Decompress, packed: memoryview, room: int) -> int:
    """Count unpacked bytes, up to ``room`` or a little more, in small pieces, so that counting costs no memory."""
    total = 0
    piece: bytes | memoryview = packed
    while room > total and len(piece):
        try:
            total += len(stream.decompress(piece, 1 << 16))
        except zlib.error as fault:
            raise broken("png", "its pixel data is damaged") from fault
        piece = stream.unconsumed_tail
    return total

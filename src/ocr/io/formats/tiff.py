"""TIFF and BigTIFF: directories, and whether every strip and tile lies inside the file."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from ocr.errors import ImageDecodeFailed
from ocr.io.formats import jpeg, png
from ocr.io.formats.header import Header, broken, integer

_WIDTH, _HEIGHT, _SUBFILE, _ORIENTATION = 256, 257, 254, 274
_BITS, _COMPRESSION, _SAMPLES, _ROWS = 258, 259, 277, 278
_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS = 273, 279, 324, 325
_PHOTOMETRIC, _YCBCR = 262, 6
_FAX, _JPEG, _DEFLATE = frozenset({2, 3, 4}), 7, frozenset({8, 32946})
#: Bytes that one packed byte can become: not packed, LZW (runs that grow by one with every code of 12 bits), PackBits.
_MOST = {1: 1, 5: 1400, 32773: 64}
_SIZES = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 13: 4, 16: 8, 18: 8}
#: Directories followed at most: more is a loop or an attack.
_MAX_DIRECTORIES = 10_000
#: Values read of one file at most: directories can share one huge table that costs a file nothing.
_MAX_VALUES = 1_000_000


@dataclass(frozen=True)
class _Directory:
    values: dict[int, list[int]]
    orientation_at: int | None
    orientation_size: int

    def one(self, tag: int, default: int) -> int:
        found = self.values.get(tag)
        return found[0] if found else default


def _directories(data: bytes) -> tuple[str, list[_Directory]]:
    order = "little" if data[:2] == b"II" else "big"
    big = data[2 if order == "little" else 3] == 43
    word = 8 if big else 4
    at = integer(data, 8 if big else 4, word, order)
    seen: set[int] = set()
    found: list[_Directory] = []
    read = 0
    while at and at not in seen and len(found) < _MAX_DIRECTORIES:
        seen.add(at)
        count = integer(data, at, 8 if big else 2, order)
        entry, size = at + (8 if big else 2), 20 if big else 12
        values: dict[int, list[int]] = {}
        turned_at, turned_size = None, 0
        for k in range(min(count, 4096)):
            here = entry + k * size
            tag, kind = integer(data, here, 2, order), integer(data, here + 2, 2, order)
            number = integer(data, here + 4, word, order)
            width = _SIZES.get(kind)
            if width is None or tag not in _WANTED:
                continue
            read += number
            if read > _MAX_VALUES:
                raise broken("tiff", f"its tags claim more than {_MAX_VALUES} values")
            place = here + 4 + word
            if number * width > word:
                place = integer(data, place, word, order)
            values[tag] = [integer(data, place + width * i, width, order) for i in range(number)]
            if tag == _ORIENTATION:
                turned_at, turned_size = place, width
        found.append(_Directory(values, turned_at, turned_size))
        at = integer(data, entry + count * size, word, order)
    return order, found


_WANTED = frozenset(
    {_WIDTH, _HEIGHT, _SUBFILE, _ORIENTATION, _BITS, _COMPRESSION, _SAMPLES, _ROWS, _PHOTOMETRIC}
    | {_STRIP_OFFSETS, _STRIP_COUNTS, _TILE_OFFSETS, _TILE_COUNTS}
)


def _pages(found: list[_Directory]) -> list[int]:
    """Directories that are pages; reduced-resolution copies (thumbnails) are not."""
    return [k for k, d in enumerate(found) if not d.one(_SUBFILE, 0) & 1] or list(range(len(found)))


def read_header(data: bytes) -> Header:
    """Size and orientation of every page."""
    _, found = _directories(data)
    pages = _pages(found)
    if not pages:
        raise broken("tiff", "it holds no picture")
    turned = [found[k].one(_ORIENTATION, 1) for k in pages]
    return Header(
        "tiff",
        tuple((found[k].one(_WIDTH, 0), found[k].one(_HEIGHT, 0)) for k in pages),
        tuple(value if 1 <= value <= 8 else 1 for value in turned),
        pages=tuple(pages),
    )


def check(data: bytes) -> None:
    """Every strip and tile lies inside the file, and uncompressed ones are long enough for their pixels."""
    _, found = _directories(data)
    for directory in found:
        values = directory.values
        offsets = values.get(_STRIP_OFFSETS) or values.get(_TILE_OFFSETS) or []
        counts = values.get(_STRIP_COUNTS) or values.get(_TILE_COUNTS) or []
        if not offsets or len(offsets) != len(counts):
            raise broken("tiff", "its table of strips is incomplete")
        if any(size == 0 or start + size > len(data) for start, size in zip(offsets, counts, strict=True)):
            raise broken("tiff", "it is truncated (pixel data lies past the end of the file)")
        bits = sum(values.get(_BITS) or [1])
        if len(values.get(_BITS) or [1]) == 1:
            bits *= directory.one(_SAMPLES, 1)
        parts = [data[start : start + size] for start, size in zip(offsets, counts, strict=True)]
        try:
            enough = _enough(directory, parts, bits)
        except ImageDecodeFailed as fault:
            raise broken("tiff", "its pixel data is damaged") from fault
        if not enough:
            raise broken("tiff", "its pixel data ends early")


def _enough(directory: _Directory, parts: list[bytes], bits: int) -> bool:
    """Whether packed strips or tiles can hold the pixels of a page; decoders fill up what is missing, at any size.

    Exact for deflate and what is not packed at all; for the others the most that so many bytes can ever give.
    """
    width, height = directory.one(_WIDTH, 0), directory.one(_HEIGHT, 0)
    packing, size = directory.one(_COMPRESSION, 1), sum(map(len, parts))
    needed = height * ((width * bits + 7) // 8)
    if packing in _FAX:
        return 8 * size >= height
    if packing == _JPEG:
        headers = [jpeg.read_header(part).sizes[0] for part in parts]
        return sum(w * h for w, h in headers) >= width * height
    if directory.one(_PHOTOMETRIC, 0) == _YCBCR:
        return True  # Colour may be stored at a lower resolution than brightness.
    if packing in _DEFLATE:
        return sum(png.inflated(zlib.decompressobj(), memoryview(part), needed) for part in parts) >= needed
    return size * _MOST.get(packing, needed) >= needed


def hides_alpha(data: bytes) -> bool:
    """Whether a page is grey with alpha, of which decoders give the grey alone."""
    _, found = _directories(data)
    return any(directory.one(_SAMPLES, 1) == 2 for directory in found)


def unturned(data: bytes) -> bytes:
    """The file with every orientation tag set to 1: decoders turn some kinds of pixels and not others."""
    order, found = _directories(data)
    patched = bytearray(data)
    for directory in found:
        at, size = directory.orientation_at, directory.orientation_size
        if at is not None and directory.one(_ORIENTATION, 1) != 1:
            patched[at : at + size] = (1).to_bytes(size, "little" if order == "little" else "big")
    return bytes(patched)

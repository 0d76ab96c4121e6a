"""The directories of a TIFF or BigTIFF: what a page is made of and where its strips and tiles lie; no pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr.io.formats.base import broken
from ocr.io.integers import integer

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS, STRIP_COUNTS, PLANAR = 273, 274, 277, 278, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS = 322, 323, 324, 325
_WANTED = frozenset(
    {SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS}
    | {STRIP_COUNTS, PLANAR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS}
)
#: Bytes of a value of each type that whole numbers come in.
_SIZES = {1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 13: 4, 16: 8, 18: 8}
_SEPARATE_PLANES = 2
#: Directories followed at most: more is a loop or an attack.
_MAX_DIRECTORIES = 10_000
#: Entries of a directory that are looked at, and of a file at most: directories can lie on top of each other.
_MAX_ENTRIES, _MAX_ALL_ENTRIES = 4096, 200_000
#: Strips or tiles of a page at most.
_MAX_PARTS = 200_000
#: A tile has at most so many times the pixels of its page, or so many pixels.
_MOST_TILE, _SMALL_TILE = 4, 1 << 22
#: Values read of one file at most: directories can share one huge table that costs a file nothing.
_MAX_VALUES = 1_000_000
#: Numbers of 64 bits stay above 0; no file is so long that this matters.
_POSITIVE = np.uint64(2**63 - 1)
_Values = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Directory:
    """One directory: a page, or a smaller copy of one.

    Attributes:
        index: in the file, from 0.
        values: whole numbers by tag.
        orientation_at: offset of the value of the orientation tag, if there is one.
        orientation_size: bytes of that value.
        entries: number of its entries.
    """

    index: int
    values: dict[int, _Values]
    orientation_at: int | None
    orientation_size: int
    entries: int

    def one(self, tag: int, default: int) -> int:
        """The first value of a tag."""
        values = self.values.get(tag)
        return default if values is None or not len(values) else int(values[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in stored pixels."""
        return self.one(WIDTH, 0), self.one(HEIGHT, 0)

    @property
    def orientation(self) -> int:
        """EXIF orientation 1 to 8."""
        value = self.one(ORIENTATION, 1)
        return value if 1 <= value <= 8 else 1

    @property
    def bits(self) -> int:
        """Bits of a pixel, all samples together."""
        bits = self.values.get(BITS)
        if bits is None or len(bits) <= 1:
            return self.one(BITS, 1) * self.one(SAMPLES, 1)
        return int(bits[:64].sum())

    def parts(self) -> tuple[_Values, _Values]:
        """Offsets and lengths of the strips or tiles.

        Raises:
            ImageDecodeFailed: the table is incomplete.
        """
        empty = np.zeros(0, np.int64)
        offsets = self.values.get(STRIP_OFFSETS, self.values.get(TILE_OFFSETS, empty))
        counts = self.values.get(STRIP_COUNTS, self.values.get(TILE_COUNTS, empty))
        if not len(offsets) or len(offsets) != len(counts):
            raise broken("TIFF", "its table of strips is incomplete")
        return offsets, counts

    def part_sizes(self) -> _Values:
        """Unpacked bytes of every strip or tile that the pixels need, in their order.

        Raises:
            ImageDecodeFailed: there are too many of them, or they are far larger than the page.
        """
        width, height = self.size
        planes = self.one(SAMPLES, 1) if self.one(PLANAR, 1) == _SEPARATE_PLANES else 1
        bits = self.bits // max(1, planes)
        if TILE_OFFSETS in self.values:
            across, down = max(1, self.one(TILE_WIDTH, width)), max(1, self.one(TILE_HEIGHT, height))
            if across * down > max(_SMALL_TILE, _MOST_TILE * width * height):
                raise broken("TIFF", f"its tiles of {across} × {down} pixels are far larger than the page")
            count = -(-width // across) * -(-height // down)
            sizes = np.full(min(count, _MAX_PARTS + 1), down * ((across * bits + 7) // 8), np.int64)
        else:
            rows = min(max(1, self.one(ROWS, height)), height)
            sizes = np.full(-(-height // rows), rows * ((width * bits + 7) // 8), np.int64)
            sizes[-1] -= (len(sizes) * rows - height) * ((width * bits + 7) // 8)
        if len(sizes) * planes > _MAX_PARTS:
            raise broken("TIFF", f"its page has more than {_MAX_PARTS} strips or tiles")
        return np.tile(sizes, planes)


@dataclass(frozen=True)
class Directories:
    """All directories of a file.

    Attributes:
        order: ``little`` or ``big``.
        pages: directories that are pages; copies at a lower resolution (thumbnails) are not.
        complete: the chain of directories could be followed to its end.
    """

    order: str
    pages: tuple[Directory, ...]
    complete: bool


def read(data: bytes) -> Directories:
    """Follow the chain of directories.

    Raises:
        ImageDecodeFailed: there is no page.
        IndexError: the first directory is cut off.
    """
    order = "little" if data[:2] == b"II" else "big"
    big = data[2 if order == "little" else 3] == 43
    word = 8 if big else 4
    at = integer(data, 8 if big else 4, word, order)
    visited: set[int] = set()
    directories: list[Directory] = []
    room, complete, entries = _MAX_VALUES, True, 0
    while at and at not in visited and len(directories) < _MAX_DIRECTORIES:
        visited.add(at)
        try:
            directory, at, room = _directory(data, at, len(directories), order, big=big, room=room)
        except IndexError:
            if not directories:
                raise
            complete = False
            break
        directories.append(directory)
        entries += directory.entries
        if entries > _MAX_ALL_ENTRIES:
            raise broken("TIFF", f"its directories have more than {_MAX_ALL_ENTRIES} entries")
    pages = [one for one in directories if not one.one(SUBFILE, 0) & 1] or directories
    if not pages:
        raise broken("TIFF", "it holds no picture")
    return Directories(order, tuple(pages), complete)


def _directory(
    data: bytes, at: int, index: int, order: str, *, big: bool, room: int
) -> tuple[Directory, int, int]:
    """A directory, the offset of the next one, and how many values may still be read."""
    word = 8 if big else 4
    count = integer(data, at, 8 if big else 2, order)
    entry, size = at + (8 if big else 2), 20 if big else 12
    values: dict[int, _Values] = {}
    orientation_at, orientation_size = None, 0
    for k in range(min(count, _MAX_ENTRIES)):
        here = entry + k * size
        tag, kind = integer(data, here, 2, order), integer(data, here + 2, 2, order)
        number = integer(data, here + 4, word, order)
        width = _SIZES.get(kind)
        if width is None or tag not in _WANTED:
            continue
        room -= number
        if room < 0:
            raise broken("TIFF", f"its tags claim more than {_MAX_VALUES} values")
        place = here + 4 + word
        if number * width > word:
            place = integer(data, place, word, order)
        if place + number * width > len(data):
            raise IndexError("values lie outside the file")
        stored = np.frombuffer(data, f"{'<' if order == 'little' else '>'}u{width}", number, place)
        values[tag] = (stored & _POSITIVE if width == 8 else stored).astype(np.int64)
        if tag == ORIENTATION:
            orientation_at, orientation_size = place, width
    following = integer(data, entry + count * size, word, order)
    directory = Directory(index, values, orientation_at, orientation_size, count)
    return directory, following, room

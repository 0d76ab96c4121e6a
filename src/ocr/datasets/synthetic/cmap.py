"""Which characters a TrueType or OpenType file can draw, read from its ``cmap`` table."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path


def covered_characters(path: Path) -> frozenset[str]:
    """The characters of the first face in the file; empty where the file holds no Unicode ``cmap``.

    Raises:
        OSError: where the file cannot be read.
    """
    data = path.read_bytes()
    try:
        return frozenset(map(_character, _code_points(data)))
    except (struct.error, IndexError, ValueError, OverflowError):
        return frozenset()


@cache
def _character(code: int) -> str:
    """One string object a character: hundreds of faces cover the same few thousand."""
    return chr(code)


def _code_points(data: bytes) -> set[int]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    tables = struct.unpack_from(">H", data, start + 4)[0]
    for i in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * i)
        if tag == b"cmap":
            return _read_cmap(data, offset)
    return set()


def _read_cmap(data: bytes, cmap: int) -> set[int]:
    points: set[int] = set()
    for i in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * i)
        # The symbol encoding (3, 0) and Macintosh encodings do not number characters as Unicode does.
        if not (platform == 0 or (platform == 3 and encoding in (1, 10))):
            continue
        form = struct.unpack_from(">H", data, cmap + offset)[0]
        if form == 4:
            points |= _read_format_4(data, cmap + offset)
        elif form == 12:
            points |= _read_format_12(data, cmap + offset)
    return points


def _read_format_4(data: bytes, table: int) -> set[int]:
    double = struct.unpack_from(">H", data, table + 6)[0]
    count = double // 2
    ends = struct.unpack_from(f">{count}H", data, table + 14)
    starts = struct.unpack_from(f">{count}H", data, table + 16 + double)
    deltas = struct.unpack_from(f">{count}H", data, table + 16 + 2 * double)
    range_base = table + 16 + 3 * double
    ranges = struct.unpack_from(f">{count}H", data, range_base)
    points: set[int] = set()
    for k in range(count):
        for code in range(starts[k], min(ends[k], 0xFFFE) + 1):
            if ranges[k] == 0:
                glyph = (code + deltas[k]) & 0xFFFF
            else:
                glyph = struct.unpack_from(
                    ">H", data, range_base + 2 * k + ranges[k] + 2 * (code - starts[k])
                )[0]
            if glyph:
                points.add(code)
    return points


def _read_format_12(data: bytes, table: int) -> set[int]:
    points: set[int] = set()
    for k in range(struct.unpack_from(">I", data, table + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, table + 16 + 12 * k)
        points.update(range(first if glyph else first + 1, min(last, 0x10FFFF) + 1))
    return points

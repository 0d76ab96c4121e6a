"""A font without shapes, for text that is found and copied but not seen: PDF readers ask for one that is embedded.

The font has two empty glyphs. Which letter a code of the text stands for is said by the PDF's ToUnicode map alone, so
that every letter of Unicode is exact. Tesseract and OCRmyPDF place their text in the same way. The file is built here
from its tables, by the OpenType specification.
"""

from __future__ import annotations

import struct

#: Units of the em square; every glyph is half as wide as high.
UNITS = 1000
ADVANCE = 500
#: The part of a letter's height above and below its baseline.
ASCENT, DESCENT = 800, -200
_CHECKSUM = 0xB1B0AFBA
_GLYPHS = 2


def truetype() -> bytes:
    """The font as the bytes of a TrueType file with the tables that PDF asks of an embedded font."""
    head = struct.pack(
        ">IIIIHHQQhhhhHHhhh",
        *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0b11, UNITS),
        *(0, 0, 0, DESCENT, ADVANCE, ASCENT, 0, 8, 2, 0, 0),
    )
    hhea = struct.pack(
        ">IhhhHhhhhhhhhhhhH", 0x00010000, ASCENT, DESCENT, 0, ADVANCE, *(0,) * 3, 1, *(0,) * 7, 1
    )
    # Version 1.0: the number of glyphs and 13 maxima, of which two must not be 0.
    maxp = struct.pack(">IH13H", 0x00010000, _GLYPHS, *(0, 0, 0, 0, 2), *(0,) * 8)
    hmtx = struct.pack(">Hhh", ADVANCE, 0, 0)
    loca = struct.pack(">3H", 0, 0, 0)
    tables = {b"glyf": b"\0\0\0\0", b"head": head, b"hhea": hhea, b"hmtx": hmtx, b"loca": loca, b"maxp": maxp}
    offset = 12 + 16 * len(tables)
    records, body = b"", b""
    for tag, data in sorted(tables.items()):
        records += struct.pack(">4sIII", tag, _sum(data), offset + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    header = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, 16 * len(tables) - 64)
    whole = header + records + body
    adjustment = struct.pack(">I", (_CHECKSUM - _sum(whole)) % 2**32)
    at = offset + body.index(head) + 8
    return whole[:at] + adjustment + whole[at + 4 :]


def _sum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    return int(sum(struct.unpack(f">{len(padded) // 4}I", padded)) % 2**32)


def to_unicode(letters: list[str]) -> bytes:
    """The ToUnicode map (PDF 32000-1, 9.10.3) that gives the letters the codes 1, 2, 3 and so on."""
    lines = [
        f"<{code:04x}> <{letter.encode('utf-16-be').hex()}>" for code, letter in enumerate(letters, start=1)
    ]
    parts = [
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
    ]
    # A block holds a hundred entries at most.
    for start in range(0, len(lines), 100):
        block = lines[start : start + 100]
        parts.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
    parts.append("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
    return "".join(parts).encode("ascii")

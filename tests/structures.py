"""Files damaged where it hurts: parts of a format (segments, chunks, tags, objects, values) changed, checksums mended.

Byte by byte, as in `tests.fuzzing`, nearly all damage is caught by a checksum or the first length; here a decoder gets
further. Besides pictures and PDFs: model files and documents as JSON.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from ocr.document import Document, Line, Page, ReadWarning
from tests import fuzzing
from tests.fuzzing import Case
from tests.io import pdfs
from tests.models_for_tests import detection_model, recognition_model

Random = np.random.Generator
#: Bytes of a damaged file at most.
_MOST = 1_000_000
_EXTREMES = (0, 1, 2, 3, 7, 127, 128, 255, 256, 32767, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)


def seeds() -> dict[str, bytes]:
    """Whole files; the first word of a name tells the format."""
    files = fuzzing.seeds()
    page = Image.open(io.BytesIO(files["png"])).convert("RGB")

    def saved(kind: str, picture: Image.Image, **options: Any) -> bytes:
        file = io.BytesIO()
        picture.save(file, kind, **options)
        return file.getvalue()

    small = page.resize((60, 44))
    deep = np.asarray(page.convert("L")).astype(np.uint16) * 257
    files |= {
        "png deep": saved("PNG", Image.fromarray(deep)),
        "gif": saved("GIF", page),
        "gif animated": saved("GIF", small, save_all=True, append_images=[small.rotate(180)]),
        "bmp": saved("BMP", small),
        "bmp palette": saved("BMP", small.quantize(16)),
        "pnm": saved("PPM", small),
        "pnm bitmap": saved("PPM", small.convert("1")),
        "pnm text": b"P2 # text\n30 20\n255\n" + b" ".join(b"%d" % (k % 256) for k in range(600)),
        "heic": _heic(small),
        "avif": saved("AVIF", small, quality=60),
        "jp2": saved("JPEG2000", small),
        # Small pages, which cost little to draw.
        "pdf text": pdfs.text_pages([b"TOTAL 12.50", b"CASH"], box=b"0 180 100 230"),
        "pdf form": pdfs.filled_form(appearance=False, box=b"0 180 270 220"),
        "pdf jpeg": pdfs.picture_page(saved("JPEG", page, quality=85), page.size, 150),
        "pdf forms": pdfs.nested_forms(3, 3, box=b"0 0 40 40"),
        "model detection": detection_model(),
        "model recognition": recognition_model(),
        "document": _document().to_json().encode(),
        "document old": json.dumps(_old_document()).encode(),
    }
    return {name: data for name, data in files.items() if data}


def _heic(picture: Image.Image) -> bytes:
    try:
        import pillow_heif
    except ImportError:
        return b""
    file = io.BytesIO()
    pillow_heif.from_pillow(picture).save(file, quality=60)
    return file.getvalue()


def _document() -> Document:
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], np.float32)
    lines = (Line("TOTAL 12.50", 0.9, quad), Line("CASH", 0.8, quad + 30))
    return Document(
        (Page(200, 100, lines, ((0,), (1,))),), (), (ReadWarning("low_resolution", "small", 0),), "a.png"
    )


def _old_document() -> dict[str, Any]:
    quad = [[0, 0], [90, 0], [90, 20], [0, 20]]
    line = {"text": "TOTAL", "confidence": 0.9, "polygon": quad}
    return {
        "schema": "ocr.document/1",
        "pages": [{"width": 200, "height": 100, "lines": [line]}],
        "warnings": [{"code": "x", "message": "y", "page": 0}],
    }


def case(number: int, files: dict[str, bytes], seed: int = 0) -> Case:
    """The damaged file of a number."""
    rng = np.random.default_rng((seed, number, 2))
    names = list(files)
    name = names[number % len(names)]
    data, damage = files[name], []
    change = _CHANGES.get(name.split()[0], _bytes)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
        how = change if rng.random() < 0.85 else _bytes
        try:
            data, what = how(data, rng, files)
        except (ValueError, IndexError, KeyError, RecursionError, struct.error):
            data, what = _bytes(data, rng, files)
        damage.append(what)
    return Case(number, name, tuple(damage), data[:_MOST])


_Change = tuple[bytes, str]


def _bytes(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """Bytes anywhere."""
    put = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if put:
            put[int(rng.integers(len(put)))] = int(
                rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))])
            )
    return bytes(put), "bytes"


def _number(size: int, order: str, rng: Random, usual: int) -> bytes:
    """A number that is near the usual one, or at an end of its range."""
    choice = rng.random()
    if choice < 0.3:
        value = usual + int(rng.integers(-3, 4))
    elif choice < 0.5:
        value = usual * int(rng.integers(2, 300))
    else:
        value = int(_EXTREMES[int(rng.integers(len(_EXTREMES)))])
    return (value % (1 << (8 * size))).to_bytes(size, "little" if order == "little" else "big")


def _shuffled(parts: list[bytes], rng: Random) -> tuple[list[bytes], str]:
    """One part is dropped, doubled many times, moved or swapped."""
    at = int(rng.integers(len(parts)))
    what = ("drop", "repeat", "move", "swap")[int(rng.integers(4))]
    if what == "drop":
        parts = parts[:at] + parts[at + 1 :]
    elif what == "repeat":
        times = min(int(rng.choice([2, 3, 50, 1000])), max(2, _MOST // max(1, len(parts[at]))))
        parts = parts[:at] + [parts[at]] * times + parts[at + 1 :]
    elif what == "move":
        part = parts.pop(at)
        parts.insert(int(rng.integers(len(parts) + 1)), part)
    else:
        other = int(rng.integers(len(parts)))
        parts[at], parts[other] = parts[other], parts[at]
    return parts, f"{what} a part"


def _within(body: bytes, rng: Random) -> bytes:
    """A number somewhere in the first bytes of a part."""
    if not body:
        return body
    size = int(rng.choice([1, 2, 4]))
    at = int(rng.integers(max(1, min(len(body), 64) - size + 1)))
    order = "big" if rng.random() < 0.5 else "little"
    usual = int.from_bytes(body[at : at + size], order)
    return body[:at] + _number(size, order, rng, usual) + body[at + size :]


def _png(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    parts, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at : at + 12 + size])
        at += 12 + size
    if rng.random() < 0.4:
        parts, what = _shuffled(parts, rng)
        return data[:8] + b"".join(parts), what
    index = int(rng.integers(len(parts)))
    kind, body = parts[index][4:8], parts[index][8:-4]
    if kind == b"IDAT" and rng.random() < 0.5:
        try:
            rows = bytearray(zlib.decompress(body))
            rows[int(rng.integers(len(rows)))] = int(rng.integers(256))
            body = zlib.compress(
                bytes(rows[: int(rng.integers(1, len(rows) + 1))] if rng.random() < 0.3 else rows)
            )
        except zlib.error:
            body = _within(body, rng)
    else:
        body = _within(body, rng)
    parts[index] = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:8] + b"".join(parts), f"change {kind.decode('latin-1')}"


def _jpeg(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    parts, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xD9:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xDA:  # With the data that follows.
            following = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, end)
            end = following.start() if following else len(data)
        parts.append(data[at:end])
        at = end
    if rng.random() < 0.45:
        parts, what = _shuffled(parts, rng)
    else:
        index = int(rng.integers(len(parts)))
        parts[index] = parts[index][:2] + _within(parts[index][2:], rng)
        what = f"change segment {parts[index][1]:#x}"
    return data[:2] + b"".join(parts) + data[at:], what


def _tiff(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    order = "little" if data[:2] == b"II" else "big"
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    at = start + 2 + 12 * int(rng.integers(count))
    put = bytearray(data)
    what = int(rng.integers(5))
    tag = int.from_bytes(data[at : at + 2], order)
    if what == 0:
        put[at : at + 2] = _number(2, order, rng, tag)
    elif what == 1:
        put[at + 2 : at + 4] = _number(2, order, rng, 3)
    elif what == 2:
        put[at + 4 : at + 8] = _number(4, order, rng, int.from_bytes(data[at + 4 : at + 8], order))
    elif what == 3:
        put[at + 8 : at + 12] = _number(4, order, rng, int.from_bytes(data[at + 8 : at + 12], order))
    else:
        place = int.from_bytes(data[at + 8 : at + 12], order)
        if place + 4 > len(put):
            place = start + 2 + 12 * count
        put[place : place + 4] = _number(4, order, rng, int.from_bytes(data[place : place + 4], order))
    return bytes(put), f"change tag {tag}"


def _webp(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    parts, at = [], 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append(data[at : at + 8 + size + (size & 1)])
        at += 8 + size + (size & 1)
    if rng.random() < 0.4:
        parts, what = _shuffled(parts, rng)
    else:
        index = int(rng.integers(len(parts)))
        parts[index] = parts[index][:4] + _within(parts[index][4:], rng)
        what = f"change {parts[index][:4].decode('latin-1')}"
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body, what


def _header(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """A number in the first bytes."""
    return _within(data[: 64 + 2], rng) + data[66:], "header"


def _boxes(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """A number behind the name of a box of HEIC, AVIF or JPEG 2000."""
    places = [match.start() for match in re.finditer(rb"[a-z][a-z0-9]{2}[a-zA-Z0-9 ]", data[:2000])]
    at = places[int(rng.integers(len(places)))]
    at += int(rng.choice([-4, 4, 8, 12]))
    at = max(0, at)
    return data[:at] + _within(data[at : at + 8], rng) + data[at + 8 :], "box"


def _text_number(match: re.Match[bytes], rng: Random) -> bytes:
    pick = int(rng.integers(6))
    value = int(match.group())
    return (
        b"0",
        b"-1",
        b"%d" % (value + 1),
        b"%d" % (value * 1000 + 999),
        b"99999999999",
        b"%d" % int(rng.integers(1, 12)),
    )[pick]


_NUMBER = re.compile(rb"\d{1,9}")


_NAME = re.compile(rb"/[A-Za-z]+[A-Za-z0-9]*")


@lru_cache(maxsize=16)  # Whole files come again and again.
def _found(what: re.Pattern[bytes], data: bytes) -> list[re.Match[bytes]]:
    """Matches near the beginning and the end: a file with a part repeated holds a million."""
    ends = (0, 20_000), (max(20_000, len(data) - 4000), len(data))
    return [match for start, end in ends for match in what.finditer(data, start, end)]


def _text(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """A number or a name of a PDF or PNM."""
    numbers = _found(_NUMBER, data)
    if rng.random() < 0.7:
        match = numbers[int(rng.integers(len(numbers)))]
        return data[: match.start()] + _text_number(match, rng) + data[match.end() :], "number"
    names = _found(_NAME, data) or numbers
    one, other = (names[int(rng.integers(len(names)))] for _ in range(2))
    return data[: one.start()] + other.group() + data[one.end() :], "name"


def _objects(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """Whole objects of a PDF, or a number or name in one; the table of places no longer fits and is built anew."""
    if rng.random() < 0.7:
        return _text(data, rng, files)
    parts = re.split(rb"(?<=endobj)", data)
    parts, what = _shuffled(parts, rng)
    return b"".join(parts), what


_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1.5,
        1e308,
        -0.0,
        10**400,
        2**63,
        "",
        "\ud800",
        "x" * 10_000,
        [],
        {},
        [[]],
    ),
    *("NaN", "Infinity", "12.50", "2024-13-45", "25:61:00", {"value": 1}, [0] * 1000),
)


def _json(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """A value becomes another one, a key goes or comes twice, or a value nests deep."""
    found = json.loads(data)
    places: list[tuple[Any, Any]] = []
    waiting = [found]
    while waiting:
        one = waiting.pop()
        items = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, value in list(items):
            places.append((one, key))
            waiting.append(value)
    where, key = places[int(rng.integers(len(places)))]
    what = int(rng.integers(5))
    if what == 0 and isinstance(where, dict):
        del where[key]
    elif what == 1:
        where[key] = [where[key]] * min(int(rng.choice([1, 2, 300])), max(1, _MOST // len(data)))
    elif what == 2:
        deep: Any = 1
        for _ in range(int(rng.choice([5, 100]))):
            deep = [deep]
        text = json.dumps(found).encode()
        depth = int(rng.choice([100, 100_000]))
        return text.replace(b"200", b"[" * depth + b"]" * depth, 1), "nest deep"
    else:
        where[key] = _VALUES[int(rng.integers(len(_VALUES)))]
    text = json.dumps(found).encode()
    if rng.random() < 0.2:
        text = text.replace(b"0.9", (b"NaN", b"Infinity", b"-Infinity", b"1e999")[int(rng.integers(4))])
    return text, "value"


def _model(data: bytes, rng: Random, files: dict[str, bytes]) -> _Change:
    """Metadata of a model, of the same length, or bytes anywhere."""
    if rng.random() < 0.5:
        return _bytes(data, rng, files)
    numbers = list(re.finditer(rb"(?<=[:\[ ,])-?\d+(\.\d+)?(?=[,}\]])", data))
    if not numbers:
        return _bytes(data, rng, files)
    match = numbers[int(rng.integers(len(numbers)))]
    width = match.end() - match.start()
    choices = (
        b"9" * width,
        b"0" * width,
        b"-" + b"9" * (width - 1),
        b"null"[:width].ljust(width),
        b'"' * width,
    )
    put = choices[int(rng.integers(len(choices)))]
    return data[: match.start()] + put[:width].ljust(width) + data[match.end() :], "metadata"


_CHANGES: dict[str, Callable[[bytes, Random, dict[str, bytes]], _Change]] = {
    "png": _png,
    "apng": _png,
    "jpeg": _jpeg,
    "tiff": _tiff,
    "webp": _webp,
    "gif": _header,
    "bmp": _header,
    "pnm": _text,
    "heic": _boxes,
    "avif": _boxes,
    "jp2": _boxes,
    "pdf": _objects,
    "model": _model,
    "document": _json,
}
#: How files of a format begin.
_SIGNATURES = {
    b"\x89PNG": "png",
    b"\xff\xd8": "jpeg",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
    b"RIFF": "webp",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"P": "pnm",
    b"%PDF": "pdf",
    b"\x00\x00\x00\x0cjP": "jp2",
    b"\x00\x00\x00": "heic",
    b"{": "document",
}


def kind_of(data: bytes) -> tuple[str | None, int]:
    """The format whose parts `changed` changes, and where it begins: JSON may stand behind a byte or two."""
    for start in range(3):
        for signature, kind in _SIGNATURES.items():
            if data.startswith(signature, start) and (start == 0 or kind == "document"):
                return kind, start
    return None, 0


def changed(kind: str, data: bytes, rng: Random) -> _Change:
    """A file of a format with one part changed, and what was done; may raise where the file is damaged."""
    return _CHANGES[kind](data, rng, {})

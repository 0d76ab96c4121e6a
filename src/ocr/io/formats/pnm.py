"""PNM (PBM, PGM, PPM; text and binary), read here whole: decoders ignore the maximal value that it states."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from ocr.io.formats.header import Header, broken

_TOKEN = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(\d{1,9})")


def _head(data: bytes) -> tuple[int, int, int, int, int]:
    """(kind 1..6, width, height, maximal value, offset of the pixels)."""
    kind = data[1] - 0x30
    at, numbers = 2, []
    for _ in range(2 if kind in (1, 4) else 3):
        found = _TOKEN.match(data, at)
        if found is None:
            raise broken("pnm", "its header is cut off")
        numbers.append(int(found.group(1)))
        at = found.end()
    top = 1 if kind in (1, 4) else numbers[2]
    if not 1 <= top <= 65535:
        raise broken("pnm", f"its maximal value is {top}; expected 1 to 65535")
    return kind, numbers[0], numbers[1], top, at + 1


def _needed(kind: int, width: int, height: int, top: int) -> int:
    """Bytes of binary pixel data, or the fewest bytes that text pixels can take."""
    if kind == 4:
        return (width + 7) // 8 * height
    samples = width * height * (3 if kind in (3, 6) else 1)
    if kind == 1:
        return samples
    if kind in (2, 3):
        return 2 * samples - 1
    return samples * (2 if top > 255 else 1)


def read_header(data: bytes) -> Header:
    """Size in pixels."""
    _, width, height, _, _ = _head(data)
    return Header("pnm", ((width, height),))


def check(data: bytes) -> None:
    """There are enough bytes for all pixels."""
    kind, width, height, top, at = _head(data)
    if len(data) - at < _needed(kind, width, height, top):
        raise broken("pnm", "it is truncated (pixels are missing)")


def decode(data: bytes) -> npt.NDArray[np.uint8]:
    """Pixels scaled to 0..255, (H, W) or RGB (H, W, 3) uint8."""
    kind, width, height, top, at = _head(data)
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    samples = int(np.prod(shape))
    values: npt.NDArray[np.generic]
    if kind == 4:
        rows = np.frombuffer(data, np.uint8, _needed(kind, width, height, top), at).reshape(height, -1)
        values = np.unpackbits(rows, axis=1)[:, :width]
    elif kind == 1:
        body = re.sub(rb"#[^\r\n]*|\s+", b"", data[at:])
        values = np.frombuffer(body, np.uint8)[:samples] - 0x30
    elif kind in (2, 3):
        try:
            values = np.array(re.sub(rb"#[^\r\n]*", b"", data[at:]).split()[:samples], dtype=np.int64)
        except ValueError as fault:
            raise broken("pnm", "its text holds something other than numbers") from fault
    else:
        values = np.frombuffer(data, ">u2" if top > 255 else np.uint8, samples, at)
    if values.size != samples:
        raise broken("pnm", "it is truncated (pixels are missing)")
    if values.size and int(values.max()) > top:
        raise broken("pnm", f"a pixel lies above its maximal value {top}")
    if kind in (1, 4):
        return ((1 - values.reshape(shape)) * 255).astype(np.uint8)
    if top == 255:
        return values.reshape(shape).astype(np.uint8)
    return ((values.reshape(shape).astype(np.uint32) * 255 + top // 2) // top).astype(np.uint8)

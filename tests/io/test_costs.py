"""What small files cost: peak memory and computing time of a process that decodes one."""

from __future__ import annotations

import functools
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.io import pdfs
from tests.pictures import encoded, png_header
from tests.waiting import PATIENCE

#: Decodes standard input; prints the code, growth of peak memory here and in ended processes, seconds, pages' bytes.
MEASURE = """
import os, re, sys, time
from ocr.errors import OcrError
from ocr.io import images
from ocr.io.pdfium.pool import POOL

def memory(key):
    return int(re.search(key + r":\\s*(\\d+)", open("/proc/self/status").read())[1]) * 1024

data = sys.stdin.buffer.read()
before, started = memory("VmRSS"), time.process_time()
code, size = "read", 0
try:
    for page in images.pages(data):
        size = max(size, page.image.nbytes)
        del page
except OcrError as error:
    code = error.code
seconds = time.process_time() - started
POOL.clear()
import resource
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, memory("VmHWM") - before, children.ru_maxrss * 1024, seconds + children.ru_utime + children.ru_stime, size)
"""
MIB = 2**20
#: Growth of a file that is refused, and seconds that any of these may take.
REFUSED, SECONDS = 64 * MIB, 6.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")


def tiff(tags: list[tuple[int, int, list[int]]], body: bytes) -> bytes:
    """A little-endian TIFF of one directory; the body starts at offset 8."""
    values, entries = b"", b""
    at = 8 + len(body)
    start = at + 2 + 12 * len(tags) + 4
    for tag, kind, numbers in tags:
        packed = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        if len(packed) > 4:
            entries += struct.pack("<HHII", tag, kind, len(numbers), start + len(values))
            values += packed
        else:
            entries += struct.pack("<HHI", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    return (
        b"II*\0"
        + struct.pack("<I", at)
        + body
        + struct.pack("<H", len(tags))
        + entries
        + struct.pack("<I", 0)
        + values
    )


def strips(width: int, height: int, compression: int, body: bytes, count: int, *, bits: int = 8) -> bytes:
    """A grey TIFF of so many strips that all have the same bytes."""
    return tiff(
        [
            (256, 4, [width]),
            (257, 4, [height]),
            (258, 3, [bits]),
            (259, 3, [compression]),
            (262, 3, [1]),
            (273, 4, [8] * count),
            (277, 3, [1]),
            (278, 4, [-(-height // count)]),
            (279, 4, [len(body)] * count),
        ],
        body,
    )


def shared_strips() -> bytes:
    """600 KB that all of 9,000 strips claim."""
    noise = np.random.default_rng(0).integers(0, 256, 600_000, dtype=np.uint8).tobytes()
    return strips(9000, 9000, 5, noise, 9000)


def strips_of_whole_pages() -> bytes:
    """Each of 2,000 strips inflates to a page of its own, of which it gives a row."""
    return strips(8000, 2000, 8, zlib.compress(bytes(16_000_000), 9), 2000)


def scans(count: int) -> bytes:
    """A progressive JPEG whose last scan, one that refines, comes over and over."""
    rows = np.full((2000, 2000), 255, np.uint8)
    data = encoded(rows, "JPEG", progressive=True)
    scan = data[data.rfind(b"\xff\xda") : -2]
    # Before the last scan, so that nothing is complete before.
    at = data.rfind(b"\xff\xda")
    first = data[data.find(b"\xff\xda", data.find(b"\xff\xda") + 2) :]
    first = first[: first.find(b"\xff\xc4") if b"\xff\xc4" in first else first.find(b"\xff\xda", 2)]
    return data[:at] + first * count + scan + b"\xff\xd9"


def pnm_of_blanks() -> bytes:
    """A header of five megabytes of blanks."""
    return b"P5" + b" " * 5_000_000 + b"10 10 255\n" + bytes(100)


def gif_of_a_large_canvas() -> bytes:
    """35 bytes: a frame of one pixel on a canvas of 10,000 × 10,000."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 10_000, 10_000, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + b","
        + struct.pack("<HHHHB", 0, 0, 1, 1, 0)
        + b"\x02\x02\x44\x01\x00;"
    )


def gif_of_a_large_frame() -> bytes:
    """A frame of 10,000 × 10,000 without the data for it."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 10_000, 10_000, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff,"
        + struct.pack("<HHHHB", 0, 0, 10_000, 10_000, 0)
        + b"\x02\x02\x44\x01\x00;"
    )


def many_chunks() -> bytes:
    """A PNG of a million empty chunks."""
    data = encoded(np.zeros((10, 10), np.uint8), "PNG")
    chunk = b"\0\0\0\0teXt" + struct.pack(">I", zlib.crc32(b"teXt"))
    return data[:33] + chunk * 1_000_000 + data[33:]


def tiles_of_gigabytes() -> bytes:
    """A small page in one tile of 60,000 × 60,000."""
    tags = [(256, [100]), (257, [100]), (258, [8]), (259, [1]), (262, [1]), (277, [1])]
    tiles = [(322, [60_000]), (323, [60_000]), (324, [8]), (325, [20_000])]
    return tiff([(tag, 4, numbers) for tag, numbers in tags + tiles], bytes(20_000))


def directories_on_each_other() -> bytes:
    """Thousands of directories, each of 4,096 entries, that share nearly all their bytes."""
    count, step = 4096, 18
    data = bytearray(b"II*\0" + struct.pack("<I", 8) + bytes(12 * count + step * 9000))
    for k in range(9000):
        at = 8 + step * k
        data[at : at + 2] = struct.pack("<H", count)
        end = at + 2 + 12 * count
        if end + 4 <= len(data):
            data[end : end + 4] = struct.pack("<I", at + step)
    return bytes(data)


def webp_of_chunks() -> bytes:
    """A million empty chunks."""
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(10) + b"JUNK\0\0\0\0" * 1_000_000
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "make",
    [
        shared_strips,
        strips_of_whole_pages,
        pnm_of_blanks,
        gif_of_a_large_canvas,
        gif_of_a_large_frame,
        many_chunks,
        tiles_of_gigabytes,
        directories_on_each_other,
        webp_of_chunks,
        lambda: scans(4000),
        lambda: png_header(20_000, 20_000),
        pdfs.form_that_draws_itself,
        pdfs.nested_forms,
        lambda: pdfs.inflating(1 << 30),
    ],
    ids=lambda make: getattr(make, "__name__", "other"),
)
def test_small_files_cost_little_whatever_they_claim(make: Callable[[], bytes]) -> None:
    code, grown, children, seconds, size = measured(make())
    assert code != "read" or grown <= 3 * size + 150 * MIB
    assert code == "read" or grown <= REFUSED
    assert children <= 512 * MIB
    assert seconds < SECONDS + (10 if children else 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: png16(),
        lambda: encoded(smooth(), "PNG"),
        lambda: encoded(np.dstack([smooth(), smooth()[..., :1]]), "PNG", compress_level=1),
        lambda: encoded(smooth(), "JPEG"),
        lambda: encoded(smooth(), "JPEG", progressive=True),
        lambda: encoded(Image.fromarray(smooth()).convert("CMYK"), "JPEG"),
        lambda: encoded(smooth(), "WEBP", lossless=True, method=0),
        lambda: encoded(smooth(), "GIF"),
        lambda: animated("WEBP", lossless=True, method=0),
        lambda: animated("PNG", compress_level=1),
        lambda: encoded(smooth(), "BMP"),
        lambda: encoded(smooth(), "TIFF", compression="tiff_lzw"),
        lambda: encoded(smooth(), "TIFF", compression="tiff_adobe_deflate"),
        lambda: encoded(Image.fromarray(smooth()).convert("CMYK"), "TIFF"),
        lambda: text_pnm(),
        lambda: pdfs.picture_page(encoded(smooth(), "JPEG"), (4000, 3000), 600),
    ],
    ids=[
        *(
            "png16",
            "png",
            "png alpha",
            "jpeg",
            "jpeg progressive",
            "jpeg cmyk",
            "webp",
            "gif",
            "webp animated",
            "png animated",
            "bmp",
        ),
        *("tiff lzw", "tiff deflate", "tiff cmyk", "pnm text", "pdf"),
    ],
)
def test_a_page_costs_at_most_three_times_itself(make: Callable[[], bytes]) -> None:
    code, grown, children, _seconds, size = measured(make())
    assert code == "read"
    assert grown <= 3 * size + 150 * MIB
    assert children <= 512 * MIB


def measured(data: bytes) -> tuple[str, int, int, float, int]:
    """What a process of its own tells: see `MEASURE`."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=data, capture_output=True, check=True, timeout=PATIENCE
    )
    code, grown, children, seconds, size = done.stdout.decode().split()
    return code, int(grown), int(children), float(seconds), int(size)


@functools.cache
def smooth() -> np.ndarray:
    """A page of 12 megapixels, RGB uint8."""
    rows, columns = np.arange(3000, dtype=np.uint16)[:, None], np.arange(4000, dtype=np.uint16)[None]
    page = np.empty((3000, 4000, 3), np.uint8)
    page[..., 0], page[..., 1], page[..., 2] = rows // 15, columns // 20, (rows + columns) // 30
    return page


def animated(kind: str, **options: Any) -> bytes:
    """Three frames of it."""
    frames = [Image.fromarray(page) for page in (smooth()[::-1], smooth()[:, ::-1])]
    return encoded(smooth(), kind, save_all=True, append_images=frames, **options)


def png16() -> bytes:
    """The same with 16 bits a channel and transparency."""
    deep = np.dstack([smooth(), smooth()[..., :1] | 128]).astype(np.uint16) * 257
    fine, data = cv2.imencode(".png", deep, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert fine
    return data.tobytes()


def text_pnm() -> bytes:
    """A grey picture of 4 megapixels as text."""
    file = io.BytesIO(b"P2\n2000 2000\n255\n")
    file.seek(0, io.SEEK_END)
    file.write(b"\n".join(b" ".join(b"%d" % (k % 256) for k in range(2000)) for _ in range(2000)))
    return file.getvalue()
